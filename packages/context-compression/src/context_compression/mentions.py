"""Mentions: bare values, named in a pointer or at the end of a summary, for which a whole line is too dear.

A bare value is the densest thing to show, and says the least: it is in sight, without what stood beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from context_compression.sight import Sight
    from context_core import TokenCounter

MOST = 500
"""Values that are weighed as mentions at most, those most likely needed first."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """Values that could be mentioned.

    Attributes:
        value: number of each.
        node: number of the node whose pointer, or summary, would name it: the last that says it and may be cut.
        texts: what would be written.
        costs: tokens of that, with a comma.
    """

    value: Any
    node: Any
    texts: list[str]
    costs: Any

    def __len__(self) -> int:
        return len(self.texts)


def mentions(sight: Sight, weights: Any, is_open: Any, counter: TokenCounter) -> Mentions:
    """Return the values that could be mentioned.

    Args:
        sight: the window.
        weights: for each value, what it is worth to see it.
        is_open: for each unit, whether it may go.
        counter: counts tokens.
    """
    rows = np.flatnonzero(is_open[sight.unit] & (weights[sight.value] > 0))
    last = np.full(len(weights), -1, np.int64)
    last[sight.value[rows]] = rows
    value = np.flatnonzero(last >= 0)
    value = value[np.argsort(-weights[value], kind="stable")[:MOST]]
    row = last[value]
    words = sight.words
    places = zip(words.text[row].tolist(), words.start[row].tolist(), words.end[row].tolist(), strict=True)
    texts = [sight.texts[text][start:end].decode("utf-8", "replace") for text, start, end in places]
    costs = np.array(counter.count_many([f", {text}" for text in texts]), np.float64)
    return Mentions(value, sight.row_node[row], texts, costs)
