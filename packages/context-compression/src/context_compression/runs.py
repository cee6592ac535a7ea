"""Runs: stretches of a window that can give way to one summary.

1. What folds together is a call with its results, or a part alone; pinned parts and what else must stay fold never.
2. A run lies between users' messages, and is cut into pieces between messages, so that no more is folded than needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_compression.candidate import Candidate
from context_compression.preserve import Yield
from context_core import Node, NodeType
from context_core.hashing import chain_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_compression.scope import Scope
    from context_compression.tier import CompressionTier

HEADING_TOKENS = 28
"""About what a summary's heading costs; the planner counts what is written."""


def folding_units(scope: Scope) -> list[tuple[Node, ...]]:
    """Return what folds together, in the order of time: a call with its results, or a part alone."""
    by_id = {node.id: node for node in scope.window.nodes}
    results: dict[str, list[Node]] = {}
    for result, call in scope.window.calls.items():
        if call in by_id:
            results.setdefault(call, []).append(by_id[result])
    paired = {node.id for nodes in results.values() for node in nodes}
    units = [(node, *results.get(node.id, ())) for node in scope.window.nodes if node.id not in paired]
    return [unit for unit in units if all(scope.yields[node.id] is not Yield.NEVER for node in unit)]


def runs(units: Sequence[tuple[Node, ...]], scope: Scope, max_nodes: int) -> Iterator[list[Node]]:
    """Yield the runs of what agent and tools said and no summary stands for yet, the oldest first.

    Args:
        units: what folds together.
        scope: the window.
        max_nodes: nodes a run has at most, but for what belongs to the same message or call.
    """
    run: list[Node] = []
    last = Yield.OLD
    for unit in units:
        yields = max(scope.yields[node.id] for node in unit)
        is_inside = bool(run) and run[-1].message_id == unit[0].message_id
        is_summary = unit[0].type is NodeType.SUMMARY
        if run and (yields is not last or is_summary or (len(run) >= max_nodes and not is_inside)):
            yield run
            run = []
        last = yields
        if yields in (Yield.OLD, Yield.RECENT) and not is_summary:
            run += unit
    if run:
        yield run


def fold(
    name: str, tier: CompressionTier, nodes: Sequence[Node], scope: Scope, *, room: int = 0, yields: Yield | None = None
) -> Candidate | None:
    """Return the candidate that folds a run; None where a heading would cost more than the run does.

    Args:
        name: of the strategy.
        tier: of the strategy.
        nodes: what the summary will stand for.
        scope: the window.
        room: tokens a summarizer's words may take.
        yields: when the run yields; with the last of its nodes unless given.
    """
    tokens = HEADING_TOKENS + room
    if sum(node.tokens for node in nodes) <= tokens:
        return None
    place = scope.place
    ordered = tuple(sorted(nodes, key=lambda node: place[node.id]))
    last = yields if yields is not None else max(scope.yields[node.id] for node in ordered)
    summary_id = "summary-" + chain_id(None, *(node.id.encode() for node in ordered))
    blank = Node(summary_id, NodeType.SUMMARY, "user", "", 0, turn=ordered[0].turn)
    after = blank.evolve(metadata={"message": summary_id, "elided": scope.reference(blank)})
    notes = sum(scope.note_tokens.get(node.id, 0) for node in ordered)
    loss = float(sum(node.tokens for node in ordered))
    return Candidate(name, tier, ordered, after, tokens, loss, last, notes, is_open=True, room=room)


def room_for(nodes: Sequence[Node], scope: Scope, share: float, max_tokens: int) -> int:
    """Return the tokens that a summarizer's words may take for a run; 0 where nobody writes any."""
    if not scope.is_summarized:
        return 0
    return min(max_tokens, max(24, int(share * sum(node.tokens for node in nodes))))
