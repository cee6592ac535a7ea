"""Spreading activation (Crestani, "Application of Spreading Activation Techniques in Information Retrieval", 1997).

What was asked for is often not where the words are but beside it: an assistant says that it opens a file, and the next
node is the call, the one after it the result with the answer. So a hit hands part of its score on:

1. from a result to its call, and from a call to its result;
2. to the nodes before and after it in time;
3. from a cause to its effects.

A node's score is its own and what its neighbours hand on, added up, in one step. It remembers who gave it most.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from context_core.edge import EdgeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from context_core.graph import ContextGraph

FORWARD = {EdgeType.TOOL_IO: 0.3, EdgeType.TEMPORAL: 0.3, EdgeType.CAUSAL: 0.1}
"""Share of a node's score that goes along an edge. The shares were fitted on recorded coding sessions."""
BACKWARD = {EdgeType.TOOL_IO: 0.4, EdgeType.TEMPORAL: 0.1}
"""Share that goes against an edge. An effect does not vouch for its causes: one instruction causes a whole turn."""
_MOST_EDGES = 32
"""Edges of a node that are followed each way, the first ones: an instruction may have caused thousands of nodes."""


@dataclass(frozen=True, slots=True)
class Gift:
    """What a node got most of its handed-on score from.

    Attributes:
        node_id: who gave it.
        relation: the edge's type.
        score: how much it was.
    """

    node_id: str
    relation: EdgeType
    score: float


@dataclass(frozen=True, slots=True)
class Activation:
    """A node's score after spreading.

    Attributes:
        score: its own and what it was given.
        own: its own.
        gift: the largest single gift, of equals the last; None where it was given nothing.
    """

    score: float
    own: float
    gift: Gift | None = None


def spread(graph: ContextGraph, scores: Mapping[str, float]) -> dict[str, Activation]:
    """Return the scores after one step of spreading, of the nodes that had one and of their neighbours.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("read", {"path": "a.py"})
        >>> result = graph.add_tool_result(call.id, "port = 8080")
        >>> active = spread(graph, {call.id: 1.0})
        >>> round(active[result.id].score, 1), active[result.id].gift.relation.value
        (0.7, 'tool_io')
    """
    scores = {node_id: score for node_id, score in scores.items() if node_id in graph}
    totals = dict(scores)
    gifts: dict[str, Gift] = {}
    for giver, score in scores.items():
        for taker, relation, share in _neighbours(graph, giver):
            given = share * score
            totals[taker] = totals.get(taker, 0.0) + given
            if taker not in gifts or given >= gifts[taker].score:
                gifts[taker] = Gift(giver, relation, given)
    return {at: Activation(total, scores.get(at, 0.0), gifts.get(at)) for at, total in totals.items()}


def _neighbours(graph: ContextGraph, node_id: str) -> Iterator[tuple[str, EdgeType, float]]:
    for edge in islice(graph.out_edges(node_id), _MOST_EDGES):
        if edge.type in FORWARD:
            yield edge.target, edge.type, FORWARD[edge.type]
    for edge in islice(graph.in_edges(node_id), _MOST_EDGES):
        if edge.type in BACKWARD:
            yield edge.source, edge.type, BACKWARD[edge.type]
