"""Prefixes: the start that lines below one another share, such as the file of a search's matches, is said once.

1. Three lines in a row that begin alike, with a long start that ends behind a joint (``:``, a blank), begin a run; it
   goes on as far as the lines begin so. A path is not cut: a name of which half stands elsewhere is not found again.
2. The start stands once, on a line that ends in `MARK`; the lines below it begin with `MARK` in its place.

A text with lines that begin or end in `MARK` is left alone, so the form can be read back without a doubt.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "»"
"""A sign that tools do not write at the ends of lines; one token."""
_LEAST = 12
"""Characters of a start that is worth it: about three tokens a line, for the one of the mark."""
_JOINT = re.compile(r"[: \t|,=(\[]|\.[a-z]{1,4}-")
"""Where a start may end; the last is how a search writes the file of a line beside a match."""
_SAMPLE = 100
"""Leading lines of which two in a row must begin alike, or the rest is not looked at."""


def once(text: str) -> str | None:
    """Return a text with shared starts of lines said once, or None where there are none, or the form would be in doubt.

    Example:
        >>> print(once("src/io_util.py:1: a\\nsrc/io_util.py:2: b\\nsrc/io_util.py:9: c\\nthree matches"))
        src/io_util.py:»
        »1: a
        »2: b
        »9: c
        three matches
    """
    lines = text.split("\n")
    sample = lines[:_SAMPLE]
    if not any(one[:_LEAST] == other[:_LEAST] and one[:1].strip() for one, other in pairwise(sample)):
        return None
    if MARK in text and any(line.startswith(MARK) or line.endswith(MARK) for line in lines):
        return None
    written = _written(lines)
    return "\n".join(written) if len(written) > len(lines) else None


def _written(lines: Sequence[str]) -> list[str]:
    written: list[str] = []
    at = 0
    while at < len(lines):
        start = _start(lines, at)
        end = at
        while start and end < len(lines) and lines[end].startswith(start):
            end += 1
        if end - at > 2:
            written.append(start + MARK)
            written += [MARK + line[len(start) :] for line in lines[at:end]]
            at = end
        else:
            written.append(lines[at])
            at += 1
    return written


def _start(lines: Sequence[str], at: int) -> str:
    """Return the start that three lines share, as far as a joint; nothing where it is short or blank."""
    one = lines[at][:_LEAST]
    if at + 2 >= len(lines) or one != lines[at + 1][:_LEAST] or one != lines[at + 2][:_LEAST] or not one[:1].strip():
        return ""
    shared = _shared(_shared(lines[at], lines[at + 1]), lines[at + 2])
    end = max((joint.end() for joint in _JOINT.finditer(shared)), default=0)
    return shared[:end] if end >= _LEAST else ""


def _shared(one: str, other: str) -> str:
    """Return the start of two texts as far as they are equal."""
    size = min(len(one), len(other))
    return one[: next((at for at in range(size) if one[at] != other[at]), size)]


def again(text: str) -> str:
    """Return the text that `once` was given.

    Example:
        >>> again("src/io_util.py:»\\n»1: import a\\n»2: import b\\n»9: x = 1")
        'src/io_util.py:1: import a\\nsrc/io_util.py:2: import b\\nsrc/io_util.py:9: x = 1'
    """
    lines: list[str] = []
    start = ""
    for line in text.split("\n"):
        if line.startswith(MARK):
            lines.append(start + line.removeprefix(MARK))
        elif line.endswith(MARK):
            start = line.removesuffix(MARK)
        else:
            lines.append(line)
    return "\n".join(lines)
