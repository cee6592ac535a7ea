"""Incremental: a running summary that grows by what is new.

1. Runs of old turns that no summary stands for yet become one summary each, the oldest first.
2. Summaries that are there already stay as they are, and so does the prompt's beginning that a provider has cached.
3. Which lines of a run stay in its summary, word for word, is the planner's choice; a summarizer's words go before
   them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.runs import fold, folding_units, room_for, runs
from context_compression.tier import CompressionTier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope


@dataclass(frozen=True, slots=True)
class Incremental:
    """Folds runs of old turns into summaries.

    Attributes:
        share: tokens a summarizer's words may take, as a share of what they stand for.
        max_tokens: tokens they take at most.
        max_nodes: nodes a run has at most, but for what belongs to the same message or call.
    """

    share: float = 0.03
    max_tokens: int = 300
    max_nodes: int = 20

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "incremental"

    @property
    def tier(self) -> CompressionTier:
        """New words."""
        return CompressionTier.SUMMARIZATION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return one candidate a run, the oldest first."""
        for run in runs(folding_units(scope), scope, self.max_nodes):
            room = room_for(run, scope, self.share, self.max_tokens)
            candidate = fold(self.name, self.tier, run, scope, room=room)
            if candidate is not None:
                yield candidate
