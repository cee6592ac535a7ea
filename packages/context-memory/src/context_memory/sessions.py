"""The sessions of a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from context_core import SessionNotFoundError
from context_memory.schema import sessions

if TYPE_CHECKING:
    from sqlalchemy import Connection


def touch_session(connection: Connection, namespace: str, session_id: str) -> int:
    """Make a session the last one written to, and make it at all where it is new; return its key."""
    in_namespace = sessions.c.namespace == namespace
    latest = select(func.coalesce(func.max(sessions.c.written), 0)).where(in_namespace)
    written = (connection.scalar(latest) or 0) + 1
    statement = upsert(sessions).values(namespace=namespace, session_id=session_id, written=written)
    names = ["namespace", "session_id"]
    connection.execute(statement.on_conflict_do_update(index_elements=names, set_={"written": written}))
    return session_key(connection, namespace, session_id)


def session_key(connection: Connection, namespace: str, session_id: str) -> int:
    """Return a session's key.

    Raises:
        SessionNotFoundError: there is no such session.
    """
    query = select(sessions.c.key).where(sessions.c.namespace == namespace, sessions.c.session_id == session_id)
    key = connection.scalar(query)
    if key is None:
        raise SessionNotFoundError(session_id)
    return key


def list_sessions(connection: Connection, namespace: str) -> list[str]:
    """Return the ids of all sessions, the last one written to last."""
    query = select(sessions.c.session_id).where(sessions.c.namespace == namespace).order_by(sessions.c.written)
    return list(connection.scalars(query))
