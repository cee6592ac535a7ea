"""What an append writes: found out from what is there, before anything is written.

1. A node that is there must equal what was appended then, not what compression has made of it since.
2. A node that is not there gets the next position.
3. The edges that enter new nodes are kept with these, if that keeps the order of all edges; else they are events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_memory.edge_events import ADDED, EdgeEvent, edge_key
from context_memory.standing import conflict, edges_json, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from context_core import Edge
    from context_memory.edge_events import Key
    from context_memory.standing import Arrival, Saved, Standing

    Known = Callable[[Sequence[str]], set[Key]]


@dataclass(frozen=True, slots=True)
class FreshNode:
    """A node that the session has not had.

    Attributes:
        node_id: its id.
        position: its place in the order of the session.
        saved: what is kept of it.
        edges: the edges that come with it, as JSON.
    """

    node_id: str
    position: int
    saved: Saved
    edges: bytes


@dataclass(frozen=True, slots=True)
class AppendPlan:
    """What an append writes.

    Attributes:
        nodes: those that are new, in order.
        events: the edges that are new and not kept with a node, in order.
        contents: of the new nodes, by id.
        positions: the position that comes next.
    """

    nodes: tuple[FreshNode, ...]
    events: tuple[EdgeEvent, ...]
    contents: Mapping[str, bytes]
    positions: int

    def __bool__(self) -> bool:
        return bool(self.nodes or self.events)


def plan_append(
    session_id: str,
    arriving: Mapping[str, Arrival],
    edges: Iterable[Edge],
    *,
    there: Mapping[str, Standing],
    known: Known,
    positions: int,
) -> AppendPlan:
    """Return what an append writes.

    Args:
        session_id: the session.
        arriving: the nodes, in order.
        edges: in order.
        there: those of the nodes that the session has, or had.
        known: returns the keys of the edges that enter some nodes.
        positions: the position that comes next.

    Raises:
        ConflictError: a node has the id of one that is there, and differs from how that was appended.
    """
    for node_id, standing in there.items():
        if not same(standing.appended, arriving[node_id].saved):
            raise conflict(session_id, node_id)
    fresh = {node_id: arrival for node_id, arrival in arriving.items() if node_id not in there}
    with_nodes, late = _parted(fresh, _new(edges, known))
    last = positions + len(fresh)
    return AppendPlan(
        nodes=tuple(
            FreshNode(node_id, position, arrival.saved, edges_json(with_nodes.get(node_id, ())))
            for position, (node_id, arrival) in enumerate(fresh.items(), positions)
        ),
        events=tuple(EdgeEvent(ADDED, last, edge.target, edge) for edge in late),
        contents={arrival.saved.content_id: arrival.content for arrival in fresh.values()},
        positions=last,
    )


def _new(edges: Iterable[Edge], known: Known) -> list[Edge]:
    """Return the edges that are not there, each once."""
    unique: dict[Key, Edge] = {}
    for edge in edges:
        unique.setdefault(edge_key(edge), edge)
    there = known(list(dict.fromkeys(edge.target for edge in unique.values())))
    return [edge for key, edge in unique.items() if key not in there] if there else list(unique.values())


def _parted(fresh: Mapping[str, Arrival], edges: list[Edge]) -> tuple[Mapping[str, list[Edge]], list[Edge]]:
    """Return the edges to keep with new nodes, and all others; all are others where order would be lost."""
    place = {node_id: number for number, node_id in enumerate(fresh)}
    with_nodes: dict[str, list[Edge]] = {}
    others: list[Edge] = []
    reached: dict[str, int] = {}
    for edge in edges:
        # Kept with their targets, the edges that leave a node come in the order of these, before all others.
        at = place.get(edge.target, len(place))
        if at < reached.get(edge.source, 0):
            return {}, edges
        reached[edge.source] = at
        if at == len(place):
            others.append(edge)
        else:
            with_nodes.setdefault(edge.target, []).append(edge)
    return with_nodes, others
