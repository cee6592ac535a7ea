"""Three places for sessions: hot for those in use, warm for those of these days, cold for all others.

1. The warm store is the truth. What is written goes there, and is acknowledged when it is there.
2. The hot store has copies of sessions that are loaded; one that is behind is brought up by the history.
3. The cold archive has whole sessions that were not written to for long. Whatever is asked of one brings it back.
4. `migrate` moves, as the policy says. A move writes to the new place, reads that back, and only then erases the old
   one, if nobody has written to it since. Killed at any point, it leaves the session in one place or in both; where it
   is in both, the warm one counts.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from context_core import (
    ConflictError,
    ContentNotFoundError,
    Fault,
    Garbage,
    SessionExpiredError,
    SessionNotFoundError,
    StoreError,
)
from context_memory.archive.parcel import unpacked_session
from context_memory.copying import copy_session
from context_memory.tiers.demotion import demote, dictionaries, going_cold
from context_memory.tiers.evict import evict
from context_memory.tiers.policy import Migration, Move, TierPolicy
from context_memory.wrappers.delegating import Delegating

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from context_core import (
        Change,
        ContextGraph,
        Edge,
        Erased,
        ManagedStore,
        Manifest,
        Node,
        Revision,
        SessionInfo,
    )
    from context_memory.archive.archive import Archive

    T = TypeVar("T")


class TieredStore(Delegating):
    """A `ManagedStore` over a fast one, a durable one and an archive.

    All processes that use the warm store must use the same archive, or they miss what has moved there.

    Args:
        hot: holds copies of the sessions in use, in this process or in Redis; None for no copies.
        warm: holds all sessions of these days, and is as durable as what is written must be.
        cold: holds all others; None for no archive.
        policy: says when sessions move.

    Example:
        >>> from context_core import ContextGraph, MemoryStore
        >>> from context_memory.archive.archive import Archive
        >>> from context_memory.blobs.memory import MemoryBlobs
        >>> store = TieredStore(None, MemoryStore(), Archive(MemoryBlobs()), TierPolicy(warm_seconds=0))
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> _ = store.append("s", graph.nodes(), graph.edges())
        >>> [(move.session_id, move.target) for move in store.migrate().moves]
        [('s', 'cold')]
        >>> [node.content for node in store.load("s").nodes()]
        ['hi']
    """

    def __init__(
        self, hot: ManagedStore | None, warm: ManagedStore, cold: Archive | None, policy: TierPolicy | None = None
    ) -> None:
        super().__init__(warm)
        self._hot = hot
        self._warm = warm
        self._cold = cold
        self._policy = policy or TierPolicy()
        self._used: dict[str, float] = {}

    # ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, content_id: str) -> bytes:
        """Return a content; a session in the archive that has it is brought back."""
        return self._with_content(content_id, lambda: self._warm.get(content_id))

    def has(self, content_id: str) -> bool:
        """Return whether a content is there, or in the archive."""
        return self._warm.has(content_id) or any(self._holders(content_id))

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now."""
        return self._with_content(content_id, lambda: self._warm.delete(content_id))

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new."""
        arriving, joining = list(nodes), list(edges)
        if not self._is_warm(session_id):
            self._promote(session_id)
        fresh = self._warm.append(session_id, arriving, joining)
        if self._began_beside_the_archive(session_id):
            # Another process moved the session away in between: what was appended goes behind what it was.
            self._warm.purge(session_id, version=1)
            self._promote(session_id)
            fresh = self._warm.append(session_id, arriving, joining)
        return fresh

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none."""
        self._at_hand(session_id, lambda: self._warm.commit(session_id, changes))

    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version."""
        if self._hot is None or version is not None:
            return self._at_hand(session_id, lambda: self._warm.load(session_id, version=version))
        self._at_hand(session_id, lambda: self._bring_up(session_id))
        return self._hot.load(session_id)

    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version."""
        return self._at_hand(session_id, lambda: self._warm.manifest(session_id, version=version))

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        warm = self._warm.sessions()
        return [*(info.session_id for info in self._cold_infos(set(warm))), *warm]

    # ── history ──────────────────────────────────────────────────────────────────────────────────────────────────

    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect."""
        try:
            return self._warm.version(session_id)
        except SessionNotFoundError:
            return self._archived(session_id).version

    def history(self, session_id: str, *, after: int = 0) -> Iterable[Revision]:
        """Return the session's revisions past a version, oldest first."""
        return self._at_hand(session_id, lambda: list(self._warm.history(session_id, after=after)))

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions to a session as another store's `history` gave them, all or none."""
        if not self._is_warm(session_id):
            self._promote(session_id)
        self._warm.record(session_id, revisions)

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────

    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session, wherever it is."""
        try:
            return self._warm.info(session_id)
        except SessionNotFoundError:
            return self._archived(session_id)

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session from all places, and not a trace of it stays."""
        return self._erase(session_id, version, lambda: self._warm.purge(session_id, version=version))

    def expire(self, session_id: str) -> Erased:
        """Erase a session from all places, and remember that it and its contents were there."""
        return self._erase(session_id, None, lambda: self._warm.expire(session_id))

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to, and what moves that were killed left in the archive."""
        garbage = self._warm.gc(dry_run=dry_run, abandoned_seconds=abandoned_seconds)
        loose = 0 if self._cold is None else self._cold.sweep(dry_run=dry_run)
        return Garbage(garbage.contents, garbage.abandoned, garbage.freed_bytes + loose, dry_run)

    def verify(self) -> list[Fault]:
        """Read everything in the warm store and in the archive; return what is not as it was written."""
        return [*self._warm.verify(), *self._cold_faults()]

    # ── moves ────────────────────────────────────────────────────────────────────────────────────────────────────

    def migrate(self, *, now: float | None = None, dry_run: bool = False) -> Migration:
        """Move sessions as the policy says; return what moved.

        Call it now and then, from one process or several; killed at any point, it loses nothing.

        Args:
            now: seconds since the epoch; the present time unless given.
            dry_run: only tell.

        Raises:
            StoreError: a place cannot be read or written; what has moved has moved, and all else is where it was.
        """
        now = time.time() if now is None else now
        moves, passed_over = list(self._leave_hot(now, dry_run)), list[str]()
        if self._cold is not None:
            going = list(going_cold(self._warm_infos(), self._policy, now))
            if dry_run:
                moves += [Move(info.session_id, "warm", "cold", info.content_bytes, 0, why) for info, why in going]
                return Migration(tuple(moves), (), dry_run)
            shared = dictionaries(self._warm, self._cold, [info for info, _ in going])
            for info, why in going:
                move = demote(self._warm, self._cold, info, shared[info.kind], why)
                if move is None:
                    self._drop_stale(info.session_id)
                    passed_over.append(info.session_id)
                else:
                    self._cool(info.session_id)
                    moves.append(move)
        return Migration(tuple(moves), tuple(passed_over), dry_run)

    def _leave_hot(self, now: float, dry_run: bool) -> Iterator[Move]:
        """Drop copies of sessions that were not written to for long."""
        for session_id in [] if self._hot is None or self._policy.hot_seconds is None else self._hot.sessions():
            info = _info(self._hot, session_id) if self._hot is not None else None
            if info is not None and now - info.written_at > (self._policy.hot_seconds or 0):
                if not dry_run:
                    self._cool(session_id)
                yield Move(session_id, "hot", "warm", info.content_bytes, 0, "age")

    def _bring_up(self, session_id: str) -> None:
        """Make the hot copy what the warm session is, and drop the copies used longest ago where they are too many."""
        hot = self._hot
        if hot is None:
            return
        version = self._warm.version(session_id)
        last = list(self._warm.history(session_id, after=version - 1)) if version else []
        try:
            there = hot.version(session_id)
            held = list(hot.history(session_id, after=there - 1)) if there else []
            if there > version or (there == version and not _same(held, last)):
                hot.purge(session_id)  # a session of that name was erased, and began anew
        except SessionNotFoundError:
            pass
        copy_session(self._warm, hot, session_id)
        self._used.pop(session_id, None)
        self._used[session_id] = time.time()
        self._keep_within(hot, session_id)

    def _keep_within(self, hot: ManagedStore, session_id: str) -> None:
        limit = self._policy.hot_bytes
        if limit is None:
            return
        infos = [info for name in hot.sessions() if (info := _info(hot, name)) is not None]
        infos.sort(key=lambda info: self._used.get(info.session_id, 0.0))
        size = sum(info.content_bytes for info in infos)
        for info in infos:
            if size > limit and info.session_id != session_id:
                self._cool(info.session_id)
                size -= info.content_bytes

    def _cool(self, session_id: str) -> None:
        self._used.pop(session_id, None)
        if self._hot is not None:
            with suppress(SessionNotFoundError):
                evict(self._hot, session_id)

    def _promote(self, session_id: str) -> bool:
        """Bring a session back from the archive; return whether it was there."""
        if self._cold is None or not self._cold.has(session_id):
            return False
        try:
            _, contents, revisions = unpacked_session(self._cold.read(session_id))
        except SessionNotFoundError:
            return self._is_warm(session_id)  # another process was quicker
        _restore(self._warm, session_id, contents, revisions)
        self._cold.remove(session_id)
        return True

    def _drop_stale(self, session_id: str) -> None:
        if self._cold is not None and self._is_warm(session_id):
            self._cold.remove(session_id)

    # ── where a session is ───────────────────────────────────────────────────────────────────────────────────────

    def _at_hand(self, session_id: str, step: Callable[[], T]) -> T:
        """Take a step on the warm store, once more where the session had to be brought back for it."""
        try:
            return step()
        except SessionExpiredError:
            raise
        except SessionNotFoundError:
            if not self._promote(session_id):
                raise
            return step()

    def _with_content(self, content_id: str, step: Callable[[], T]) -> T:
        """Take a step on a content of the warm store, where sessions in the archive that name it are brought back."""
        try:
            return step()
        except ContentNotFoundError:
            for holder in self._holders(content_id):
                if self._promote(holder):
                    with suppress(ContentNotFoundError):
                        return step()
            raise

    def _holders(self, content_id: str) -> Iterator[str]:
        return iter(()) if self._cold is None else self._cold.holders(content_id)

    def _is_warm(self, session_id: str) -> bool:
        try:
            self._warm.version(session_id)
        except SessionNotFoundError:
            return False
        return True

    def _began_beside_the_archive(self, session_id: str) -> bool:
        if self._cold is None or self._warm.version(session_id) != 1 or not self._cold.has(session_id):
            return False
        archived = unpacked_session(self._cold.read(session_id))[2]
        return bool(archived) and not _same(archived[:1], list(self._warm.history(session_id)))

    def _archived(self, session_id: str) -> SessionInfo:
        if self._cold is None or not self._cold.has(session_id):
            return self._warm.info(session_id)
        return self._cold.about(session_id).info

    def _erase(self, session_id: str, version: int | None, erase: Callable[[], Erased]) -> Erased:
        if not self._is_warm(session_id):
            self._promote(session_id)
        if version in (None, self._warm.version(session_id)):
            self._used.pop(session_id, None)
            if self._hot is not None and _info(self._hot, session_id) is not None:
                self._hot.purge(session_id)
            if self._cold is not None:
                self._cold.forget(session_id)
        return erase()

    def _warm_infos(self) -> list[SessionInfo]:
        infos = (_info(self._warm, session_id) for session_id in self._warm.sessions())
        return sorted((info for info in infos if info is not None), key=lambda info: info.written_at)

    def _cold_infos(self, warm: set[str]) -> list[SessionInfo]:
        if self._cold is None:
            return []
        infos = [each.info for each in self._cold.sessions() if each.info.session_id not in warm]
        return sorted(infos, key=lambda info: info.written_at)

    def _cold_faults(self) -> Iterator[Fault]:
        for info in self._cold_infos(set()):
            try:
                if self._cold is not None:
                    unpacked_session(self._cold.read(info.session_id))
            except StoreError as error:
                yield Fault("session", info.session_id, info.session_id, str(error))

    def close(self) -> None:
        """Close the stores below, where they can be closed."""
        for store in (self._hot, self._warm):
            close = getattr(store, "close", None)
            if close is not None:
                close()


def _restore(store: ManagedStore, session_id: str, contents: dict[str, bytes], revisions: Sequence[Revision]) -> None:
    """Write a session into a store, unless another process has just done so."""
    store_needs = [
        name
        for revision in revisions
        for name in sorted({s.content_id for c in revision.changes for s in (c.before, c.after) if s is not None})
    ]
    store.put([contents[name] for name in store_needs])
    try:
        if revisions:
            store.record(session_id, revisions)
        else:
            store.append(session_id, [], [])
    except ConflictError:
        for name in store_needs:
            store.delete(name)  # the other process has put them, too, and its commits took that over


def _same(one: Sequence[Revision], other: Sequence[Revision]) -> bool:
    """Return whether revisions are the same; edges may come in another order."""
    return [_key(each) for each in one] == [_key(each) for each in other]


def _key(revision: Revision) -> tuple[object, ...]:
    edges = {(edge.source, edge.target, edge.type) for edge in revision.edges}
    return (revision.version, revision.nodes, edges, revision.changes)


def _info(store: ManagedStore, session_id: str) -> SessionInfo | None:
    try:
        return store.info(session_id)
    except SessionNotFoundError:
        return None
