"""Presence: whether what an index knows is in the store still."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from context_core import SessionNotFoundError

if TYPE_CHECKING:
    from context_core import ManagedStore, SessionInfo


class Followed(NamedTuple):
    """A session as far as it is indexed.

    Attributes:
        key: its key in the index.
        session_id: its id.
        about: the session whose facts it holds; of any other session its own id.
        version: up to which it is indexed.
        created_at: when it began, in seconds since the epoch.
    """

    key: int
    session_id: str
    about: str
    version: int
    created_at: float


class Presence:
    """The sessions of a store as they are now, each asked for once.

    Args:
        store: the store.
    """

    def __init__(self, store: ManagedStore) -> None:
        self._store = store
        self._infos: dict[str, SessionInfo | None] = {}

    def info(self, session_id: str) -> SessionInfo | None:
        """Return what the store tells of a session; None where it is not there."""
        if session_id not in self._infos:
            try:
                self._infos[session_id] = self._store.info(session_id)
            except SessionNotFoundError:
                self._infos[session_id] = None
        return self._infos[session_id]

    def has(self, session: Followed, begun: float | None = None) -> bool:
        """Return whether a session is there, and is not another one that was begun anew under its id.

        Args:
            session: as it was indexed.
            begun: when the session began that a fact was learned in; that one must be there still, too.
        """
        info = self.info(session.session_id)
        if info is None or info.created_at != session.created_at or info.version < session.version:
            return False
        return begun is None or self.begun(session.about) == begun

    def begun(self, session_id: str) -> float | None:
        """Return when a session began, in seconds since the epoch; None where it is not there."""
        info = self.info(session_id)
        return None if info is None else info.created_at
