"""What stands around a node: breadth-first along edges of any direction, the nearest first."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from context_core.edge import Edge, EdgeType
    from context_core.graph import ContextGraph
    from context_core.node import Node


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A node near another one.

    Attributes:
        node: the neighbour.
        edge: by which it was reached.
        distance: edges from the node asked about, from 1.
    """

    node: Node
    edge: Edge
    distance: int


def neighborhood(
    graph: ContextGraph,
    node_id: str,
    *,
    radius: int = 1,
    types: Collection[EdgeType] | None = None,
    max_nodes: int = 100,
) -> list[Neighbor]:
    """Return the nodes within some edges of a node, the nearest first.

    Args:
        graph: the graph.
        node_id: the node in the middle.
        radius: edges at most, at least 1.
        types: follow only edges of these types; all that are stored unless given.
        max_nodes: how many at most; an instruction may have thousands of effects.

    Raises:
        NodeNotFoundError: the graph has no such node.
        ValueError: radius or max_nodes is below 1.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("ls", {})
        >>> result = graph.add_tool_result(call.id, "io_util.py")
        >>> [neighbor.node.content for neighbor in neighborhood(graph, call.id)]
        ['io_util.py']
    """
    if radius < 1 or max_nodes < 1:
        raise ValueError(f"got radius={radius}, max_nodes={max_nodes}; expected at least 1 of both")
    seen = {graph.node(node_id).id}
    found: list[Neighbor] = []
    queue: deque[tuple[str, int]] = deque([(node_id, 1)])
    while queue:
        at, distance = queue.popleft()
        for edge in _edges(graph, at, types):
            other = edge.target if edge.source == at else edge.source
            if other in seen:
                continue
            if len(found) == max_nodes:
                return found
            seen.add(other)
            found.append(Neighbor(graph.node(other), edge, distance))
            if distance < radius:
                queue.append((other, distance + 1))
    return found


def _edges(graph: ContextGraph, node_id: str, types: Collection[EdgeType] | None) -> Iterator[Edge]:
    for type in types or (None,):
        yield from chain(graph.in_edges(node_id, type), graph.out_edges(node_id, type))
