"""Mentions: bare values, named in a pointer or at the end of a summary, for which a whole line is too dear.

A bare value is the densest thing to show, and says the least: it is in sight, without what stood beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from context_compression.sight import Sight

MOST = 4_000
"""Values that are weighed as mentions at most, those most likely needed first."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Values that could be mentioned.

    Attributes:
        value: number of each.
        node: number of the node whose pointer, or summary, would name it: the last that says it and may be cut.
        row: the row of the window's words in which it stands there.
        costs: about the tokens of what would be written, with a comma.
    """

    value: Any
    node: Any
    row: Any
    costs: Any

    def __len__(self) -> int:
        return len(self.value)


def mentions(sight: Sight, weights: Any, is_open: Any) -> Mentions:
    """Return the values that could be mentioned.

    Args:
        sight: the window.
        weights: for each value, what it is worth to see it.
        is_open: for each unit, whether it may go.
    """
    rows = np.flatnonzero(is_open[sight.unit] & (weights[sight.value] > 0))
    last = np.full(len(weights), -1, np.int64)
    last[sight.value[rows]] = rows
    value = np.flatnonzero(last >= 0)
    value = value[np.argsort(-weights[value], kind="stable")[:MOST]]
    row = last[value]
    words = sight.words
    costs = 1.0 + sight.bytes.tokens(words.text[row], words.start[row], words.end[row])
    return Mentions(value, sight.row_node[row], row, costs)


def text_of(sight: Sight, row: int) -> str:
    """Return the value that stands in a row of the window's words."""
    words = sight.words
    raw = sight.texts[words.text[row]][words.start[row] : words.end[row]]
    return raw.decode("utf-8", "replace")
