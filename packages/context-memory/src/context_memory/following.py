"""One session of a store, followed: what others wrote since, and writes that stand right behind what is known.

1. What is new is the history past the version that is known.
2. The last revisions that are known are compared with the store's: a session that was erased and begun anew may have
   the same version, and is another one.
3. A write is the revision after the known one. The store refuses it where another writer was there first, so that
   writers stand in a row and none overwrites another.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from context_core import ConflictError, Revision, SessionNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core import Edge, ManagedStore, Node

_KNOWN = 2
"""Revisions compared: the last one may be this writer's own, written behind another session of the same version."""
_TRIES = 20
"""How often a write may be refused with nothing new to see: who was first may have been erased again by then."""
_PAUSE_SECONDS = 0.005
"""The most a writer waits after another one was first; each waits another time, so that they do not meet again."""


class Following:
    """What is known of a session, by its version and last revisions; a session that is not there is an empty one.

    Args:
        store: holds the session.
        session_id: the session.
        known: its last revisions that are known, oldest first; none where the session is new.

    Example:
        >>> from context_core import MemoryStore, Node, NodeType
        >>> store = MemoryStore()
        >>> one, other = Following(store, "s"), Following(store, "s")
        >>> one.write([Node("n/0", NodeType.MESSAGE, "user", "hi", 5)], [])
        True
        >>> other.write([Node("m/0", NodeType.MESSAGE, "user", "ho", 5)], [])
        False
        >>> [revision.version for revision in other.news() or ()]
        [1]
    """

    def __init__(self, store: ManagedStore, session_id: str, known: Sequence[Revision] = ()) -> None:
        self._store = store
        self._session_id = session_id
        self._known = tuple(known[-_KNOWN:])
        self._refused = 0

    @property
    def version(self) -> int:
        """The session's version as far as it is known; 0 before the first write."""
        return self._known[-1].version if self._known else 0

    def news(self) -> list[Revision] | None:
        """Return the revisions written since, oldest first; None where the session was erased, perhaps begun anew."""
        revisions = self._read()
        if revisions is not None:
            self._known = (*self._known, *revisions)[-_KNOWN:]
        return revisions

    def write(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> bool:
        """Append nodes and edges right behind what is known; return whether that was done.

        It was not where another writer was first: take the news, and write again. A moment has passed then.

        Raises:
            ConflictError: the nodes do not fit a session that nobody else has written to.
        """
        revision = Revision(self.version + 1, time.time(), tuple(nodes), tuple(edges))
        try:
            self._store.record(self._session_id, [revision])
        except (ConflictError, SessionNotFoundError):
            self._refused = 0 if self._read() else self._refused + 1
            if self._refused > _TRIES:
                raise
            time.sleep(random.random() * _PAUSE_SECONDS)
            return False
        self._refused = 0
        self._known = (*self._known, revision)[-_KNOWN:]
        return True

    def _read(self) -> list[Revision] | None:
        known = len(self._known)
        revisions = history(self._store, self._session_id, after=self.version - known)
        return revisions[known:] if tuple(revisions[:known]) == self._known else None


def last_known(store: ManagedStore, session_id: str) -> list[Revision]:
    """Return the last revisions of a session, as many as following it takes; none where it is not there."""
    try:
        version = store.version(session_id)
    except SessionNotFoundError:
        return []
    return history(store, session_id, after=max(0, version - _KNOWN))[-_KNOWN:]


def history(store: ManagedStore, session_id: str, *, after: int = 0) -> list[Revision]:
    """Return a session's revisions past a version; none where it is not there."""
    try:
        return list(store.history(session_id, after=after))
    except SessionNotFoundError:
        return []


def revision_at(store: ManagedStore, session_id: str, version: int) -> Revision | None:
    """Return the revision that made a version of a session; None where it is not there."""
    try:
        return next(iter(store.history(session_id, after=version - 1)), None)
    except SessionNotFoundError:
        return None
