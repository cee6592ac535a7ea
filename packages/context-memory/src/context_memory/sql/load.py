"""Read a session: its graph, its manifest and its history."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from context_core import (
    Change,
    ContentNotFoundError,
    Manifest,
    ManifestError,
    Revision,
    StoreError,
    assemble,
)
from context_core.hashing import bytes_text
from context_core.json_text import loads
from context_memory.edge_events import ADDED, EdgeEvent, entering, merged
from context_memory.sql.batches import batches
from context_memory.sql.contents import unpacked
from context_memory.sql.dictionaries import unpacker
from context_memory.sql.nodes import checksum
from context_memory.sql.packing import Unpacker
from context_memory.sql.schema import changes, contents, edges, nodes, revisions
from context_memory.standing import node_of, parted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from context_core import ContextGraph, Node
    from context_core.value_index import Originals
    from context_memory.sql.sessions import SessionRow


@dataclass(frozen=True, slots=True)
class StoredNode:
    """A node that was read.

    Attributes:
        position: its place in the order of the session.
        since: the version with which its state begins.
        node: the node.
        edges: the edges that came with it, as JSON.
    """

    position: int
    since: int
    node: Node
    edges: bytes


def load_graph(
    connection: Connection, namespace: str, session: SessionRow, version: int | None, originals: Originals
) -> ContextGraph:
    """Return the graph; `originals` looks up what compression changed, should it be asked for.

    An edge is left out while an end of it is not there: one writer may have removed the summary that another one joins.

    Args:
        connection: to read with.
        namespace: whose session it is.
        session: the session.
        version: an earlier version; None for the present one.
        originals: see `assemble`.

    Raises:
        ContentNotFoundError: the content of a node is not there.
        ContentCorruptedError: the content of a node does not hash to its id.
        StoreError: a record is damaged.
    """
    when = nodes.c.until.is_(None) if version is None else _holds_at(version)
    stored = _stored(connection, namespace, session.key, when)
    stored.sort(key=attrgetter("position"))
    there = {each.node.id for each in stored}
    events = _events(connection, session.key, None if version is None else edges.c.since <= version)
    incoming = ((each.position, each.node.id, each.edges) for each in stored)
    joined = (edge for edge in merged(incoming, events) if edge.source in there and edge.target in there)
    return assemble(session.session_id, (each.node for each in stored), joined, originals=originals)


def load_originals(connection: Connection, namespace: str, session: int, node_ids: Sequence[str]) -> list[Node]:
    """Return nodes as they were appended; ids of nodes that only a commit added are passed over.

    Raises:
        ContentNotFoundError: the content of a node is not there.
        ContentCorruptedError: the content of a node does not hash to its id.
    """
    found: list[Node] = []
    for batch in batches(node_id.encode("utf-8", "surrogatepass") for node_id in node_ids):
        these = and_(nodes.c.appended == 1, nodes.c.node_id.in_(batch))
        found += [each.node for each in _stored(connection, namespace, session, these)]
    return found


def load_manifest(connection: Connection, session: SessionRow, version: int | None) -> Manifest:
    """Return the manifest of a session, or as much of it as there was at a version.

    Raises:
        ManifestError: an entry is damaged.
    """
    found = load_changes(connection, session.key, None if version is None else changes.c.since <= version)
    return Manifest(session.session_id, [change for _, change in found])


def load_history(connection: Connection, namespace: str, session: SessionRow, after: int) -> Iterator[Revision]:
    """Yield the revisions of a session past a version, oldest first."""
    query = select(revisions.c.version, revisions.c.written_at).where(revisions.c.session == session.key)
    times = {row.version: row.written_at for row in connection.execute(query.where(revisions.c.version > after))}
    stored = _stored(connection, namespace, session.key, and_(nodes.c.appended == 1, nodes.c.since > after))
    stored.sort(key=attrgetter("position"))
    with_nodes = {since: list(each) for since, each in groupby(stored, key=attrgetter("since"))}
    made: dict[int, list[Change]] = {}
    for version, change in load_changes(connection, session.key, changes.c.since > after):
        made.setdefault(version, []).append(change)
    late: dict[int, list[EdgeEvent]] = {}
    for version, event in _dated_events(connection, session.key, edges.c.since > after):
        late.setdefault(version, []).append(event)
    for version in range(after + 1, session.version + 1):
        if version in made:
            yield Revision(version, times[version], changes=tuple(made[version]))
            continue
        new = with_nodes.get(version, [])
        came = [edge for each in new for edge in entering(each.node.id, each.edges)]
        came += [event.edge for event in late.get(version, []) if event.action == ADDED and event.edge is not None]
        yield Revision(version, times[version], tuple(each.node for each in new), tuple(came))


def load_changes(
    connection: Connection, session: int, when: ColumnElement[bool] | None = None
) -> Iterator[tuple[int, Change]]:
    """Yield the changes of a session with their versions, in order.

    Raises:
        ManifestError: an entry is damaged.
    """
    query = select(changes.c.since, changes.c.record, changes.c.checksum).where(changes.c.session == session)
    unpack = Unpacker()
    for row in connection.execute((query if when is None else query.where(when)).order_by(changes.c.key)):
        yield row.since, change_of(unpack, row.record, row.checksum)


def change_of(unpacker: Unpacker, record: bytes, check: int) -> Change:
    """Return the change of a row.

    Raises:
        ManifestError: the row is damaged.
    """
    try:
        if checksum(record) != check:
            raise ValueError("its checksum is wrong")
        return Change.from_record(loads(unpacker.unpack(record, 0)))
    except ValueError as error:
        raise ManifestError(f"a change in the store is damaged: {error}; restore the store from a backup") from error


def _holds_at(version: int) -> ColumnElement[bool]:
    return and_(nodes.c.since <= version, or_(nodes.c.until.is_(None), nodes.c.until > version))


def _stored(connection: Connection, namespace: str, session: int, when: ColumnElement[bool]) -> list[StoredNode]:
    """Return the nodes of some rows, verified, in no order."""
    its_content = and_(contents.c.namespace == namespace, contents.c.content_id == nodes.c.content_id)
    columns = (nodes.c.position, nodes.c.since, nodes.c.node_id, nodes.c.content_id, nodes.c.record, nodes.c.coder)
    of_content = (contents.c.data, contents.c.coder.label("content_coder"), contents.c.size)
    query = select(*columns, nodes.c.checksum, *of_content).select_from(nodes.outerjoin(contents, its_content))
    unpack = unpacker(connection, namespace)
    return [_node(unpack, tuple(row)) for row in connection.execute(query.where(nodes.c.session == session, when))]


def _node(unpacker: Unpacker, row: tuple[Any, ...]) -> StoredNode:
    position, since, node_id, content_id, record, coder, check, data, content_coder, size = row
    if data is None:
        raise ContentNotFoundError(content_id.hex(), node_ids=(bytes_text(node_id),))
    text, its_edges = parted(sound_record(unpacker, node_id, content_id, record, coder, check))
    content = unpacked(unpacker, content_id.hex(), data, content_coder, size)
    return StoredNode(position, since, node_of(text, content), its_edges)


def sound_record(
    unpacker: Unpacker, node_id: bytes, content_id: bytes, record: bytes, coder: int | None, check: int
) -> bytes:
    """Return what the row of a node holds, once its checksum is right.

    Raises:
        StoreError: the row is damaged.
    """
    try:
        data = unpacker.unpack(record, coder)
    except ValueError as error:
        raise _damaged(node_id, str(error)) from None
    if checksum(node_id, content_id, data) != check:
        raise _damaged(node_id, "its checksum is wrong")
    return data


def _damaged(node_id: bytes, why: str) -> StoreError:
    name = node_id.decode("utf-8", "replace")
    return StoreError(f"node {name!r}: the record is damaged ({why}); restore the store from a backup")


def _events(connection: Connection, session: int, when: ColumnElement[bool] | None) -> list[EdgeEvent]:
    return [event for _, event in _dated_events(connection, session, when)]


def _dated_events(
    connection: Connection, session: int, when: ColumnElement[bool] | None
) -> Iterable[tuple[int, EdgeEvent]]:
    query = select(edges).where(edges.c.session == session)
    for row in connection.execute((query if when is None else query.where(when)).order_by(edges.c.key)):
        yield row.since, sound_event(row.action, row.position, row.target, row.record, row.checksum)


def sound_event(action: str, position: int, target: bytes, record: bytes, check: int) -> EdgeEvent:
    """Return what happened to an edge, once the checksum of its row is right.

    Raises:
        StoreError: the row is damaged.
    """
    if checksum(action.encode(), target, record) != check:
        raise StoreError("an edge's row is damaged (its checksum is wrong); restore the store from a backup")
    return EdgeEvent.from_json(action, position, bytes_text(target), record)
