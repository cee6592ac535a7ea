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

    def load(self, session_id: str) -> ContextGraph:
        """Return the session's graph in its present state.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...

    def manifest(self, session_id: str) -> Manifest:
        """Return the session's manifest; an empty one where nothing was compressed.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        ...

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        ...


@runtime_checkable
class Store(ContentStore, GraphStore, Protocol):
    """A store of both contents and graphs: what an engine needs."""


def verified(name: str, data: bytes) -> bytes:
    """Return the bytes, once they hash to their content id.

    Raises:
        ContentCorruptedError: they do not.
    """
    if content_id(data) != name:
        raise ContentCorruptedError(name)
    return data
