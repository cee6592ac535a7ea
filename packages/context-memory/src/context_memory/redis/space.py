"""One namespace on a server, and how its sessions are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from context_core import ContextError, SessionExpiredError, SessionNotFoundError, StoreError, VersionNotFoundError
from context_core.hashing import bytes_text, text_bytes
from context_memory.redis import scripts
from context_memory.redis.session_records import meta_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_memory.redis.keys import Keys
    from context_memory.redis.server import Server
    from context_memory.redis.session_records import SessionMeta

T = TypeVar("T")

TRIES = 10
"""How often a read is begun of a session that is erased and made anew meanwhile."""


@dataclass(frozen=True, slots=True)
class Space:
    """A namespace.

    Attributes:
        server: where it is.
        keys: its keys.
        ttl: time to live of what is written, in milliseconds; None for ever.
    """

    server: Server
    keys: Keys
    ttl: int | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A session at one moment.

    Attributes:
        session_id: the session.
        meta: what is known of it; None where it is not there.
        value: the same as it is stored; nothing where it is not there.
        is_locked: whether a writer has asked the others to wait.
        now: the server's time, in seconds since the epoch.
        was_due: whether it had a time to live, and what it held is not released yet.
        expired_at: when its time was over, in seconds since the epoch; None where it never was there, or is.
    """

    session_id: str
    meta: SessionMeta | None
    value: bytes
    is_locked: bool
    now: float
    was_due: bool
    expired_at: float | None

    def there(self) -> SessionMeta:
        """Return the meta data.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: its time was over.
        """
        if self.meta is not None:
            return self.meta
        if self.expired_at is not None:
            raise SessionExpiredError(self.session_id, self.expired_at)
        raise SessionNotFoundError(self.session_id)


def look(space: Space, client: Any, session_id: str) -> Seen:
    """Return what there is of a session.

    Raises:
        StoreError: its meta data is damaged.
    """
    value, locked, now, due, tomb = scripts.run(client, scripts.LOOK, space.keys, text_bytes(session_id))
    meta = None if value is None else meta_of(session_id, value)
    over = due if due is not None else tomb
    expired_at = None if meta is not None or over is None else float(over) / 1000
    return Seen(session_id, meta, value or b"", bool(locked), float(now), due is not None, expired_at)


def find(space: Space, session_id: str) -> SessionMeta:
    """Return a session's meta data.

    Raises:
        SessionNotFoundError: there is no such session.
        SessionExpiredError: its time was over.
    """
    with space.server.using() as client:
        return look(space, client, session_id).there()


def reading(space: Space, session_id: str, read: Callable[[SessionMeta], T]) -> T:
    """Return what `read` makes of a session that stays the same one meanwhile.

    What a version has is never taken away while its session is there, so whoever keeps to one version may read piece
    by piece while others write. Only where the session was erased under the reader's hands is it all done again.

    Raises:
        SessionNotFoundError: there is no such session.
        SessionExpiredError: its time was over.
    """
    for _ in range(TRIES):
        meta = find(space, session_id)
        failure, result = None, None
        try:
            result = read(meta)
        except ContextError as error:
            failure = error
        if find(space, session_id).made == meta.made:
            if failure is not None:
                raise failure
            return result  # type: ignore[return-value]
    raise StoreError(
        f"session {session_id!r} was erased and made anew {TRIES} times while it was read; repeat the call"
    )


def checked_version(session_id: str, meta: SessionMeta, version: int | None) -> int:
    """Return a version that the session has; the present one for None.

    Raises:
        VersionNotFoundError: the session has no such version.
    """
    if version is None:
        return meta.version
    if not 0 <= version <= meta.version:
        raise VersionNotFoundError(session_id, version, meta.version)
    return version


def list_sessions(space: Space) -> list[str]:
    """Return the ids of all sessions, the last one written to last."""
    with space.server.using() as client:
        return [bytes_text(each) for each in scripts.run(client, scripts.SESSIONS, space.keys)]
