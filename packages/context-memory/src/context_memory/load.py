"""Read a session: its graph in the present state, and its manifest."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from context_core import Change, ContentNotFoundError, ContextGraph, Edge, EdgeType, Manifest, ManifestError, assemble
from context_core.json_text import loads
from context_memory.batches import batches
from context_memory.packing import unpack
from context_memory.saved import node_of
from context_memory.schema import changes, contents, edges, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from context_core import Node
    from context_core.value_index import Originals


def load_graph(
    connection: Connection, namespace: str, session_id: str, session: int, originals: Originals
) -> ContextGraph:
    """Return the graph in its present state; `originals` looks up what compression changed, should it be asked for.

    An edge is left out while an end of it is not there: one writer may have removed the summary that another one joins.

    Raises:
        ContentNotFoundError: the content of a node is not there.
        ContentCorruptedError: the content of a node does not hash to its id.
    """
    loaded = list(_nodes(connection, namespace, session))
    there = {node.id for node in loaded}
    joined = (edge for edge in _edges(connection, session) if edge.source in there and edge.target in there)
    return assemble(session_id, loaded, joined, originals=originals)


def load_originals(connection: Connection, namespace: str, session: int, node_ids: Sequence[str]) -> list[Node]:
    """Return nodes as they were appended; ids of nodes that only a commit added are passed over.

    Raises:
        ContentNotFoundError: the content of a node is not there.
        ContentCorruptedError: the content of a node does not hash to its id.
    """
    record, name = nodes.c.record, nodes.c.content_id
    found = (_read(connection, namespace, session, record, name, nodes.c.node_id.in_(ids)) for ids in batches(node_ids))
    return list(chain.from_iterable(found))


def load_manifest(connection: Connection, session_id: str, session: int) -> Manifest:
    """Return the manifest of a session.

    Raises:
        ManifestError: an entry is damaged.
    """
    query = select(changes.c.record).where(changes.c.session == session).order_by(changes.c.seq)
    return Manifest(session_id, [_change(record) for record in connection.scalars(query)])


def _change(record: str) -> Change:
    try:
        return Change.from_record(loads(record))
    except ValueError as error:
        raise ManifestError(f"a change in the store is damaged: {error}; restore the store from a backup") from error


def _nodes(connection: Connection, namespace: str, session: int) -> Iterator[Node]:
    record = func.coalesce(nodes.c.present_record, nodes.c.record)
    name = func.coalesce(nodes.c.present_content_id, nodes.c.content_id)
    return _read(connection, namespace, session, record, name, nodes.c.removed.is_(False))


def _read(
    connection: Connection,
    namespace: str,
    session: int,
    record: ColumnElement[Any],
    name: ColumnElement[Any],
    which: ColumnElement[bool],
) -> Iterator[Node]:
    """Yield the nodes of a state: that of some columns, and of the rows where a condition holds."""
    its_content = and_(contents.c.namespace == namespace, contents.c.content_id == name)
    query = (
        select(record, name, contents.c.data, contents.c.packed, contents.c.size)
        .select_from(nodes.outerjoin(contents, its_content))
        .where(nodes.c.session == session, record.is_not(None), which)
        .order_by(nodes.c.seq)
    )
    for text, content_id, data, packed, size in connection.execute(query):
        if data is None:
            raise ContentNotFoundError(content_id)
        yield node_of(text, unpack(content_id, data, packed, size))


def _edges(connection: Connection, session: int) -> Iterator[Edge]:
    columns = edges.c
    query = select(columns.source, columns.target, columns.type, columns.evidence)
    for source, target, type, evidence in connection.execute(
        query.where(columns.session == session).order_by(columns.seq)
    ):
        yield Edge(source, target, EdgeType(type), loads(evidence) if evidence else {})
