"""Layout: which old nodes stand by themselves, as excerpts, and which runs fold into summaries, and what that leaves.

A node that stands by itself keeps its place, its call and its pointer, which cost tokens whatever it says: its *frame*.
Of the tokens that there are for the old part, frames may take as large a share as there is left of the old part: the
tighter the target, the less of it goes into frames. Where they take more, the oldest runs fold, so that one heading
stands for all the frames of a run, until they take no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.pointers import GAP, heading, pointer
from context_core import NodeType, TokenCounter, part_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_compression.candidate import Candidate
    from context_compression.sight import Sight

LEAST_FRAMES = 0.1
"""Share of the tokens there are that frames may always take."""
SHORT = 120
"""Bytes of an argument that is never cut: a path, a name, a short command."""
_SAMPLE = "481920553.337104123"


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

    @property
    def nodes(self) -> set[int]:
        """Numbers of the nodes that may be cut."""
        return set(self.excerpts)


class Frames:
    """What nodes cost when nothing of them is kept.

    Args:
        sight: the window.
        counter: counts tokens.
    """

    def __init__(self, sight: Sight, counter: TokenCounter) -> None:
        self._sight = sight
        self.mark = counter.count(f"\n{pointer(_SAMPLE, 12_345)}\n")
        self.gap = counter.count(f"{GAP}\n")
        self.heading = part_tokens(counter, heading(_SAMPLE, 100, 123_456))
        calls = np.array([node.type is NodeType.TOOL_CALL for node in sight.nodes], np.bool_)
        sizes = np.array([len(text) for text in sight.texts], np.int64)
        is_short = (calls[sight.node] & (sizes <= SHORT))[sight.units.text] if len(sizes) else np.zeros(0, np.bool_)
        self.may_go = ~is_short
        self.tokens = np.array([node.tokens for node in sight.nodes], np.int64)
        cut = np.bincount(sight.unit_node[self.may_go], sight.tokens[self.may_go], len(sight.nodes)).astype(np.int64)
        has_text = np.bincount(sight.node, minlength=len(sight.nodes)) > 0
        self.frame = np.where(has_text, self.tokens - cut + self.mark, np.minimum(self.tokens, self.mark + 24))


def lay_out(sight: Sight, frames: Frames, place: dict[str, int], asked: Sequence[Candidate], available: int) -> Layout:
    """Return the layout for a number of tokens.

    Args:
        sight: the window.
        frames: what its nodes cost.
        place: for each node's id, its number.
        asked: open candidates: excerpts of one node, and runs to fold, the oldest first.
        available: tokens there are for all nodes of the candidates.
    """
    excerpts = {
        place[c.nodes[0].id]: c
        for c in asked
        if not c.is_summary and frames.frame[place[c.nodes[0].id]] < c.nodes[0].tokens
    }
    standing = {number: int(frames.frame[number]) for number in excerpts}
    runs = [([place[node.id] for node in c.nodes], c) for c in asked if c.is_summary]
    alone = {number: standing.get(number, int(frames.tokens[number])) for numbers, _ in runs for number in numbers}
    alone |= standing
    share = max(LEAST_FRAMES, min(1.0, available / max(1, int(frames.tokens[list(alone)].sum()))))
    total, folds, folded = sum(alone.values()), list["Candidate"](), set[int]()
    for numbers, fold in runs:
        if total <= share * available:
            break
        gain = sum(alone[number] for number in numbers if number not in folded) + fold.note_tokens - fold.tokens_after
        if not folded.isdisjoint(numbers):
            replaced = [other for other in folds if not _ids(other).isdisjoint(_ids(fold))]
            if not all(_ids(other) < _ids(fold) for other in replaced):
                continue
            folds = [other for other in folds if _ids(other).isdisjoint(_ids(fold))]
            gain = sum(other.tokens_after for other in replaced) - fold.tokens_after
            gain += sum(alone[number] for number in numbers if number not in folded)
        if gain > 0:
            folds.append(fold)
            folded.update(numbers)
            total -= gain
    kept = {number: c for number, c in excerpts.items() if number not in folded}
    return _laid(sight, frames, kept, folds, folded, total)


def _ids(candidate: Candidate) -> set[str]:
    return {node.id for node in candidate.nodes}


def _laid(
    sight: Sight, frames: Frames, excerpts: dict[int, Candidate], folds: list[Candidate], folded: set[int], total: int
) -> Layout:
    cut, gone = np.zeros(len(sight.nodes), np.bool_), np.zeros(len(sight.nodes), np.bool_)
    cut[list(excerpts)] = True
    gone[list(folded)] = True
    node = sight.unit_node
    is_open = cut[node] & frames.may_go | gone[node]
    costs = sight.tokens + np.where(cut[node], frames.gap / 2, 1.0)
    return Layout(excerpts, tuple(folds), is_open, costs, total)
