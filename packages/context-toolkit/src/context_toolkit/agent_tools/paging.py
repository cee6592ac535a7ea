"""Pages: a text in pieces of a number of tokens at most, none of it lost between them.

1. Pages end at line ends; a line that is longer than a page is cut within.
2. Their texts, joined, are the text. What a page says of itself stands in its heading, apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core.hashing import text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core import TokenCounter

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CHARS_PER_TOKEN = 4
"""Characters of a long line that are tried as one piece, a token: plain English has four to five, all else fewer."""


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a text.

    Attributes:
        text: the piece itself, exactly.
        number: from 1.
        pages: how many there are.
        first_line: the line that it begins in, from 1.
        last_line: the line that it ends in.
    """

    text: str
    number: int
    pages: int
    first_line: int
    last_line: int

    @property
    def heading(self) -> str:
        """What the page is; empty where it is the whole."""
        if self.pages == 1:
            return ""
        more = f"; page={self.number + 1} for more" if self.number < self.pages else ""
        return f"[page {self.number} of {self.pages}, lines {self.first_line} to {self.last_line}{more}]"

    def __str__(self) -> str:
        return f"{self.heading}\n{self.text}" if self.heading else self.text


def page_of(text: str, number: int, counter: TokenCounter, max_tokens: int) -> Page:
    """Return one page of a text.

    Args:
        text: the text.
        number: which page, from 1.
        counter: counts tokens.
        max_tokens: tokens of a page's text at most.

    Raises:
        ValueError: there is no such page, or a page may hold no token.

    Example:
        >>> from context_core import counter_for
        >>> page = page_of("one\\ntwo\\nthree\\n", 2, counter_for(), max_tokens=5)
        >>> page.text, page.heading
        ('three\\n', '[page 2 of 2, lines 3 to 3]')
    """
    if max_tokens < 1:
        raise ValueError(f"got max_tokens={max_tokens}; expected at least 1")
    ends = _ends(text, counter, max_tokens)
    if not 1 <= number <= len(ends):
        raise ValueError(f"got page={number}; expected 1 to {len(ends)}")
    start = ends[number - 2] if number > 1 else 0
    piece = text[start : ends[number - 1]]
    first_line = text.count("\n", 0, start) + 1
    last_line = first_line + piece.removesuffix("\n").count("\n")
    return Page(piece, number, len(ends), first_line, last_line)


def _ends(text: str, counter: TokenCounter, max_tokens: int) -> list[int]:
    """Return where each page ends, in characters; an empty text is one empty page."""
    ends: list[int] = []
    place = used = 0
    pieces = [piece for line in _LINE.findall(text) for piece in _cut(line, counter, max_tokens)]
    for piece, tokens in zip(pieces, counter.count_many(pieces), strict=True):
        if used and used + tokens > max_tokens:
            ends.append(place)
            used = 0
        place += len(piece)
        used += tokens
    return [*ends, len(text)]


def _cut(line: str, counter: TokenCounter, max_tokens: int) -> Iterator[str]:
    """Yield the line, or, where it is too long for a page, pieces of it that are not."""
    if len(text_bytes(line)) <= max_tokens:  # a token is a byte at least
        yield line
        return
    size = _CHARS_PER_TOKEN * max_tokens
    start = 0
    while start < len(line):
        piece = line[start : start + size]
        while len(piece) > 1 and counter.count(piece) > max_tokens:
            piece = piece[: len(piece) // 2]
        yield piece
        start += len(piece)


def fitting(lines: Sequence[str], counter: TokenCounter, max_tokens: int) -> tuple[list[str], int]:
    """Return the first lines that fit into a number of tokens, and how many are left out.

    Example:
        >>> from context_core import counter_for
        >>> fitting(["one", "two", "three"], counter_for(), 4)
        (['one', 'two'], 1)
    """
    kept: list[str] = []
    used = 0
    for line, tokens in zip(lines, counter.count_many([f"{line}\n" for line in lines]), strict=True):
        if used + tokens > max_tokens:
            break
        kept.append(line)
        used += tokens
    return kept, len(lines) - len(kept)
