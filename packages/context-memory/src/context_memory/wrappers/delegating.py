"""What all wrappers of a store share: each method is that of the store below, until a wrapper says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from context_core import ManagedStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from context_core import (
        Change,
        ContentStore,
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


class DelegatingContents:
    """A `ContentStore` that is another one.

    Args:
        store: the one below; closing the wrapper closes it.
    """

    def __init__(self, store: ContentStore) -> None:
        self._contents = store

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        return self._contents.put(contents)

    def get(self, content_id: str) -> bytes:
        """Return a content."""
        return self._contents.get(content_id)

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        return self._contents.has(content_id)

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now."""
        return self._contents.delete(content_id)

    def close(self) -> None:
        """Close the store below, where it is one that can be closed."""
        close = getattr(self._contents, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._contents!r})"


class Delegating(DelegatingContents):
    """A `ManagedStore` that is another one.

    Args:
        store: the one below; closing the wrapper closes it.

    Raises:
        TypeError: the store has no sessions, history or upkeep.
    """

    def __init__(self, store: ManagedStore) -> None:
        if not _is_managed(store):
            raise TypeError(f"got a {type(store).__name__}; expected a store of contents and sessions (ManagedStore)")
        super().__init__(store)
        self._store = store

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new."""
        return self._store.append(session_id, nodes, edges)

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none."""
        self._store.commit(session_id, changes)

    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version."""
        return self._store.load(session_id, version=version)

    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version."""
        return self._store.manifest(session_id, version=version)

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        return self._store.sessions()

    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect."""
        return self._store.version(session_id)

    def history(self, session_id: str, *, after: int = 0) -> Iterable[Revision]:
        """Return the session's revisions past a version, oldest first."""
        return self._store.history(session_id, after=after)

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions to a session as another store's `history` gave them, all or none."""
        self._store.record(session_id, revisions)

    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session."""
        return self._store.info(session_id)

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session, and not a trace of it stays."""
        return self._store.purge(session_id, version=version)

    def expire(self, session_id: str) -> Erased:
        """Erase a session, and remember that it and its contents were there."""
        return self._store.expire(session_id)

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to; return what that is."""
        return self._store.gc(dry_run=dry_run, abandoned_seconds=abandoned_seconds)

    def verify(self) -> Iterable[Fault]:
        """Read everything, and return what is not as it was written."""
        return self._store.verify()


def _is_managed(store: object) -> bool:
    return isinstance(store, ManagedStore)
