"""Nodes as a store keeps them: a record with a content's id, and where the node stands in its session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import ConflictError, Node, StoreError
from context_core.hashing import bytes_text, content_id, text_bytes
from context_core.json_text import dump_bytes, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from context_core import Edge, State

_BETWEEN = b"\n"
"""Parts a record from the edges behind it: compact JSON has no line break."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A node at one time.

    Attributes:
        record: its fields but its content, as JSON.
        content_id: the id of its content.
    """

    record: bytes
    content_id: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A node that a session has, or had.

    Attributes:
        position: its place in the order of the session.
        appended: as it was appended; None where a commit added it.
        present: as it is now; None where it was removed.
        edges: the edges that came with it, as JSON.
    """

    position: int
    appended: Saved | None
    present: Saved | None
    edges: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """A node on its way into the store.

    Attributes:
        saved: what is kept of it.
        content: the bytes of its content.
    """

    saved: Saved
    content: bytes


def saved(state: State | None) -> Saved | None:
    """Return a state of a manifest entry as a store keeps it."""
    return None if state is None else Saved(dump_bytes(dict(state.record)), state.content_id)


def same(one: Saved | None, other: Saved | None) -> bool:
    """Return whether two are equal as values: the order of keys and the way a number is written do not count."""
    if one is None or other is None or one.content_id != other.content_id:
        return one is other
    return one.record == other.record or loads(one.record) == loads(other.record)


def arrivals(session_id: str, nodes: Iterable[Node]) -> dict[str, Arrival]:
    """Return what to keep of each node, by node id, in order.

    Raises:
        ConflictError: two nodes have one id and different bytes.
    """
    arriving: dict[str, Arrival] = {}
    for node in nodes:
        content = text_bytes(node.content)
        arrival = Arrival(Saved(dump_bytes(node.to_record()), content_id(content)), content)
        there = arriving.get(node.id)
        if there is None:
            arriving[node.id] = arrival
        elif not same(there.saved, arrival.saved):
            raise conflict(session_id, node.id)
    return arriving


def conflict(session_id: str, node_id: str) -> ConflictError:
    """Return the error of a node that was appended with other bytes."""
    return ConflictError(
        f"node {node_id!r} was appended to session {session_id!r} with other bytes; "
        "ids name one content for ever, so give the new node its own id"
    )


def joined(record: bytes, edges: bytes) -> bytes:
    """Return a record and the edges behind it as one.

    Example:
        >>> joined(b"{}", b""), joined(b"{}", b"[]")
        (b'{}', b'{}\\n[]')
    """
    return record + _BETWEEN + edges if edges else record


def parted(row: bytes) -> tuple[bytes, bytes]:
    """Return the record and the edges that `joined` made one.

    Example:
        >>> parted(b"{}"), parted(b"{}\\n[]")
        ((b'{}', b''), (b'{}', b'[]'))
    """
    record, _, edges = row.partition(_BETWEEN)
    return record, edges


def node_of(record: bytes, content: bytes) -> Node:
    """Return the node of a record and its content.

    Raises:
        StoreError: the record is damaged.
    """
    try:
        return Node.from_record(loads(record), bytes_text(content))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"a node's record is damaged ({error!r}); restore the store from a backup") from error


def edges_json(edges: Iterable[Edge]) -> bytes:
    """Return edges that enter one node as JSON, which does not name the node; nothing where there are none."""
    rows: list[list[Any]] = [
        [edge.source, edge.type, dict(edge.evidence)] if edge.evidence else [edge.source, edge.type] for edge in edges
    ]
    return dump_bytes(rows) if rows else b""


def session_kind_of(arriving: Mapping[str, Arrival]) -> str | None:
    """Return the first transcript format that an arriving node names, or None."""
    for arrival in arriving.values():
        if b'"format"' in arrival.saved.record:
            kind = loads(arrival.saved.record).get("metadata", {}).get("format")
            if isinstance(kind, str):
                return kind
    return None
