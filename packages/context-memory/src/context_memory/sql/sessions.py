"""The sessions of a namespace."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, select, update

from context_core import SessionExpiredError, SessionNotFoundError, VersionNotFoundError
from context_core.revision import PLAIN
from context_memory.sql.batches import batches
from context_memory.sql.schema import revisions, sessions
from context_memory.sql.tombstones import clear_session, session_expiry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection, Row

_TRIES = 100
"""How often a session is made that others purge as fast."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session's row.

    Attributes:
        key: of its rows in other tables.
        session_id: the session.
        version: the present one.
        positions: the position of the node that comes next.
        created_at: seconds since the epoch.
        written_at: seconds since the epoch.
        kind: the transcript format that its first nodes name, or ``plain``.
    """

    key: int
    session_id: str
    version: int
    positions: int
    created_at: float
    written_at: float
    kind: str


def find_session(connection: Connection, namespace: str, session_id: str, *, lock: bool = False) -> SessionRow:
    """Return a session.

    Args:
        connection: in a transaction.
        namespace: whose it is.
        session_id: the session.
        lock: keep other writers from it until the transaction ends.

    Raises:
        SessionNotFoundError: there is no such session.
        SessionExpiredError: retention has dropped it.
    """
    row = _row(connection, namespace, session_id, lock)
    if row is None:
        expired_at = session_expiry(connection, namespace, session_id)
        raise SessionNotFoundError(session_id) if expired_at is None else SessionExpiredError(session_id, expired_at)
    return _session(row)


def open_session(connection: Connection, namespace: str, session_id: str, created_at: float) -> SessionRow:
    """Return a session, which is made where it is new, and keep other writers from it until the transaction ends."""
    for _ in range(_TRIES):
        row = _row(connection, namespace, session_id, lock=True)
        if row is not None:
            return _session(row)
        _make(connection, namespace, session_id, created_at)  # where another has just made it, it may be purged again
    raise SessionNotFoundError(session_id)


def write_session(
    connection: Connection, session: SessionRow, *, version: int, positions: int, kind: str, written_at: float
) -> SessionRow:
    """Make a session the last one written to; a version that is new is noted with its time. Return what it is now."""
    # Clocks differ between machines and are set back; a session's own times never run backwards.
    written_at = max(written_at, session.written_at)
    values = {"version": version, "positions": positions, "kind": kind, "written_at": written_at}
    connection.execute(update(sessions).where(sessions.c.key == session.key).values(values))
    if version != session.version:
        note = {"session": session.key, "version": version, "written_at": written_at}
        connection.execute(insert(revisions).values(note))
    return SessionRow(session.key, session.session_id, version, positions, session.created_at, written_at, kind)


def list_sessions(connection: Connection, namespace: str) -> list[str]:
    """Return the ids of all sessions, the last one written to last."""
    query = select(sessions.c.session_id).where(sessions.c.namespace == namespace)
    return list(connection.scalars(query.order_by(sessions.c.written_at, sessions.c.key)))


def list_beginnings(connection: Connection, namespace: str, session_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
    """Return the version of each session that is there, and when it began, in seconds since the epoch."""
    columns = (sessions.c.session_id, sessions.c.version, sessions.c.created_at)
    is_one = and_(sessions.c.namespace == namespace, sessions.c.session_id.in_(bindparam("ids", expanding=True)))
    query = select(*columns).where(is_one)
    rows = (row for batch in batches(session_ids) for row in connection.execute(query, {"ids": batch}))
    return {row.session_id: (row.version, row.created_at) for row in rows}


def checked_version(session: SessionRow, version: int | None) -> int | None:
    """Return a version that is not the present one, or None for that.

    Raises:
        VersionNotFoundError: the session has no such version.
    """
    if version is None or version == session.version:
        return None
    if not 0 <= version < session.version:
        raise VersionNotFoundError(session.session_id, version, session.version)
    return version


def _row(connection: Connection, namespace: str, session_id: str, lock: bool) -> Row[Any] | None:
    query = select(sessions).where(_is(namespace, session_id))
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def _make(connection: Connection, namespace: str, session_id: str, created_at: float) -> None:
    """Insert a session, unless another writer is just doing so."""
    names = {"namespace": namespace, "session_id": session_id}
    times = {"created_at": created_at or time.time(), "written_at": created_at}
    row = {**names, **times, "version": 0, "positions": 0, "kind": PLAIN}
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as upsert
    else:
        from sqlalchemy.dialects.postgresql import insert as upsert
    connection.execute(upsert(sessions).values(row).on_conflict_do_nothing())
    clear_session(connection, namespace, session_id)


def _is(namespace: str, session_id: str) -> ColumnElement[bool]:
    return and_(sessions.c.namespace == namespace, sessions.c.session_id == session_id)


def _session(row: Row[Any]) -> SessionRow:
    times = (row.created_at, row.written_at)
    return SessionRow(row.key, row.session_id, row.version, row.positions, *times, row.kind)
