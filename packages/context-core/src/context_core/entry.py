"""A node's place in a graph, with the edges that enter and leave it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from context_core.edge import Edge, EdgeType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from context_core.node import Node


class Entry:
    """One node in the graph: one object holds all, as a dict a fact would cost a kilobyte a node.

    Attributes:
        node: as it is now.
        position: its place in the order in which nodes were added.
        incoming: the edges that enter it, in the order they were added.
        outgoing: the edges that leave it, in the order they were added.
        instruction: id of the user's message in force at the node.
    """

    __slots__ = ("incoming", "instruction", "node", "outgoing", "position")

    def __init__(self, node: Node, position: int) -> None:
        self.node = node
        self.position = position
        self.incoming: list[Edge] = []
        self.outgoing: list[Edge] = []
        self.instruction: str | None = None

    def edge_like(self, edge: Edge) -> Edge | None:
        """Return the edge that enters from an edge's source with its type; few enter a node, a thousand may leave."""
        for one in self.incoming:
            if one.type is edge.type and one.source == edge.source:
                return one
        return None


def insert_late(entries: Mapping[str, Entry], edges: Iterable[Edge]) -> None:
    """Put edges where they would stand had each been added right after its target was.

    A list that gets an edge before its end is replaced, not changed: somebody may be iterating over it.

    Args:
        entries: by node id.
        edges: in the order of their targets. No edge but those of summaries may have been added to a target, or to
            any node before one that was added last, since the first of the targets was added.
    """
    leaving: defaultdict[str, list[Edge]] = defaultdict(list)
    entering: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        leaving[edge.source].append(edge)
        entering[edge.target].append(edge)
    for node_id, late in entering.items():
        entry = entries[node_id]
        covers = [edge for edge in entry.incoming if edge.type is EdgeType.SUMMARIZES]
        entry.incoming = [*(edge for edge in entry.incoming if edge.type is not EdgeType.SUMMARIZES), *late, *covers]
    for node_id, late in leaving.items():
        _insert_leaving(entries, entries[node_id], late)


def _insert_leaving(entries: Mapping[str, Entry], source: Entry, late: list[Edge]) -> None:
    """Merge edges into those that leave a node, by the place of the target; of one target the late ones come last."""
    first, kept = entries[late[0].target].position, len(source.outgoing)
    while kept and entries[source.outgoing[kept - 1].target].position > first:
        kept -= 1
    if kept == len(source.outgoing):
        source.outgoing += late
        return
    mixed = sorted([*source.outgoing[kept:], *late], key=lambda edge: entries[edge.target].position)
    source.outgoing = [*source.outgoing[:kept], *mixed]
