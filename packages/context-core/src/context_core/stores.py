"""Where contents and graphs live: the protocols that stores of any kind satisfy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from context_core.errors import ContentCorruptedError
from context_core.hashing import content_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core.edge import Edge
    from context_core.graph import ContextGraph
    from context_core.manifest import Change, Manifest
    from context_core.node import Node
    from context_core.revision import Revision
    from context_core.upkeep import Erased, Fault, Garbage, SessionInfo


@runtime_checkable
class ContentStore(Protocol):
    """Bytes by the hash of their content, inside one namespace.

    A content is stored once however often it is put, and is gone when it was deleted as often.
    """

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        ...

    def get(self, content_id: str) -> bytes:
        """Return a content.

        Raises:
            ContentNotFoundError: it is not there.
            ContentExpiredError: it is not there any more, since its time was over.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        ...

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        ...

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now.

        Raises:
            ContentNotFoundError: it is not there.
        """
        ...


@runtime_checkable
class GraphStore(Protocol):
    """Sessions: their nodes, edges and manifests. Appends are idempotent, and the store gives the order."""

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new.

        Raises:
            ConflictError: a node has the id of one that is there, and differs from how that was appended.
        """
        ...

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none.

        The contents that the changes name must be in the store.

        Raises:
            SessionNotFoundError: nothing was appended under that id.
            ConflictError: a node is in another state than the change starts from.
        """
        ...

    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: retention has dropped it.
            VersionNotFoundError: the session has no such version.
        """
        ...

    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version.

        It is empty where nothing was compressed.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: retention has dropped it.
            VersionNotFoundError: the session has no such version.
        """
        ...

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        ...


@runtime_checkable
class Store(ContentStore, GraphStore, Protocol):
    """A store of both contents and graphs: what an engine needs."""


@runtime_checkable
class Journal(Protocol):
    """What was written to sessions, step by step: from it a session is loaded as it was, copied, moved or forked."""

    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...

    def history(self, session_id: str, *, after: int = 0) -> Iterable[Revision]:
        """Return the session's revisions past a version, oldest first.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions to a session as another store's `history` gave them, all or none.

        The session is made where the first is version 1. The contents that their changes name must be in the store.

        Raises:
            SessionNotFoundError: there is no such session, and the first revision is not its first.
            ConflictError: the revisions do not follow the session's version, or do not fit its state.
        """
        ...


@runtime_checkable
class Upkeep(Protocol):
    """What keeps a store in order over months."""

    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session: nodes, edges, manifest, and the contents to which nothing else points.

        Not a trace of it stays, the word that it ever was included.

        Args:
            session_id: the session.
            version: erase it only if that is its version still: what was written since would be lost otherwise.

        Raises:
            SessionNotFoundError: there is no such session.
            ConflictError: it is at another version; nothing was erased.
        """
        ...

    def expire(self, session_id: str) -> Erased:
        """Erase a session, and remember that it and its contents were there, for the error of who asks for them.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to; return what that is.

        Args:
            dry_run: only tell.
            abandoned_seconds: free contents, too, that were put so long ago and that no session points to. What was
                put and not committed is otherwise kept: its manifest may be kept elsewhere.
        """
        ...

    def verify(self) -> Iterable[Fault]:
        """Read everything, and return what is not as it was written; contents are hashed anew."""
        ...


@runtime_checkable
class ManagedStore(Store, Journal, Upkeep, Protocol):
    """A store with a history, and with the means to keep it in order."""


def verified(name: str, data: bytes) -> bytes:
    """Return the bytes, once they hash to their content id.

    Raises:
        ContentCorruptedError: they do not.
    """
    if content_id(data) != name:
        raise ContentCorruptedError(name)
    return data
