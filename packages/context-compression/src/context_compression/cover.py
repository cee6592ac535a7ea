"""Cover: which units to keep so that the values likely needed again stay in sight, for the tokens they cost.

The weight of what is seen is a monotone submodular function of the units kept: a value counts once, however often it
stands there. Maximising it under a budget by taking what gains most per token is within a constant of the best there is
(Khuller, Moss, Naor, "The budgeted maximum coverage problem", Information Processing Letters 70(1), 1999; Sviridenko
2004 for any such function). Lowering a threshold step by step, and taking all that reaches it, is as good but for the
size of a step, and each step is a few array operations (Badanidiyuru and Vondrák, "Fast algorithms for maximizing
submodular functions", SODA 2014).

1. The threshold starts at the best gain per token and falls by `STEP`.
2. At each threshold the units that reach it are looked at, the best first; a value counts for the first that has it.
3. Those that still reach the threshold are kept, as long as the budget lasts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

STEP = 0.7
"""How far the threshold falls at a time. On the replay benchmark 0.6, 0.7 and 0.8 leave as much in sight; 0.8 takes a
tenth longer."""
_LEAST = 1e-4
"""Share of the first threshold at which no gain is worth a look any more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be kept, what it costs, and the values it shows.

    Attributes:
        costs: tokens of each choice.
        row_choice: one row a value in a choice: the number of the choice.
        row_value: the number of the value.
        weights: what each value is worth the first time that it is shown.
    """

    costs: Any
    row_choice: Any
    row_value: Any
    weights: Any


def cover(choice: Choice, budget: float) -> Any:
    """Return the numbers of the choices to keep, in the order in which they were taken.

    Args:
        choice: what may be kept.
        budget: tokens that all of it may cost.

    Example:
        >>> shows = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])
        >>> cover(Choice(np.array([4.0, 3.0, 2.0]), *shows, np.array([3.0, 3.0, 1.0])), 6.0).tolist()
        [0, 2]
    """
    rows = choice.weights[choice.row_value] > 0
    row_choice, row_value = choice.row_choice[rows], choice.row_value[rows]
    pairs = np.unique(row_choice * np.int64(len(choice.weights)) + row_value)
    row_choice, row_value = pairs // len(choice.weights), pairs % len(choice.weights)
    weights, costs = choice.weights.copy(), np.maximum(choice.costs, 1.0)
    taken: list[Any] = []
    threshold, floor = np.inf, 0.0
    while len(row_choice) and budget > 0:
        density = np.bincount(row_choice, weights[row_value], len(costs)) / costs
        best = density.max()
        if best <= floor:
            break
        threshold = min(threshold * STEP, best * STEP)
        floor = floor or best * _LEAST
        kept = _reaching(density, threshold, row_choice, row_value, weights, costs)
        kept = kept[np.cumsum(costs[kept]) <= budget]
        taken.append(kept)
        budget -= costs[kept].sum()
        is_kept = np.zeros(len(costs), np.bool_)
        is_kept[kept] = True
        weights[row_value[is_kept[row_choice]]] = 0.0
        fits = costs <= budget
        left = fits[row_choice] & (weights[row_value] > 0)
        row_choice, row_value = row_choice[left], row_value[left]
    return np.concatenate(taken) if taken else np.empty(0, np.int64)


def _reaching(density: Any, threshold: float, row_choice: Any, row_value: Any, weights: Any, costs: Any) -> Any:
    """Return the choices that reach a threshold, the best first, a value counting for the first that shows it."""
    asked = np.flatnonzero(density >= threshold)
    asked = asked[np.argsort(-density[asked], kind="stable")]
    rank = np.full(len(density), -1, np.int64)
    rank[asked] = np.arange(len(asked))
    rows = np.flatnonzero(rank[row_choice] >= 0)
    rows = rows[np.argsort(rank[row_choice[rows]], kind="stable")]
    _, first = np.unique(row_value[rows], return_index=True)
    own = np.bincount(rank[row_choice[rows[first]]], weights[row_value[rows[first]]], len(asked))
    return asked[own / costs[asked] >= threshold]
