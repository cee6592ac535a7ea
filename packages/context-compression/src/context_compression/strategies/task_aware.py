"""TaskAware: of the runs of old turns, those that have least to do with the task fold first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.runs import fold, folding_units, room_for, runs
from context_compression.tier import CompressionTier
from context_core import Bm25Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_core import Scorer


@dataclass(frozen=True, slots=True)
class TaskAware:
    """Folds runs of old turns into summaries, by the task; give it in the place of `Incremental`.

    Attributes:
        share: tokens a summarizer's words may take, as a share of what they stand for.
        max_tokens: tokens they take at most.
        max_nodes: nodes a run has at most, but for what belongs to the same message or call.
        scorer: tells how much a run has to do with the task; BM25 unless given.
    """

    share: float = 0.03
    max_tokens: int = 300
    max_nodes: int = 20
    scorer: Scorer | None = None

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "task-aware"

    @property
    def tier(self) -> CompressionTier:
        """New words."""
        return CompressionTier.SUMMARIZATION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return one candidate a run, the one least like the task first; of equals the oldest."""
        found = list(runs(folding_units(scope), scope, self.max_nodes))
        texts = ["\n".join(node.content for node in run if node.kind == "text") for run in found]
        scores = (self.scorer or Bm25Scorer()).score(scope.task, texts)
        for _, run in sorted(zip(scores, found, strict=True), key=lambda pair: pair[0]):
            room = room_for(run, scope, self.share, self.max_tokens)
            candidate = fold(self.name, self.tier, run, scope, room=room)
            if candidate is not None:
                yield candidate
