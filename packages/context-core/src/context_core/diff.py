"""What became of one graph in another: usually of a session's older version in a newer one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_core.edge import Edge
    from context_core.graph import ContextGraph
    from context_core.node import Node


@dataclass(frozen=True, slots=True)
class GraphDiff:
    """The steps from one graph to another.

    Attributes:
        added: nodes that only the newer has, in its order.
        removed: nodes that only the older has, in its order.
        changed: nodes that both have in different states, as pairs of before and after, in the newer's order.
        edges_added: edges that only the newer has, in its order.
        edges_removed: edges that only the older has, in its order.
        tokens: tokens of the newer less those of the older.
    """

    added: tuple[Node, ...]
    removed: tuple[Node, ...]
    changed: tuple[tuple[Node, Node], ...]
    edges_added: tuple[Edge, ...]
    edges_removed: tuple[Edge, ...]
    tokens: int

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.edges_added or self.edges_removed)


def diff(older: ContextGraph, newer: ContextGraph) -> GraphDiff:
    """Return what became of one graph in another.

    Example:
        >>> from context_core import ContextGraph
        >>> older, newer = ContextGraph("s"), ContextGraph("s")
        >>> hi = newer.add_message("user", "hi")
        >>> diff(older, newer).added == (hi,)
        True
    """
    before = {node.id: node for node in older.nodes()}
    after = {node.id: node for node in newer.nodes()}
    old_edges, new_edges = _edges(older), _edges(newer)
    return GraphDiff(
        added=tuple(node for name, node in after.items() if name not in before),
        removed=tuple(node for name, node in before.items() if name not in after),
        changed=tuple((before[name], node) for name, node in after.items() if name in before and before[name] != node),
        edges_added=tuple(edge for key, edge in new_edges.items() if key not in old_edges),
        edges_removed=tuple(edge for key, edge in old_edges.items() if key not in new_edges),
        tokens=newer.total_tokens - older.total_tokens,
    )


def _edges(graph: ContextGraph) -> dict[tuple[str, str, str], Edge]:
    return {(edge.source, edge.target, edge.type.value): edge for edge in graph.edges()}
