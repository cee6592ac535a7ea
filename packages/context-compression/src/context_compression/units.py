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
    data = np.frombuffer(b"\n".join(texts) + b"\n", np.uint8)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.concatenate(([0], np.cumsum(lengths + 1)))
    ends = np.flatnonzero(data == ord("\n"))
    text = np.searchsorted(offsets, ends, "right") - 1
    start = np.concatenate(([0], ends[:-1] + 1)) - offsets[text]
    end = np.minimum(ends + 1 - offsets[text], lengths[text]) if len(texts) else ends
    is_real = end > start
    return _with_cuts(texts, text[is_real], start[is_real], end[is_real])


def _with_cuts(texts: Sequence[bytes], text: Any, start: Any, end: Any) -> Units:
    """Return the lines as units, the long ones cut."""
    long = np.flatnonzero(end - start > LONG)
    cuts: list[int] = []
    counts = np.ones(len(text), np.int64)
    for number in long.tolist():
        first = int(start[number])
        found = list(_cuts(texts[text[number]][first : int(end[number])]))
        counts[number] += len(found)
        cuts += (first + cut for cut in found)
    if not cuts:
        return Units(text, start, end)
    last = np.cumsum(counts)
    is_cut = np.ones(int(last[-1]), np.bool_)
    is_cut[last - 1] = False
    ends = np.empty(len(is_cut), np.int64)
    ends[~is_cut], ends[is_cut] = end, cuts
    starts = np.empty(len(is_cut), np.int64)
    starts[1:] = ends[:-1]
    starts[last - counts] = start
    return Units(np.repeat(text, counts), starts, ends)


def _cuts(line: bytes) -> Iterator[int]:
    """Yield the places at which a long line is cut."""
    at = 0
    while len(line) - at > LONG:
        piece = line[at : at + LONG]
        for pattern in _PLACES:
            place = max((match.end() for match in pattern.finditer(piece)), default=0)
            if place > LONG // 4:
                at += place
                break
        else:
            at += LONG
            while at < len(line) and line[at] & 0xC0 == 0x80:
                at += 1  # not inside a character
        if at < len(line):
            yield at
