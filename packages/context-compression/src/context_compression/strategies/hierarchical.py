"""Hierarchical: summaries of summaries, where many small ones cost more than they say.

1. Summaries that stand there from earlier, with nothing but users' messages between them, become one.
2. Where that is not enough, all that agent and tools said before the last messages becomes one summary; users' messages
   stay behind it.
3. Last of all, everything that may yield becomes one: the smallest prompt there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.preserve import Yield
from context_compression.runs import fold, folding_units, room_for
from context_compression.tier import CompressionTier
from context_core import NodeType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_core import Node


@dataclass(frozen=True, slots=True)
class Hierarchical:
    """Folds summaries, and all that is old, into one.

    Attributes:
        share: tokens a summarizer's words may take, as a share of what they stand for.
        max_tokens: tokens they take at most.
    """

    share: float = 0.03
    max_tokens: int = 600

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "hierarchical"

    @property
    def tier(self) -> CompressionTier:
        """New words."""
        return CompressionTier.SUMMARIZATION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return ever larger folds."""
        units = folding_units(scope)
        everything = [node for unit in units for node in unit]
        old = [node for node in everything if scope.yields[node.id] <= Yield.OLD]
        levels = [
            *((stretch, None) for stretch in _stretches(units, scope)),
            (old, Yield.OLD),
            (everything, Yield.USER),
        ]
        for nodes, yields in levels:
            room = room_for(nodes, scope, self.share, self.max_tokens)
            candidate = fold(self.name, self.tier, nodes, scope, room=room, yields=yields) if nodes else None
            if candidate is not None:
                yield candidate


def _stretches(units: Sequence[tuple[Node, ...]], scope: Scope) -> Iterator[list[Node]]:
    """Yield the summaries that have nothing but users' messages between them, two or more at a time."""
    stretch: list[Node] = []
    for unit in units:
        if unit[0].type is NodeType.SUMMARY:
            stretch.append(unit[0])
        elif scope.yields[unit[0].id] not in (Yield.USER, Yield.PASTE):
            if len(stretch) > 1:
                yield stretch
            stretch = []
    if len(stretch) > 1:
        yield stretch
