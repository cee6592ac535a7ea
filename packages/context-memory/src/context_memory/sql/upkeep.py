"""Sizes, erasure, garbage and verification."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, select

from context_core import ConflictError, Erased, Garbage, SessionInfo
from context_memory.sql.batches import batches
from context_memory.sql.contents import drop_contents, hash_bytes, release_contents
from context_memory.sql.load import load_changes
from context_memory.sql.pack import forget_dictionaries
from context_memory.sql.schema import changes, contents, edges, nodes, references, revisions, sessions
from context_memory.sql.sessions import find_session
from context_memory.sql.tombstones import bury, clear_contents, clear_session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from context_memory.sql.sessions import SessionRow


def session_info(connection: Connection, namespace: str, session: SessionRow) -> SessionInfo:
    """Return the size and the age of a session."""
    its_content = and_(contents.c.namespace == namespace, contents.c.content_id == nodes.c.content_id)
    query = select(func.count(), func.coalesce(func.sum(contents.c.size), 0))
    query = query.select_from(nodes.outerjoin(contents, its_content))
    count, size = connection.execute(query.where(nodes.c.session == session.key, nodes.c.until.is_(None))).one()
    return SessionInfo(
        session_id=session.session_id,
        version=session.version,
        nodes=count,
        content_bytes=int(size),
        created_at=session.created_at,
        written_at=session.written_at,
        kind=session.kind,
    )


def erase_session(
    connection: Connection, namespace: str, session_id: str, version: int | None, *, expired: bool
) -> Erased:
    """Delete a session, and the contents that only it pointed to; no dictionary that was trained on them stays.

    Args:
        connection: in a transaction.
        namespace: whose session it is.
        session_id: the session.
        version: that it must be at; any unless given.
        expired: remember that it was there.

    Raises:
        SessionNotFoundError: there is no such session.
        ConflictError: it is at another version.
    """
    session = find_session(connection, namespace, session_id, lock=True)
    if version not in (None, session.version):
        raise ConflictError(f"session {session_id!r} is at version {session.version}, not {version}; nothing erased")
    held = _held(connection, session.key)
    free = release_contents(connection, namespace, held)
    hashes = [data for data, _ in free]
    counts = [
        connection.scalar(select(func.count(column)).where(table.c.session == session.key)) or 0
        for table, column in ((nodes, nodes.c.node_id.distinct()), (changes, changes.c.key))
    ]
    forget_dictionaries(connection, namespace, session.key, hashes)
    drop_contents(connection, namespace, hashes)
    for table in (nodes, edges, changes, revisions):
        connection.execute(delete(table).where(table.c.session == session.key))
    connection.execute(delete(sessions).where(sessions.c.key == session.key))
    if expired:
        bury(connection, namespace, session_id, hashes, time.time())
    else:
        clear_session(connection, namespace, session_id)
        clear_contents(connection, namespace, hashes)
    return Erased(session_id, counts[0], counts[1], len(free), sum(size for _, size in free))


def garbage(connection: Connection, namespace: str, *, abandoned_seconds: float | None, dry_run: bool) -> Garbage:
    """Free what nothing points to; return what that is."""
    in_namespace = and_(references.c.namespace == namespace, references.c.held == 0)
    loose = list(connection.scalars(select(references.c.content_id).where(in_namespace, references.c.puts == 0)))
    abandoned: list[bytes] = []
    if abandoned_seconds is not None:
        old = and_(references.c.puts > 0, references.c.put_at <= time.time() - abandoned_seconds)
        abandoned = list(connection.scalars(select(references.c.content_id).where(in_namespace, old)))
    freed = 0
    for batch in batches([*loose, *abandoned]):
        these = and_(contents.c.namespace == namespace, contents.c.content_id.in_(batch))
        freed += int(connection.scalar(select(func.sum(func.length(contents.c.data))).where(these)) or 0)
    if not dry_run:
        drop_contents(connection, namespace, [*loose, *abandoned])
    return Garbage(_names(loose), _names(abandoned), freed, dry_run)


def _held(connection: Connection, session: int) -> Counter[bytes]:
    """Return how often a session holds each content: once for each appended node, and for each state of a change."""
    appended = select(nodes.c.content_id).where(nodes.c.session == session, nodes.c.appended == 1)
    held = Counter(connection.scalars(appended))
    for _, change in load_changes(connection, session):
        for state in (change.before, change.after):
            data = None if state is None else hash_bytes(state.content_id)
            if data is not None:
                held[data] += 1
    return held


def _names(hashes: list[bytes]) -> tuple[str, ...]:
    return tuple(sorted(data.hex() for data in hashes))
