"""Units: the pieces of texts that stay or go as a whole. A line, or of a long line a sentence, a row, a few fields.

1. Every text is cut behind each line end.
2. A line of more than `LONG` bytes is cut again, behind the last good place before that: the end of a sentence or of a
   JSON object, else a comma, else a space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONG = 200
"""Bytes of a unit at most, where there is a place to cut: two lines of text."""
_PLACES = (re.compile(rb"[.!?;] |\}, ?|\], ?"), re.compile(rb", ?|\\n"), re.compile(rb"\s"))


@dataclass(frozen=True, slots=True)
class Units:
    """The units of some texts, by text, then by place; together they are the texts.

    Attributes:
        text: number of the text.
        start: where it begins, in bytes of the text.
        end: where it ends, behind its line end where it has one.
    """

    text: Any
    start: Any
    end: Any

    def __len__(self) -> int:
        return len(self.text)

    def at(self, text: Any, place: Any) -> Any:
        """Return the numbers of the units that hold places of texts."""
        width = int(self.end.max(initial=0)) + 1
        return np.searchsorted(self.text * width + self.start, text * width + place, "right") - 1


def units(texts: Sequence[bytes]) -> Units:
    """Return the units of texts; an empty text has none.

    Example:
        >>> found = units([b"one\\ntwo\\n", b"", b"three"])
        >>> found.text.tolist(), found.start.tolist(), found.end.tolist()
        ([0, 0, 2], [0, 4, 0], [4, 8, 5])
    """
    numbers: list[int] = []
    ends: list[int] = []
    starts: list[int] = []
    for number, text in enumerate(texts):
        at = 0
        for line in text.splitlines(keepends=True) if b"\r" in text else text.split(b"\n"):
            at = _add(line, at, len(text), number, (numbers, starts, ends), b"\r" in text)
    return Units(*(np.array(column, np.int64) for column in (numbers, starts, ends)))


def _add(
    line: bytes, at: int, size: int, number: int, columns: tuple[list[int], list[int], list[int]], has_end: bool
) -> int:
    end = at + len(line) if has_end else min(size, at + len(line) + 1)
    cuts = [*(at + cut for cut in _cuts(line)), end] if len(line) > LONG else [end]
    for cut in cuts:
        if cut > at:
            columns[0].append(number)
            columns[1].append(at)
            columns[2].append(cut)
            at = cut
    return end


def _cuts(line: bytes) -> Iterator[int]:
    """Yield the places at which a long line is cut."""
    at = 0
    while len(line) - at > LONG:
        piece = line[at : at + LONG]
        for pattern in _PLACES:
            places = [match.end() for match in pattern.finditer(piece)]
            if places and places[-1] > LONG // 4:
                at += places[-1]
                break
        else:
            end = at + LONG
            while end < len(line) and line[end] & 0xC0 == 0x80:
                end += 1  # not inside a character
            at = end
        if at < len(line):
            yield at
