"""Pieces: a text as the lines that a difference between two texts is told in.

A line of more than `LONG` characters is cut behind each comma, so that two objects of JSON on one line differ in a few
pieces rather than in all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONG = 200
_FIELD = re.compile(r"[^,]+,?|,")


def pieces(text: str) -> list[str]:
    """Return the pieces of a text; joined they are the text.

    Example:
        >>> pieces("one, two\\nthree\\n")
        ['one, two\\n', 'three\\n']
    """
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if len(line) > LONG:
            found += _FIELD.findall(line)
        else:
            found.append(line)
    return found


def edits(old: Sequence[str], new: Sequence[str], most: int) -> list[tuple[int, int, int, int]] | None:
    """Return what to do to one sequence to have another, or None where that takes more than some edits.

    The greedy search of Myers ("An O(ND) Difference Algorithm and Its Variations", Algorithmica 1, 1986), ended at a
    number of edits, so that it is linear in the lengths.

    Args:
        old: the one sequence.
        new: the other.
        most: pieces put in and taken out together, at most.

    Returns:
        Hunks in order: `old[a:b]` gives way to `new[c:d]`, as (a, b, c, d).

    Example:
        >>> edits("abcdef", "abXdefg", 4)
        [(2, 3, 2, 3), (6, 6, 6, 7)]
    """
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    paths = _paths(old[head : len(old) - tail], new[head : len(new) - tail], most)
    if paths is None:
        return None
    hunks: list[tuple[int, int, int, int]] = []
    for at, to, down in _steps(paths, len(old) - head - tail, len(new) - head - tail):
        a, c = at + head, to + head
        b, d = (a, c + 1) if down else (a + 1, c)
        if hunks and (b, d) == (hunks[-1][0], hunks[-1][2]):
            hunks[-1] = (a, hunks[-1][1], c, hunks[-1][3])
        else:
            hunks.append((a, b, c, d))
    return hunks[::-1]


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many leading items are equal."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _paths(old: Sequence[str], new: Sequence[str], most: int) -> list[dict[int, int]] | None:
    """Return, for each number of edits, how far into `old` each diagonal is reached; None where the end is not."""
    reached = {1: 0}
    paths: list[dict[int, int]] = []
    for count in range(min(most, len(old) + len(new)) + 1):
        paths.append(dict(reached))
        for diagonal in range(-count, count + 1, 2):
            down = _is_down(reached, diagonal, count)
            x = reached[diagonal + 1] if down else reached[diagonal - 1] + 1
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reached[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return paths
    return None


def _is_down(reached: dict[int, int], diagonal: int, count: int) -> bool:
    return diagonal == -count or (diagonal != count and reached[diagonal - 1] < reached[diagonal + 1])


def _steps(paths: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, bool]]:
    """Return the edits from the last to the first: where, and whether something is put in rather than taken out."""
    steps: list[tuple[int, int, bool]] = []
    for count in range(len(paths) - 1, 0, -1):
        diagonal = x - y
        down = _is_down(paths[count], diagonal, count)
        before = diagonal + 1 if down else diagonal - 1
        x = paths[count][before]
        y = x - before
        steps.append((x, y, down))
    return steps
