"""Contents, sessions and manifests in one SQL database: all that SQLite and PostgreSQL have in common."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Self

from context_core import StoreError
from context_core.gc_pause import gc_paused
from context_core.operations import observed_store
from context_memory.sql import write
from context_memory.sql.contents import delete_content, get_content, has_content, put_contents
from context_memory.sql.load import load_graph, load_history, load_manifest, load_originals
from context_memory.sql.pack import PACK_BYTES, pack_tail, tail_bytes
from context_memory.sql.sessions import checked_version, find_session, list_beginnings, list_sessions
from context_memory.sql.tombstones import expired_sessions
from context_memory.sql.upkeep import erase_session, garbage, session_info
from context_memory.sql.verify import faults
from context_memory.standing import arrivals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from context_core import (
        Change,
        ContextGraph,
        Edge,
        Erased,
        Fault,
        Garbage,
        Manifest,
        Node,
        Revision,
        SessionInfo,
    )
    from context_memory.sql.database import Database


@observed_store
class SQLStore:
    """A `ManagedStore` in a database, for several threads and several processes at once.

    A content that a node or a manifest points to stays, however often it is deleted. Close the store, or use it as a
    context manager. All methods raise StoreError where the database cannot be read or written.

    Args:
        database: with the tables of this version.
        namespace: the tenant; sessions and contents of one are unknown to all others.
    """

    def __init__(self, database: Database, namespace: str) -> None:
        self.namespace = namespace
        self._database = database
        self._written_bytes = 0

    # ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        names = self._database.write(lambda connection: put_contents(connection, self.namespace, contents))
        self._wrote(sum(map(len, contents)))
        return names

    def get(self, content_id: str) -> bytes:
        """Return a content.

        Raises:
            ContentNotFoundError: it is not there.
            ContentExpiredError: it is not there any more, since its time was over.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        with self._database.reading() as connection:
            return get_content(connection, self.namespace, content_id)

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        with self._database.reading() as connection:
            return has_content(connection, self.namespace, content_id)

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now, which it is not while a session points to it.

        Raises:
            ContentNotFoundError: it is not there.
        """
        return self._database.write(lambda connection: delete_content(connection, self.namespace, content_id))

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new.

        Raises:
            ConflictError: a node has the id of one that is there, and differs from how that was appended.
        """
        with gc_paused():
            arriving, joining = arrivals(session_id, nodes), list(edges)
            fresh = self._database.write(
                lambda connection: write.append(connection, self.namespace, session_id, arriving, joining)
            )
        self._wrote(sum(len(arrival.content) for arrival in arriving.values()))
        return fresh

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none.

        Raises:
            SessionNotFoundError: nothing was appended under that id.
            ConflictError: a node is in another state than the change starts from.
            ContentNotFoundError: the store lacks contents that the changes name.
        """
        self._database.write(lambda connection: write.commit(connection, self.namespace, session_id, changes))

    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: retention has dropped it.
            VersionNotFoundError: the session has no such version.
            ContentCorruptedError: the content of a node does not hash to its id.
        """
        with self._database.reading() as connection:
            session = find_session(connection, self.namespace, session_id)
            earlier = checked_version(session, version)
            originals = partial(self._originals, session.key)
            with gc_paused():
                return load_graph(connection, self.namespace, session, earlier, originals)

    def _originals(self, session: int, node_ids: Sequence[str]) -> list[Node]:
        with self._database.reading() as connection:
            return load_originals(connection, self.namespace, session, node_ids)

    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: retention has dropped it.
            VersionNotFoundError: the session has no such version.
        """
        with self._database.reading() as connection:
            session = find_session(connection, self.namespace, session_id)
            return load_manifest(connection, session, checked_version(session, version))

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        with self._database.reading() as connection:
            return list_sessions(connection, self.namespace)

    def beginnings(self, session_ids: Iterable[str]) -> dict[str, tuple[int, float]]:
        """Return the version of each session that is there, and when it began, in seconds since the epoch."""
        with self._database.reading() as connection:
            return list_beginnings(connection, self.namespace, session_ids)

    # ── history ──────────────────────────────────────────────────────────────────────────────────────────────────

    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._database.reading() as connection:
            return find_session(connection, self.namespace, session_id).version

    def history(self, session_id: str, *, after: int = 0) -> list[Revision]:
        """Return the session's revisions past a version, oldest first.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._database.reading() as connection:
            session = find_session(connection, self.namespace, session_id)
            return list(load_history(connection, self.namespace, session, after))

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions as another store's `history` gave them, all or none.

        Raises:
            SessionNotFoundError: there is no such session, and the first revision is not its first.
            ConflictError: the revisions do not follow the session's version, or do not fit its state.
            ContentNotFoundError: the store lacks contents that the changes name.
        """
        if revisions:
            self._database.write(lambda connection: write.record(connection, self.namespace, session_id, revisions))
            self._wrote(sum(len(node.content) for revision in revisions for node in revision.nodes))

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────

    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._database.reading() as connection:
            return session_info(connection, self.namespace, find_session(connection, self.namespace, session_id))

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session and the contents that only it pointed to.

        In a SQLite file no byte of it is left. On PostgreSQL no row is; the server overwrites the bytes in its own
        time, or at once by `scrub`. Backups, and what a server keeps of its log, are not this store's to erase.

        Args:
            session_id: the session.
            version: erase it only if that is its version still.

        Raises:
            SessionNotFoundError: there is no such session.
            ConflictError: it is at another version; nothing was erased.
        """
        erased = self._erase(session_id, version, expired=False)
        self._database.scrub()
        return erased

    def evict(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session that another store has: as `purge` does, but what it leaves in free pages goes in time.

        Raises:
            SessionNotFoundError: there is no such session.
            ConflictError: it is at another version; nothing was erased.
        """
        return self._erase(session_id, version, expired=False)

    def expire(self, session_id: str) -> Erased:
        """Erase a session, and remember that it and its contents were there.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        erased = self._erase(session_id, None, expired=True)
        self._database.scrub()
        return erased

    def scrub(self) -> None:
        """Have the database write its files anew without what was deleted; others wait for it meanwhile.

        It takes the right to VACUUM FULL and CHECKPOINT on PostgreSQL, and the disk space of the tables once more. A
        SQLite file needs no scrubbing.
        """
        self._database.scrub(whole=True)

    def _erase(self, session_id: str, version: int | None, *, expired: bool) -> Erased:
        return self._database.write(
            lambda connection: erase_session(connection, self.namespace, session_id, version, expired=expired)
        )

    def expired(self) -> dict[str, float]:
        """Return the ids of the sessions that expired, each with when, in seconds since the epoch."""
        with self._database.reading() as connection:
            return expired_sessions(connection, self.namespace)

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to; return what that is. See `Upkeep.gc`."""
        return self._database.write(
            lambda connection: garbage(connection, self.namespace, abandoned_seconds=abandoned_seconds, dry_run=dry_run)
        )

    def verify(self) -> list[Fault]:
        """Read everything, and return what is not as it was written; contents are hashed anew."""
        with self._database.reading() as connection:
            return list(faults(connection, self.namespace))

    def pack(self) -> None:
        """Compress what was written since the last time, with dictionaries that are trained on it.

        It happens without being asked for, a segment at a time, with every `PACK_BYTES` that are written and when the
        store is closed.
        """
        while self._pack_segment():
            pass

    def _pack_segment(self) -> bool:
        self._written_bytes = 0
        return self._database.write(lambda connection: pack_tail(connection, self.namespace))

    def _wrote(self, size: int) -> None:
        # Who loads in bulk does not wait for it: what came is packed with what comes next, or when the store is closed.
        was_small = size < PACK_BYTES
        self._written_bytes += size
        if was_small and self._written_bytes >= PACK_BYTES:
            self._pack_segment()

    # ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Close the connections; what is called later raises StoreError."""
        try:
            # What cannot be packed now is packed another time; all of it is stored.
            with suppress(StoreError):
                self._pack_what_piled_up()
        finally:
            self._database.close()

    def _pack_what_piled_up(self) -> None:
        if self._written_bytes:
            with self._database.reading() as connection:
                size = tail_bytes(connection, self.namespace)
            if size >= PACK_BYTES:
                self._pack_segment()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._database.name!r}, namespace={self.namespace!r})"
