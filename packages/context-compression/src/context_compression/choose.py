"""Choose: in which order the units of old parts get their place in the prompt, the most needed first.

1. What is needed: a value is worth its weight as soon as it is in sight, and `IN_LINE` times that again once it stands
   in a whole line. Units, and bare mentions of values, are taken by what they show per token (`cover`).
2. What stands beside: units around those that were taken, the nearer and the sooner taken the better; then all else,
   the latest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.cover import Choice, cover

if TYPE_CHECKING:
    from context_compression.mentions import Mentions
    from context_compression.sight import Sight

IN_LINE = 2.0
"""How much more a value is worth in a whole line than bare. Tuned by the replay benchmark: with less, bare values push
out the lines that say what they are; with more, fewer values are in sight where the target is tight."""
MORE = 1.3
"""How far beyond the budget the order of what is needed goes on, since what units cost is an estimate."""
_REACH = 3
"""Units on either side of a taken one that count as beside it."""
_END = 0.02
"""What the first unit of a text counts, where none is taken near it."""
_FADE = 0.6
"""How much less each further unit counts."""


def choose(sight: Sight, weights: Any, bonus: Any, costs: Any, is_open: Any, named: Mentions, budget: float) -> Any:
    """Return numbers of units, and above them of mentions, in the order in which they should stay.

    Args:
        sight: the window.
        weights: for each value, what it is worth to see it; 0 where it is in sight already.
        bonus: for each unit, what it is worth to keep it whatever values it shows.
        costs: for each unit, the tokens it takes to keep it.
        is_open: for each unit, whether it may stay or go.
        named: values that could be mentioned.
        budget: tokens there are; the order goes on beyond it as far as it is known.
    """
    rows = is_open[sight.unit]
    unit, value = sight.unit[rows], sight.value[rows]
    bare = len(costs) + np.arange(len(named))
    own = np.flatnonzero(is_open & (bonus > 0))
    count = len(weights)
    may_be_named = np.zeros(count, np.bool_)
    may_be_named[named.value] = True
    in_line = np.where(may_be_named, IN_LINE, 1.0 + IN_LINE) * weights
    seen = may_be_named[value]
    choice = Choice(
        costs=np.concatenate((costs, named.costs)),
        row_choice=np.concatenate((unit, unit[seen], bare, own)),
        row_value=np.concatenate(
            (value, value[seen] + len(weights), named.value + len(weights), own + 2 * len(weights))
        ),
        weights=np.concatenate((in_line, weights, bonus)),
    )
    taken = cover(choice, MORE * budget + 200)
    units = taken[taken < len(costs)]
    is_taken = np.zeros(len(costs), np.bool_)
    is_taken[units] = True
    rest = np.flatnonzero(is_open & ~is_taken)
    score = _beside(sight, units, is_taken)[rest]
    order = np.lexsort((-rest, -score / np.maximum(1.0, costs[rest])))
    return np.concatenate((taken, rest[order]))


def _ends(text: Any) -> Any:
    """Return a little for each unit near its text's head, half of that near its tail: what a file is stands first, how
    a command ended last."""
    number = np.arange(len(text))
    first, last = np.searchsorted(text, text), np.searchsorted(text, text, "right") - 1
    return np.maximum(_END / (1.0 + number - first), _END / 2 / (1.0 + last - number))


def _beside(sight: Sight, taken: Any, is_taken: Any) -> Any:
    """Return for each unit how much it says about taken ones: those taken first count most."""
    worth = np.zeros(len(is_taken))
    worth[taken] = np.linspace(1.0, 0.1, len(taken))
    text = sight.units.text
    score = _ends(text)
    for distance in range(1, _REACH + 1):
        if distance >= len(text):
            break
        same = text[distance:] == text[:-distance]
        share = _FADE**distance
        score[:-distance] = np.maximum(score[:-distance], np.where(same, worth[distance:] * share, 0.0))
        score[distance:] = np.maximum(score[distance:], np.where(same, worth[:-distance] * share, 0.0))
    return score
