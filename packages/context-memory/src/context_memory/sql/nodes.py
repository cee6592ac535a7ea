"""The rows of nodes and edges."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

from sqlalchemy import and_, bindparam, select, text, update

from context_core import StoreError
from context_core.hashing import bytes_text, text_bytes
from context_memory.edge_events import NODE_REMOVED, EdgeEvent, edge_key, merged
from context_memory.sql.batches import batches
from context_memory.sql.bulk import insert_rows
from context_memory.sql.dictionaries import unpacker
from context_memory.sql.schema import edges, nodes
from context_memory.standing import Saved, Standing, joined, parted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from context_memory.append_plan import FreshNode
    from context_memory.commit_plan import NewState
    from context_memory.edge_events import Key
    from context_memory.sql.packing import Unpacker

_COLUMNS = ("session", "position", "since", "appended", "node_id", "content_id", "record", "checksum")
_EDGE_COLUMNS = ("session", "since", "position", "action", "target", "record", "checksum")


def checksum(*parts: bytes) -> int:
    """Return the CRC-32 of what a row holds: any bit that flips in it is found."""
    total = 0
    for part in parts:
        total = crc32(part, total)
    return total


def insert_nodes(
    connection: Connection, session: int, version: int, states: Iterable[FreshNode | NewState], *, appended: bool
) -> None:
    """Insert states that begin with a version."""
    rows: list[tuple[object, ...]] = []
    for state in states:
        record = joined(state.saved.record, state.edges)
        node_id, content_id = text_bytes(state.node_id), bytes.fromhex(state.saved.content_id)
        check = checksum(node_id, content_id, record)
        rows.append((session, state.position, version, int(appended), node_id, content_id, record, check))
    insert_rows(connection, nodes, _COLUMNS, rows)


def end_states(connection: Connection, session: int, version: int, node_ids: Sequence[str]) -> None:
    """End the present states of nodes with a version."""
    this = and_(nodes.c.session == session, nodes.c.node_id == bindparam("name"), nodes.c.until.is_(None))
    if node_ids:
        names = [{"name": text_bytes(node_id)} for node_id in node_ids]
        connection.execute(update(nodes).where(this).values(until=version), names)


def insert_events(connection: Connection, session: int, version: int, events: Iterable[EdgeEvent]) -> None:
    """Insert what happened to edges in a version, in order."""
    rows: list[tuple[object, ...]] = []
    for event in events:
        target, record = text_bytes(event.target), event.to_json()
        check = checksum(event.action.encode(), target, record)
        rows.append((session, version, event.position, event.action, target, record, check))
    insert_rows(connection, edges, _EDGE_COLUMNS, rows)


def standings(connection: Connection, namespace: str, session: int, node_ids: Iterable[str]) -> dict[str, Standing]:
    """Return those of the nodes that the session has, or had."""
    found: dict[str, Standing] = {}
    columns = (nodes.c.node_id, nodes.c.position, nodes.c.until, nodes.c.appended, nodes.c.content_id, nodes.c.coder)
    query = select(*columns, nodes.c.record).where(nodes.c.session == session)
    for batch in batches(text_bytes(node_id) for node_id in node_ids):
        rows = list(connection.execute(query.where(nodes.c.node_id.in_(batch)).order_by(nodes.c.since)))
        unpack = unpacker(connection, namespace, {row.coder for row in rows})
        for row in rows:
            node_id = bytes_text(row.node_id)
            record, its_edges = parted(_unpacked(unpack, row.record, row.coder))
            state = Saved(record, row.content_id.hex())
            before = found.get(node_id)
            appended = state if row.appended else before.appended if before else None
            found[node_id] = Standing(row.position, appended, None if row.until is not None else state, its_edges)
    return found


def _unpacked(unpacker: Unpacker, data: bytes, coder: int | None) -> bytes:
    try:
        return unpacker.unpack(data, coder)
    except ValueError as error:
        raise StoreError(f"a node's record is damaged ({error}); restore the store from a backup") from None


def edge_events(connection: Connection, session: int, targets: Sequence[str]) -> list[EdgeEvent]:
    """Return what may have happened to edges that enter some nodes, in order."""
    columns = (edges.c.key, edges.c.action, edges.c.position, edges.c.target, edges.c.record)
    query = select(*columns).where(edges.c.session == session)
    found = {row.key: row for row in connection.execute(query.where(edges.c.action == text(f"'{NODE_REMOVED}'")))}
    for batch in batches(text_bytes(target) for target in targets):
        found.update((row.key, row) for row in connection.execute(query.where(edges.c.target.in_(batch))))
    rows = [found[key] for key in sorted(found)]
    return [EdgeEvent.from_json(row.action, row.position, bytes_text(row.target), row.record) for row in rows]


def known_edges(
    connection: Connection, namespace: str, session: int, targets: Sequence[str], stored: Sequence[str]
) -> set[Key]:
    """Return the keys of the edges that enter some nodes, of which those that are stored may have rows."""
    there = standings(connection, namespace, session, stored)
    incoming = sorted((each.position, node_id, each.edges) for node_id, each in there.items() if each.present)
    any_event = connection.scalar(select(edges.c.key).where(edges.c.session == session).limit(1))
    events = [] if any_event is None else edge_events(connection, session, targets)
    return {edge_key(edge) for edge in merged(incoming, events)}
