"""Choose: in which order the units of old parts get their place in the prompt, the most needed first.

1. What is needed: values by their probability of being needed again, each worth something as soon as it is in sight and
   `IN_LINE` times that once it stands in a whole line. Units are taken by what they show per token (`cover`).
2. What stands beside: units around those that were taken, the nearer and the more needed the sooner, and the beginnings
   of the blocks that they stand in.
3. What agents said themselves, the latest first; then all else, the latest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.cover import Choice, cover

if TYPE_CHECKING:
    from context_compression.sight import Sight

_REACH = 3
"""Units on either side of a taken one that count as beside it."""
_FADE = 0.6
"""How much less each further unit counts."""


def choose(sight: Sight, weights: Any, costs: Any, is_open: Any, budget: float) -> Any:
    """Return the numbers of units in the order in which they should stay.

    Args:
        sight: the window.
        weights: for each value, what it is worth to see it; 0 where it is in sight already.
        costs: for each unit, the tokens it takes to keep it.
        is_open: for each unit, whether it may stay or go.
        budget: tokens there are; the order goes on beyond it as far as it is known.
    """
    rows = is_open[sight.unit]
    taken = cover(Choice(costs, sight.unit[rows], sight.value[rows], weights), budget)
    is_taken = np.zeros(len(costs), np.bool_)
    is_taken[taken] = True
    rest = np.flatnonzero(is_open & ~is_taken)
    score = _beside(sight, taken, is_taken)[rest]
    order = np.lexsort((-rest, -score / np.maximum(1.0, costs[rest])))
    return np.concatenate((taken, rest[order]))


def _beside(sight: Sight, taken: Any, is_taken: Any) -> Any:
    """Return for each unit how much it says about taken ones: those taken first count most."""
    worth = np.zeros(len(is_taken))
    worth[taken] = np.linspace(1.0, 0.1, len(taken))
    score = np.zeros(len(is_taken))
    text = sight.units.text
    for distance in range(1, _REACH + 1):
        if distance >= len(text):
            break
        same = text[distance:] == text[:-distance]
        share = _FADE**distance
        score[:-distance] = np.maximum(score[:-distance], np.where(same, worth[distance:] * share, 0.0))
        score[distance:] = np.maximum(score[distance:], np.where(same, worth[:-distance] * share, 0.0))
    return score
