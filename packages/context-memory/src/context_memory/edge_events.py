"""The edges of a session as a store keeps them.

Nearly every edge comes with its target, so it is kept there. What happens to edges apart from that is kept as events,
in order: an edge is added or removed, or a node was removed, and with it whatever entered or left it. An event's
position is that of the node that comes next, so it stands behind the edges of all nodes before that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from context_core import Edge, EdgeType, StoreError
from context_core.hashing import text_bytes
from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Key = tuple[str, str, EdgeType]
    Incoming = tuple[int, str, bytes]

ADDED, REMOVED, NODE_REMOVED = "+", "-", "x"


@dataclass(frozen=True, slots=True)
class EdgeEvent:
    """One thing that happened to edges.

    Attributes:
        action: `ADDED`, `REMOVED` or `NODE_REMOVED`.
        position: of the node that came next.
        target: the node that the edge enters, or that was removed.
        edge: the edge; None where a node was removed.
    """

    action: str
    position: int
    target: str
    edge: Edge | None = None

    def to_json(self) -> bytes:
        """Return the edge as JSON; nothing where a node was removed."""
        return b"" if self.edge is None else text_bytes(dumps(self.edge.to_record()))

    @classmethod
    def from_json(cls, action: str, position: int, target: str, record: bytes) -> EdgeEvent:
        """Return the event of an action, and of what `to_json` returned.

        Raises:
            StoreError: the record is damaged.
        """
        try:
            return cls(action, position, target, Edge.from_record(loads(record)) if record else None)
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"an edge's record is damaged ({error!r}); restore the store from a backup") from error


def edge_key(edge: Edge) -> Key:
    """Return what tells one edge from another."""
    return (edge.source, edge.target, edge.type)


def entering(target: str, edges: bytes) -> list[Edge]:
    """Return the edges that a node's row holds.

    Raises:
        StoreError: they are damaged.
    """
    if not edges:
        return []
    try:
        return [Edge(row[0], target, _TYPES[row[1]], row[2] if len(row) > 2 else {}) for row in loads(edges)]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise StoreError(f"the edges of a node are damaged ({error!r}); restore the store from a backup") from error


def merged(incoming: Iterable[Incoming], events: Sequence[EdgeEvent]) -> Iterator[Edge]:
    """Yield the edges that there are, in the order in which they came.

    An edge may come twice where it was added before its target was; the first is the one that counts.

    Args:
        incoming: position, id and edges of nodes, in the order of the positions.
        events: in order.
    """
    if all(event.action == ADDED for event in events):
        return _in_order(incoming, events)
    return _played(incoming, events)


def _in_order(incoming: Iterable[Incoming], events: Sequence[EdgeEvent]) -> Iterator[Edge]:
    at = 0
    for position, target, edges in incoming:
        while at < len(events) and events[at].position <= position:
            yield from _edge(events[at])
            at += 1
        yield from entering(target, edges)
    for event in events[at:]:
        yield from _edge(event)


def _played(incoming: Iterable[Incoming], events: Sequence[EdgeEvent]) -> Iterator[Edge]:
    there: dict[Key, Edge] = {}
    at = 0
    for position, target, edges in chain(incoming, [(-1, "", b"")]):
        while at < len(events) and (position < 0 or events[at].position <= position):
            there = _after(there, events[at])
            at += 1
        for edge in entering(target, edges):
            there.setdefault(edge_key(edge), edge)
    yield from there.values()


def _after(there: dict[Key, Edge], event: EdgeEvent) -> dict[Key, Edge]:
    if event.edge is None:
        return {key: edge for key, edge in there.items() if event.target not in key[:2]}
    if event.action == REMOVED:
        there.pop(edge_key(event.edge), None)
    else:
        there.setdefault(edge_key(event.edge), event.edge)
    return there


def _edge(event: EdgeEvent) -> tuple[Edge, ...]:
    return () if event.edge is None else (event.edge,)


_TYPES = {type.value: type for type in EdgeType}
