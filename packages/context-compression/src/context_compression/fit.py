"""Fit: excerpts and summaries of the asked nodes that are within a target, as full of needed values as it lets.

1. The layout says which nodes stand by themselves and which fold, and what that alone costs.
2. The rest of the target is for units: they stay in the order of `choose`, as far as the tokens reach.
3. What is written is counted. Where it is over the target, or far below it, the number of units is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.choose import choose
from context_compression.compose import Composer
from context_compression.frames import Frames
from context_compression.layout import Layout, lay_out
from context_compression.mentions import mentions
from context_compression.needs import question
from context_compression.sight import calls_of
from context_compression.trees import learned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope

_TRIES = 4
"""How often what is written is counted and corrected; the estimates are off by a few percent, so two do nearly
always."""
_NEXT = 200
"""Units that are looked at for what is left of a budget behind the first that does not fit."""
_SLACK = 0.015
"""Share of the tokens for the asked nodes that may be left, so that a few more messages cost nothing."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was found.

    Attributes:
        candidates: written, no two touch one node.
        saved: tokens that they save.
        room: tokens there were for units that stay, as a share of those of the asked nodes.
    """

    candidates: tuple[Candidate, ...]
    saved: int
    room: float = 0.0


def fit(scope: Scope, asked: Sequence[Candidate], target: int, least_room: float = -inf) -> Fitted:
    """Return what to do to the asked nodes so that the window is within a target, or as near to it as they let.

    Args:
        scope: the window.
        asked: open candidates: excerpts of one node each, and runs to fold, the oldest first.
        target: tokens the window may cost.
        least_room: where there is less room for units that stay, nothing is written: the caller asks more nodes.
    """
    work = _Work(scope, asked)
    notes = sum(c.note_tokens for c in asked if c.is_summary)
    available = target - (scope.window.tokens - work.tokens - notes)
    layout = work.laid_out(available)
    budget = available - layout.frames
    room = budget / max(1, work.tokens)
    if room < least_room:
        return Fitted((), 0, room)
    composer, order, costs = work.ordered(layout, budget)
    slack = max(6.0, _SLACK * available)
    found = _corrected(composer, order, costs, budget, scope.window.tokens, target, slack)
    return replace(found, room=room)


def cut_each(scope: Scope, asked: Sequence[Candidate], tokens: int) -> list[Candidate]:
    """Return the excerpts of nodes, each cut to about a number of tokens.

    Args:
        scope: the window.
        asked: open candidates of one node each.
        tokens: what each may cost.
    """
    if not asked:
        return []
    work = _Work(scope, asked)
    layout = work.laid_out(work.tokens)
    composer, order, costs = work.ordered(layout, tokens * len(asked))
    units = order[order < len(scope.sight.units)]
    node = scope.sight.unit_node[units]
    by_node = np.argsort(node, kind="stable")
    spent = np.cumsum(costs[units][by_node])
    first = np.searchsorted(node[by_node], node[by_node])
    spent -= spent[first] - costs[units][by_node][first]
    kept = np.zeros(len(costs), np.bool_)
    kept[units[by_node[spent <= tokens - work.frames.mark]]] = True
    return composer.write(kept)


class _Work:
    """What fitting looks at: the window, the asked nodes in it, and what their frames cost."""

    def __init__(self, scope: Scope, asked: Sequence[Candidate]) -> None:
        self._scope, self._asked = scope, asked
        self.frames = Frames(scope.sight, scope.counter)
        self._stays = np.ones(len(scope.sight.nodes), np.bool_)
        self._stays[[scope.place[node.id] for candidate in asked for node in candidate.nodes]] = False
        self.tokens = int(self.frames.tokens[~self._stays].sum())

    def laid_out(self, available: int) -> Layout:
        return lay_out(self._scope, self.frames, self._asked, available)

    def ordered(self, layout: Layout, budget: float) -> tuple[Composer, Any, Any]:
        """Return what writes, the order in which units and mentions should stay, and what each costs."""
        scope, sight = self._scope, self._scope.sight
        worth = weights(scope, self._stays)
        worth[sight.value[~layout.is_open[sight.unit]]] = 0.0
        named = mentions(sight, worth, layout.is_open)
        order = choose(sight, worth, scope.bonus(), layout.costs, layout.is_open, named, max(0.0, budget))
        composer = Composer(sight, self.frames, layout, named, scope.counter, scope.reference)
        return composer, order, np.concatenate((layout.costs, named.costs))


def weights(scope: Scope, stays: Any) -> Any:
    """Return for each value the probability that it is needed again; 0 where it stays in sight anyway.

    Args:
        scope: the window.
        stays: for each node, whether it stays as it is.
    """
    sight = scope.sight
    found = question(sight, stays, calls_of(sight.nodes, scope.window.calls))
    probabilities = np.zeros(len(sight.keys))
    probabilities[found.asked] = learned().probability(found.features)
    return probabilities


def _corrected(
    composer: Composer, order: Any, costs: Any, budget: float, before: int, target: int, slack: float
) -> Fitted:
    best: Fitted | None = None
    found = Fitted((), 0)
    for _ in range(_TRIES):
        kept = np.zeros(len(costs), np.bool_)
        kept[_within(order, costs, budget)] = True
        written = composer.write(kept)
        found = Fitted(tuple(written), sum(candidate.tokens_saved for candidate in written))
        left = target - (before - found.saved)
        if left >= 0 and (best is None or found.saved < best.saved):
            best = found
        is_near = 0 <= left <= slack
        if is_near or (left >= 0 and kept.sum() == len(order)) or (left < 0 and not kept.any()):
            break
        budget += left - 2 if left < 0 else 0.9 * left
    return best or found


def _within(order: Any, costs: Any, budget: float) -> Any:
    """Return the first units that fit into a budget, and of the next ones those that fit into what is left of it."""
    total = np.cumsum(costs[order])
    count = int(np.searchsorted(total, budget, "right"))
    left = budget - (total[count - 1] if count else 0.0)
    more: list[int] = []
    for unit in order[count : count + _NEXT].tolist():
        if costs[unit] <= left:
            more.append(unit)
            left -= costs[unit]
    return np.concatenate((order[:count], np.array(more, np.int64)))
