"""What expired, and when: so that an expired session or content is told apart from one that never was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from context_core.hashing import bytes_text, text_bytes
from context_memory.sql.batches import batches
from context_memory.sql.bulk import insert_rows
from context_memory.sql.schema import tombstones

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

_REPLACE = "ON CONFLICT (namespace, name) DO UPDATE SET expired_at = excluded.expired_at"


def bury(connection: Connection, namespace: str, session_id: str, contents: Iterable[bytes], expired_at: float) -> None:
    """Remember that a session and contents were there until now."""
    names = [_session(session_id), *map(_content, sorted(contents))]
    rows = [(text_bytes(namespace), name, expired_at) for name in names]
    insert_rows(connection, tombstones, ("namespace", "name", "expired_at"), rows, _REPLACE)


def session_expiry(connection: Connection, namespace: str, session_id: str) -> float | None:
    """Return when a session expired; None where it did not."""
    return _expiry(connection, namespace, _session(session_id))


def expired_sessions(connection: Connection, namespace: str) -> dict[str, float]:
    """Return the ids of the sessions that expired, each with when, in seconds since the epoch."""
    query = select(tombstones.c.name, tombstones.c.expired_at).where(tombstones.c.namespace == namespace)
    rows = connection.execute(query.order_by(tombstones.c.expired_at))
    return {bytes_text(row.name[1:]): row.expired_at for row in rows if row.name[:1] == b"s"}


def content_expiry(connection: Connection, namespace: str, data: bytes) -> float | None:
    """Return when a content expired; None where it did not."""
    return _expiry(connection, namespace, _content(data))


def clear_session(connection: Connection, namespace: str, session_id: str) -> None:
    """Forget that a session expired: it is there again, or nothing of it may be known."""
    _clear(connection, namespace, [_session(session_id)])


def clear_contents(connection: Connection, namespace: str, hashes: Sequence[bytes]) -> None:
    """Forget that contents expired."""
    any_there = select(tombstones.c.name).where(tombstones.c.namespace == namespace).limit(1)
    if connection.scalar(any_there) is not None:
        _clear(connection, namespace, [_content(data) for data in hashes])


def _clear(connection: Connection, namespace: str, names: Sequence[bytes]) -> None:
    for batch in batches(names):
        these = and_(tombstones.c.namespace == namespace, tombstones.c.name.in_(batch))
        connection.execute(delete(tombstones).where(these))


def _expiry(connection: Connection, namespace: str, name: bytes) -> float | None:
    this = and_(tombstones.c.namespace == namespace, tombstones.c.name == name)
    return connection.scalar(select(tombstones.c.expired_at).where(this))


def _session(session_id: str) -> bytes:
    return b"s" + text_bytes(session_id)


def _content(data: bytes) -> bytes:
    return b"c" + data
