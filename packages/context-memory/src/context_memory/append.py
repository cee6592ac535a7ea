"""Append nodes and edges to a session: what is there already is passed over.

1. Nodes become rows to write, before the transaction; a node that comes twice must be the same twice.
2. A node that is there must equal what was appended then, not what compression has made of it since.
3. Contents are written and held, then nodes, then edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import insert as upsert

from context_core import ConflictError
from context_core.hashing import content_id, text_bytes
from context_core.json_text import dumps
from context_memory.batches import batches
from context_memory.contents import hold_contents, write_contents
from context_memory.saved import Saved, same, saved_rows
from context_memory.schema import edges as edge_table
from context_memory.schema import nodes as node_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from context_core import Edge, Node


@dataclass(frozen=True, slots=True)
class Arrival:
    """A node on its way into the store.

    Attributes:
        saved: what its row will hold.
        content: the bytes of its content.
    """

    saved: Saved
    content: bytes


def arrivals(session_id: str, nodes: Iterable[Node]) -> dict[str, Arrival]:
    """Return what to write for each node, by node id, in order.

    Raises:
        ConflictError: two nodes have one id and different bytes.
    """
    arriving: dict[str, Arrival] = {}
    for node in nodes:
        content = text_bytes(node.content)
        arrival = Arrival(Saved(dumps(node.to_record()), content_id(content)), content)
        if not same(arriving.setdefault(node.id, arrival).saved, arrival.saved):
            raise _conflict(session_id, node.id)
    return arriving


def append_nodes(
    connection: Connection, namespace: str, session_id: str, session: int, arriving: Mapping[str, Arrival]
) -> int:
    """Store the nodes that are not there yet; return how many were new.

    Raises:
        ConflictError: a node differs from the one that was appended under its id.
    """
    there = saved_rows(connection, session, arriving)
    for node_id, row in there.items():
        if not same(row.appended or row.present, arriving[node_id].saved):
            raise _conflict(session_id, node_id)
    fresh = {node_id: arrival for node_id, arrival in arriving.items() if node_id not in there}
    write_contents(connection, namespace, {each.saved.content_id: each.content for each in fresh.values()})
    hold_contents(connection, namespace, (each.saved.content_id for each in fresh.values()))
    for batch in batches(fresh.items()):
        rows = [
            {"session": session, "node_id": node_id, "removed": False}
            | {"record": arrival.saved.record, "content_id": arrival.saved.content_id}
            for node_id, arrival in batch
        ]
        connection.execute(insert(node_table), rows)
    return len(fresh)


def append_edges(connection: Connection, session: int, edges: Iterable[Edge]) -> None:
    """Store the edges that are not there yet, in order."""
    statement = upsert(edge_table).on_conflict_do_nothing()
    for batch in batches(edges):
        connection.execute(statement, [_edge_row(session, edge) for edge in batch])


def _edge_row(session: int, edge: Edge) -> dict[str, object]:
    evidence = dumps(dict(edge.evidence)) if edge.evidence else None
    ends = {"source": edge.source, "target": edge.target, "type": edge.type.value}
    return {"session": session, **ends, "evidence": evidence}


def _conflict(session_id: str, node_id: str) -> ConflictError:
    return ConflictError(
        f"node {node_id!r} was appended to session {session_id!r} with other bytes; "
        "ids name one content for ever, so give the new node its own id"
    )
