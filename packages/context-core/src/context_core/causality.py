"""Why did this happen: the causes of a node, and theirs, along CAUSAL edges.

Breadth-first from the node back, nearest causes first and of one node's the latest, until the beginning or
`max_nodes`. Causal edges never change when content is compressed, so a chain names the same nodes before and after.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.edge import EdgeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from context_core.graph import ContextGraph
    from context_core.node import Node


@dataclass(frozen=True, slots=True)
class Cause:
    """One step of a chain.

    Attributes:
        node: the cause.
        effect_id: id of the node that it led to: the one asked about, or another cause.
        evidence: the edge's evidence, such as ``{"reason": "returned"}``.
        distance: steps from the node asked about, from 1.
    """

    node: Node
    effect_id: str
    evidence: Mapping[str, Any]
    distance: int


@dataclass(frozen=True, slots=True)
class Chain:
    """The causes of a node in the order of time; iterate over it.

    Attributes:
        node: the node asked about.
        causes: the oldest first.
        complete: whether every cause is there; False where `max_nodes` cut the chain.
    """

    node: Node
    causes: tuple[Cause, ...]
    complete: bool

    def __iter__(self) -> Iterator[Cause]:
        return iter(self.causes)

    def __len__(self) -> int:
        return len(self.causes)


def causal_chain(graph: ContextGraph, node_id: str, *, max_nodes: int = 50) -> Chain:
    """Return why a node came to be.

    Args:
        graph: the graph.
        node_id: the node to explain.
        max_nodes: how many causes at most; the nearest are kept.

    Raises:
        NodeNotFoundError: the graph has no such node.
        ValueError: max_nodes is below 1.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "Which files are there?")
        >>> call = graph.add_tool_call("ls", {"path": "src"})
        >>> result = graph.add_tool_result(call.id, "a.py")
        >>> [cause.node.type.value for cause in causal_chain(graph, result.id)]
        ['message', 'tool_call']
    """
    if max_nodes < 1:
        raise ValueError(f"got max_nodes={max_nodes}; expected at least 1")
    node = graph.node(node_id)
    found: dict[str, Cause] = {}
    queue: deque[tuple[str, int]] = deque([(node_id, 0)])
    complete = True
    while queue:
        effect_id, distance = queue.popleft()
        latest_first = sorted(graph.in_edges(effect_id, EdgeType.CAUSAL), key=lambda edge: -graph.position(edge.source))
        for edge in latest_first:
            if edge.source in found or edge.source == node_id:
                continue
            if len(found) == max_nodes:
                complete = False
                break
            found[edge.source] = Cause(graph.node(edge.source), effect_id, edge.evidence, distance + 1)
            queue.append((edge.source, distance + 1))
    ordered = sorted(found.values(), key=lambda cause: graph.position(cause.node.id))
    return Chain(node, tuple(ordered), complete)
