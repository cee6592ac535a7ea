"""Presence: whether what an index knows is in the store still."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from context_core import SessionNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core import ManagedStore


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


@runtime_checkable
class Beginnings(Protocol):
    """What a store may have besides: a quick look at many sessions at once."""

    def beginnings(self, session_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return the version of each session that is there, and when it began, in seconds since the epoch."""
        ...


class Presence:
    """The sessions of a store as they are now, each asked for once.

    Args:
        store: the store; one that is no `Beginnings` is asked for one session after another.
    """

    def __init__(self, store: ManagedStore) -> None:
        self._store = store
        self._known: dict[str, tuple[int, float] | None] = {}

    def ask(self, session_ids: Iterable[str]) -> None:
        """Look at sessions that are going to be asked for, at once where the store can."""
        new = {session_id for session_id in session_ids if session_id not in self._known}
        if new and isinstance(self._store, Beginnings):
            found = self._store.beginnings(new)
            self._known.update({session_id: found.get(session_id) for session_id in new})

    def look(self, session_id: str) -> tuple[int, float] | None:
        """Return a session's version, and when it began, in seconds since the epoch; None where it is not there."""
        self.ask([session_id])
        if session_id not in self._known:
            try:
                info = self._store.info(session_id)
                self._known[session_id] = (info.version, info.created_at)
            except SessionNotFoundError:
                self._known[session_id] = None
        return self._known[session_id]

    def has(self, session: Followed, begun: float | None = None) -> bool:
        """Return whether a session is there, and is not another one that was begun anew under its id.

        Args:
            session: as it was indexed.
            begun: when the session began that a fact was learned in; that one must be there still, too.
        """
        seen = self.look(session.session_id)
        if seen is None or seen[0] < session.version or seen[1] != session.created_at:
            return False
        return begun is None or self.begun(session.about) == begun

    def begun(self, session_id: str) -> float | None:
        """Return when a session began, in seconds since the epoch; None where it is not there."""
        seen = self.look(session_id)
        return None if seen is None else seen[1]
