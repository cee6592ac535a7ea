"""The store on a Redis server."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

from context_core.gc_pause import gc_paused
from context_core.operations import observed_store
from context_memory.redis import write
from context_memory.redis.address import read_address
from context_memory.redis.contents import delete_content, get_content, has_content, put_contents
from context_memory.redis.keys import Keys
from context_memory.redis.load import load_graph, load_history, load_manifest, load_originals
from context_memory.redis.server import Server
from context_memory.redis.space import Space, checked_version, find, list_sessions, reading
from context_memory.redis.upkeep import erase_session, garbage, session_info
from context_memory.redis.verify import faults
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


@observed_store
class RedisStore:
    """A `ManagedStore` on a Redis server, for live sessions that many processes and machines share.

    A content that a node or a manifest points to stays, however often it is deleted. Close the store, or use it as a
    context manager; after a fork, and for many threads, one store will do.

    *How durable it is.* A write that has returned is in the server's memory, and as safe as the server is set up to
    make it: with ``appendonly yes`` and ``appendfsync everysec``, a crash of the machine takes up to two seconds of
    writes; with snapshots alone, all since the last one; with neither, everything. Where the connection is lost while
    a write is under way, it may or may not have been done: repeat it, as appending again adds nothing twice, and a
    commit that was done is refused. Give the server ``maxmemory-policy noeviction``: any other may throw parts of
    sessions away.

    *Time to live.* With ``ttl_seconds``, each write to a session renews its time. When that is over, the server frees
    the session by itself, and who asks for it gets SessionExpiredError. Contents live until the time of their last put,
    and of every session that holds them, is over: of a session's, up to a quarter of its time longer than the session,
    as they are renewed now and then, not with every write. Then they are gone as well, and asking for one is a
    ContentExpiredError. Each write decides anew: one by a store without ``ttl_seconds`` makes the session, and what it
    holds, stay. What a store without it has put or appended has no end of its own: it goes once `gc` finds that the
    last session that held it has expired.

    *What is left* of an expired session is 32 bytes a node, the counts of its contents, and the word that they were
    there; `gc`, and any `purge` or `expire`, take back the first two, and `gc` forgets the last after 30 days. Call it
    daily or so.

    *A cluster.* All keys of a namespace begin with one hash tag, ``{context1:…}``, so that a namespace is on one node
    of a Redis Cluster; name that node in the URL. Many namespaces share the load of a cluster, a single one does not.

    Args:
        url: ``redis://user:password@host:6379/0``, or ``rediss://`` for TLS; behind a ``?``, ``ttl_seconds`` or what
            the client takes, such as ``ssl_ca_certs`` and ``socket_timeout``.
        namespace: the tenant; sessions and contents of one are unknown to all others.
        ttl_seconds: seconds that a session and its contents live from their last write; for ever unless given here or
            in the URL.

    Raises:
        ValueError: the URL is not one of Redis, or ``ttl_seconds`` is not above 0. The message does not quote the URL,
            as it may hold a password.
        MissingExtraError: the client or msgpack is not installed.
        StoreError: the server cannot be reached. All methods raise it where the server cannot be read or written, or
            something in it is damaged; the next call is a new try.

    Needs the extra ``redis``, and Redis 7 or what speaks as it does.
    """

    def __init__(self, url: str, namespace: str = "default", ttl_seconds: float | None = None) -> None:
        address = read_address(url)
        seconds = address.ttl_seconds if ttl_seconds is None else ttl_seconds
        if seconds is not None and not (math.isfinite(seconds) and seconds >= 0.001):
            raise ValueError(f"got ttl_seconds={seconds}; expected 0.001 or more, or None for no end")
        self.namespace = namespace
        self.ttl_seconds = seconds
        self._server = Server(address)
        self._space = Space(self._server, Keys(namespace), None if seconds is None else int(seconds * 1000))

    # ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        return put_contents(self._space, contents)

    def get(self, content_id: str) -> bytes:
        """Return a content.

        Raises:
            ContentNotFoundError: it is not there.
            ContentExpiredError: it is not there any more, since its time was over.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        return get_content(self._space, content_id)

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        return has_content(self._space, content_id)

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now, which it is not while a session points to it.

        Raises:
            ContentNotFoundError: it is not there.
        """
        return delete_content(self._space, content_id)

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new.

        Raises:
            ConflictError: a node has the id of one that is there, and differs from how that was appended.
        """
        with gc_paused():
            return write.append(self._space, session_id, arrivals(session_id, nodes), list(edges))

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none.

        Raises:
            SessionNotFoundError: nothing was appended under that id.
            ConflictError: a node is in another state than the change starts from.
            ContentNotFoundError: the store lacks contents that the changes name.
        """
        write.commit(self._space, session_id, changes)

    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: its time was over, or retention has dropped it.
            VersionNotFoundError: the session has no such version.
            ContentCorruptedError: the content of a node does not hash to its id.
        """

        def originals(node_ids: Sequence[str]) -> list[Node]:
            return reading(self._space, session_id, lambda _: load_originals(self._space, session_id, node_ids))

        with gc_paused():
            return reading(
                self._space,
                session_id,
                lambda meta: load_graph(self._space, session_id, checked_version(session_id, meta, version), originals),
            )

    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: its time was over, or retention has dropped it.
            VersionNotFoundError: the session has no such version.
        """
        return reading(
            self._space,
            session_id,
            lambda meta: load_manifest(self._space, session_id, checked_version(session_id, meta, version)),
        )

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        return list_sessions(self._space)

    # ── history ──────────────────────────────────────────────────────────────────────────────────────────────────

    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        return find(self._space, session_id).version

    def history(self, session_id: str, *, after: int = 0) -> list[Revision]:
        """Return the session's revisions past a version, oldest first.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        return reading(self._space, session_id, lambda meta: load_history(self._space, session_id, meta.version, after))

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions as another store's `history` gave them, all or none.

        Raises:
            SessionNotFoundError: there is no such session, and the first revision is not its first.
            ConflictError: the revisions do not follow the session's version, or do not fit its state.
            ContentNotFoundError: the store lacks contents that the changes name.
        """
        with gc_paused():
            write.record(self._space, session_id, revisions)

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────

    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        return session_info(self._space, session_id)

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session and the contents that only it pointed to: no key of the server holds any of it.

        Its snapshots and append-only files keep it until the server rewrites them; replicas follow.

        Args:
            session_id: the session.
            version: erase it only if that is its version still.

        Raises:
            SessionNotFoundError: there is no such session.
            ConflictError: it is at another version; nothing was erased.
        """
        return erase_session(self._space, session_id, version, expired=False)

    def expire(self, session_id: str) -> Erased:
        """Erase a session, and remember for 30 days that it and its contents were there.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        return erase_session(self._space, session_id, None, expired=True)

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to, and what is left of expired sessions; return which contents. See `Upkeep.gc`."""
        return garbage(self._space, abandoned_seconds=abandoned_seconds, dry_run=dry_run)

    def verify(self) -> list[Fault]:
        """Read everything, and return what is not as it was written; contents are hashed anew."""
        return list(faults(self._space))

    # ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Close the connections; what is called later raises StoreError."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RedisStore({self._server.name!r}, namespace={self.namespace!r})"
