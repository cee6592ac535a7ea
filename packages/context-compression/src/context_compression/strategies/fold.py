"""FoldTurns: a run of what agent and tools said becomes one summary.

1. A run lies between two users' messages; calls and their results are in one run or in none.
2. Long runs are cut into pieces, between messages, so that no more is folded than needed.
3. Last of all, everything that may yield at all becomes one summary: the smallest prompt there is.
4. The words are written later, in `fill`; here only their cap is set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.candidate import Candidate
from context_compression.preserve import Yield
from context_compression.tier import CompressionTier
from context_core import Node, NodeType
from context_core.hashing import chain_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_compression.scope import Scope

MIN_SUMMARY_TOKENS = 30
"""The shortest summary: its heading with the reference."""


@dataclass(frozen=True, slots=True)
class FoldTurns:
    """Folds runs of old turns into summaries.

    Attributes:
        share: tokens a summary may take, as a share of what it stands for.
        max_tokens: tokens a summary takes at most.
        max_nodes: nodes a run has at most, but for what belongs to the same message or call.
    """

    share: float = 0.03
    max_tokens: int = 300
    max_nodes: int = 20

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "fold-turns"

    @property
    def tier(self) -> CompressionTier:
        """New words."""
        return CompressionTier.SUMMARIZATION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return one candidate a run, the oldest first, and last the one that folds everything."""
        units = _units(scope)
        place = {node.id: index for index, node in enumerate(scope.window.nodes)}
        runs = [(run, self._cap(run), None) for run in self._runs(units, scope)]
        everything = [node for unit in units for node in unit]
        own = [node for node in everything if scope.yields[node.id] <= Yield.OLD]
        last = [(own, MIN_SUMMARY_TOKENS, Yield.OLD), (everything, MIN_SUMMARY_TOKENS, Yield.USER)]
        for nodes, cap, yields in [*runs, *last]:
            if sum(node.tokens for node in nodes) > cap:
                ordered = tuple(sorted(nodes, key=lambda node: place[node.id]))
                yield self._candidate(ordered, scope, cap, yields)

    def _runs(self, units: Sequence[tuple[Node, ...]], scope: Scope) -> Iterator[list[Node]]:
        run: list[Node] = []
        last = Yield.OLD
        for unit in units:
            yields = max(scope.yields[node.id] for node in unit)
            is_inside = bool(run) and run[-1].message_id == unit[0].message_id
            if run and (yields is not last or (len(run) >= self.max_nodes and not is_inside)):
                yield run
                run = []
            last = yields
            if yields in (Yield.OLD, Yield.RECENT):
                run += unit
        if run:
            yield run

    def _cap(self, run: Sequence[Node]) -> int:
        return MIN_SUMMARY_TOKENS

    def _candidate(self, nodes: tuple[Node, ...], scope: Scope, cap: int, yields: Yield | None) -> Candidate:
        last = yields if yields is not None else max(scope.yields[node.id] for node in nodes)
        summary_id = "summary-" + chain_id(None, *(node.id.encode() for node in nodes))
        blank = Node(summary_id, NodeType.SUMMARY, "user", "", 0, turn=nodes[0].turn)
        reference = scope.reference(blank)
        metadata = {"message": summary_id, "elided": reference}
        loss = float(sum(node.tokens for node in nodes))
        notes = sum(scope.note_tokens.get(node.id, 0) for node in nodes)
        return Candidate(self.name, self.tier, nodes, blank.evolve(metadata=metadata), cap, loss, last, notes, is_open=True)


def _units(scope: Scope) -> list[tuple[Node, ...]]:
    """Return what folds together, in the order of time: a call with its results, or a part alone."""
    by_id = {node.id: node for node in scope.window.nodes}
    results: dict[str, list[Node]] = {}
    for result, call in scope.window.calls.items():
        if call in by_id:
            results.setdefault(call, []).append(by_id[result])
    paired = {node.id for nodes in results.values() for node in nodes}
    units = [(node, *results.get(node.id, ())) for node in scope.window.nodes if node.id not in paired]
    return [unit for unit in units if all(scope.yields[node.id] is not Yield.NEVER for node in unit)]
