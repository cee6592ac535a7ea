"""The log of a cache: its records in a session of a store, for this process after a restart, and for others now.

1. A record is a revision of its own. It is written right behind the last one that is known; where another process was
   first, the store refuses it, and what is new is read before the next attempt. So all processes see one order.
2. What is new is what follows the last known record. Where that does not stand there any more, the session was erased:
   by another process that wrote it anew, shorter, or by its user.
3. A log that is much longer than what lives is erased and begun anew with what lives, in one revision.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from context_core import ConflictError, Revision, SessionNotFoundError
from context_core.hashing import text_bytes
from context_toolkit.cache.records import node_of, record_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core import ManagedStore
    from context_toolkit.cache.records import Record

_PAUSE_SECONDS = 0.005
"""The most a writer waits after another one was first; each waits another time, so that they do not meet again."""


class RecordLog:
    """The records of one cache.

    Args:
        store: keeps them.
        session_id: the session that they are in.

    Example:
        >>> from context_core import MemoryStore
        >>> from context_toolkit.cache.records import Dropped
        >>> store = MemoryStore()
        >>> one, other = RecordLog(store, "s"), RecordLog(store, "s")
        >>> one.add(Dropped("ls")), other.add(Dropped("cat")), other.news(), other.add(Dropped("cat"))
        (True, False, [Dropped(tool='ls', scope=None)], True)
    """

    def __init__(self, store: ManagedStore, session_id: str) -> None:
        self._store = store
        self._session_id = session_id
        self._known: Revision | None = None

    @property
    def version(self) -> int:
        """How many revisions are known."""
        return self._known.version if self._known else 0

    def news(self) -> list[Record] | None:
        """Return the records written since, oldest first; None, and all from the start next, where it was erased."""
        revisions = self._read()
        if self._known is not None and revisions[:1] != [self._known]:
            self._known = None
            return None
        fresh = revisions if self._known is None else revisions[1:]
        if fresh:
            self._known = fresh[-1]
        return [record_of(node) for revision in fresh for node in revision.nodes]

    def add(self, record: Record) -> bool:
        """Write a record behind the last known one; return whether that was done: not where another was first."""
        return self._append([record])

    def shorten(self, records: Sequence[Record]) -> bool:
        """Put records in the place of the whole log; return whether that was done: not where it has news."""
        try:
            self._store.purge(self._session_id, version=self.version)
        except (ConflictError, SessionNotFoundError):
            return False
        self._known = None
        return bool(records) and self._append(records)

    def _append(self, records: Sequence[Record]) -> bool:
        revision = Revision(self.version + 1, time.time(), tuple(map(node_of, records)))
        try:
            self._store.record(self._session_id, [revision])
        except (ConflictError, SessionNotFoundError):
            time.sleep(random.random() * _PAUSE_SECONDS)
            return False
        self._known = revision
        return True

    def _read(self) -> list[Revision]:
        try:
            return list(self._store.history(self._session_id, after=max(0, self.version - 1)))
        except SessionNotFoundError:
            return []


def session_of(name: str) -> str:
    """Return the session that keeps the records of a cache.

    Example:
        >>> session_of("team a")
        'tool-cache:team%20a'
    """
    return f"tool-cache:{quote(text_bytes(name), safe='')}"
