"""Layout: which old nodes stand by themselves, as excerpts, and which runs fold into summaries, and what that leaves.

A node that stands by itself keeps its frame, which costs tokens whatever it says. Of the tokens that there are for the
old part, frames may take as large a share as there is left of the old part: the tighter the target, the less of it goes
into frames. Where they take more, the oldest runs fold, so that one heading stands for all the frames of a run, until
they take no more. A later fold may stand for earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_compression.candidate import Candidate
    from context_compression.frames import Frames
    from context_compression.scope import Scope

LEAST_FRAMES = 0.1
"""Share of the tokens there are that frames may always take."""
WORTH = 1.5
"""A run folds where its frames cost at least so many times what a heading does."""
_LEAST_ROOM = 16
"""Tokens with which a summarizer can say something."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the old part stands in the prompt.

    Attributes:
        excerpts: for each node's number, the candidate that cuts it.
        folds: the runs that fold.
        is_open: for each unit, whether it may stay or go.
        costs: for each unit, the tokens it takes to keep it.
        frames: tokens of the frames and headings.
    """

    excerpts: dict[int, Candidate]
    folds: tuple[Candidate, ...]
    is_open: Any
    costs: Any
    frames: int


def lay_out(scope: Scope, frames: Frames, asked: Sequence[Candidate], available: int) -> Layout:
    """Return the layout for a number of tokens.

    Args:
        scope: the window.
        frames: what its nodes cost.
        asked: open candidates: excerpts of one node, and runs to fold, those first that should fold first.
        available: tokens there are for all nodes of the candidates.
    """
    place = scope.place
    singles = {place[c.nodes[0].id]: c for c in asked if not c.is_summary}
    excerpts = {number: c for number, c in singles.items() if frames.frame[number] < frames.tokens[number]}
    numbers = {place[node.id] for candidate in asked for node in candidate.nodes}
    alone = {number: int((frames.frame if number in excerpts else frames.tokens)[number]) for number in numbers}
    share = max(LEAST_FRAMES, min(1.0, available / max(1, int(frames.tokens[list(numbers)].sum()))))
    folding = _Folding(alone, place)
    for fold in (candidate for candidate in asked if candidate.is_summary):
        if folding.total <= share * available:
            break
        folding.try_fold(fold)
    return _laid(scope, frames, excerpts, folding)


class _Folding:
    """The runs that fold so far.

    Args:
        alone: for each node's number, what it costs by itself.
        place: for each node's id, its number.
    """

    def __init__(self, alone: dict[int, int], place: dict[str, int]) -> None:
        self._alone, self._place = alone, place
        self._folds: dict[frozenset[int], Candidate] = {}
        self.folded: set[int] = set()
        self.total = sum(alone.values())

    @property
    def folds(self) -> tuple[Candidate, ...]:
        return tuple(self._folds.values())

    def try_fold(self, fold: Candidate) -> None:
        """Fold a run where that saves anything; it may stand for earlier folds, if it holds all of them."""
        numbers = frozenset(self._place[node.id] for node in fold.nodes)
        replaced = [] if self.folded.isdisjoint(numbers) else [run for run in self._folds if run & numbers]
        if any(not run < numbers for run in replaced):
            return
        gain = sum(self._alone[number] for number in numbers - self.folded) + fold.note_tokens
        gain += sum(self._folds[run].tokens_after - self._folds[run].note_tokens for run in replaced)
        fold = _with_room(fold, gain)
        if gain < WORTH * (fold.tokens_after - fold.room):
            return
        for run in replaced:
            del self._folds[run]
        self._folds[numbers] = fold
        self.folded |= numbers
        self.total -= gain - fold.tokens_after


def _with_room(fold: Candidate, gain: int) -> Candidate:
    """Return a fold with no more room for words than half of what it gains."""
    room = min(fold.room, (gain - (fold.tokens_after - fold.room)) // 2)
    room = room if room >= _LEAST_ROOM else 0
    return replace(fold, room=room, tokens_after=fold.tokens_after - fold.room + room)


def _laid(scope: Scope, frames: Frames, excerpts: dict[int, Candidate], folding: _Folding) -> Layout:
    sight = scope.sight
    cut, gone = np.zeros(len(sight.nodes), np.bool_), np.zeros(len(sight.nodes), np.bool_)
    kept = {number: c for number, c in excerpts.items() if number not in folding.folded}
    cut[list(kept)] = True
    gone[list(folding.folded)] = True
    node = sight.unit_node
    is_open = cut[node] & frames.may_go | gone[node] & ~frames.is_mark
    costs = sight.tokens + np.where(cut[node], frames.gap / 2, 1.0)
    return Layout(kept, folding.folds, is_open, costs, folding.total)
