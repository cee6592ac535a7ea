"""Read everything of a namespace, and tell what is not as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from context_core import ContentCorruptedError, Fault, ManifestError, StoreError
from context_core.hashing import bytes_text
from context_memory.sql.contents import unpacked
from context_memory.sql.dictionaries import unpacker
from context_memory.sql.load import change_of, sound_event, sound_record
from context_memory.sql.packing import Unpacker
from context_memory.sql.schema import changes, contents, edges, nodes, sessions
from context_memory.standing import node_of, parted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

READ_AT_ONCE = 500
"""Rows in memory at a time."""


def faults(connection: Connection, namespace: str) -> Iterator[Fault]:
    """Yield what is wrong with a namespace: contents, then nodes, edges and changes of its sessions."""
    yield from _content_faults(connection, namespace)
    query = select(sessions.c.key, sessions.c.session_id).where(sessions.c.namespace == namespace)
    for row in list(connection.execute(query)):
        yield from _node_faults(connection, namespace, row.key, row.session_id)
        yield from _edge_faults(connection, row.key, row.session_id)
        yield from _change_faults(connection, row.key, row.session_id)


def _content_faults(connection: Connection, namespace: str) -> Iterator[Fault]:
    unpack = unpacker(connection, namespace)
    query = select(contents).where(contents.c.namespace == namespace).execution_options(yield_per=READ_AT_ONCE)
    for row in connection.execute(query):
        name = row.content_id.hex()
        try:
            unpacked(unpack, name, row.data, row.coder, row.size)
        except ContentCorruptedError as error:
            yield Fault("content", name, None, str(error))


def _node_faults(connection: Connection, namespace: str, session: int, session_id: str) -> Iterator[Fault]:
    unpack = unpacker(connection, namespace)
    its_content = and_(contents.c.namespace == namespace, contents.c.content_id == nodes.c.content_id)
    query = select(nodes, contents.c.key.label("content")).select_from(nodes.outerjoin(contents, its_content))
    query = query.where(nodes.c.session == session).execution_options(yield_per=READ_AT_ONCE)
    for row in connection.execute(query):
        name = row.node_id.decode("utf-8", "replace")
        if row.content is None:
            missing = f"its content {row.content_id.hex()} is gone; restore the store from a backup"
            yield Fault("node", name, session_id, missing)
        try:
            record = sound_record(unpack, row.node_id, row.content_id, row.record, row.coder, row.checksum)
            if node_of(parted(record)[0], b"").id != bytes_text(row.node_id):
                raise StoreError("its record is another node's; restore the store from a backup")
        except StoreError as error:
            yield Fault("node", name, session_id, str(error))


def _edge_faults(connection: Connection, session: int, session_id: str) -> Iterator[Fault]:
    for row in connection.execute(select(edges).where(edges.c.session == session)):
        try:
            sound_event(row.action, row.position, row.target, row.record, row.checksum)
        except StoreError as error:
            yield Fault("edge", row.target.decode("utf-8", "replace"), session_id, str(error))


def _change_faults(connection: Connection, session: int, session_id: str) -> Iterator[Fault]:
    unpack = Unpacker()
    query = select(changes).where(changes.c.session == session).order_by(changes.c.key)
    for number, row in enumerate(connection.execute(query)):
        try:
            change_of(unpack, row.record, row.checksum)
        except ManifestError as error:
            yield Fault("change", str(number), session_id, str(error))
