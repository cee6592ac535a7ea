"""Stores in the memory of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.assemble import assemble
from context_core.errors import ConflictError, ContentNotFoundError, SessionNotFoundError
from context_core.hashing import bytes_text, content_id
from context_core.manifest import Change, Manifest
from context_core.node import Node
from context_core.replace import state_of
from context_core.stores import ContentStore, verified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core.edge import Edge
    from context_core.graph import ContextGraph


class MemoryContentStore:
    """Contents in a dict of this process.

    Example:
        >>> store = MemoryContentStore()
        >>> [hello] = store.put([b"hello"])
        >>> store.get(hello)
        b'hello'
    """

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._references: dict[str, int] = {}

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents; return their ids in order."""
        ids = [content_id(data) for data in contents]
        for name, data in zip(ids, contents, strict=True):
            self._contents[name] = data
            self._references[name] = self._references.get(name, 0) + 1
        return ids

    def get(self, content_id: str) -> bytes:
        """Return a content."""
        if content_id not in self._contents:
            raise ContentNotFoundError(content_id)
        return verified(content_id, self._contents[content_id])

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        return content_id in self._contents

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now."""
        if content_id not in self._contents:
            raise ContentNotFoundError(content_id)
        self._references[content_id] -= 1
        if self._references[content_id]:
            return False
        del self._contents[content_id], self._references[content_id]
        return True


class MemoryGraphStore:
    """Sessions in this process; a loaded graph is the caller's own.

    Args:
        contents: holds the contents that committed changes name.
    """

    def __init__(self, contents: ContentStore) -> None:
        self._originals = contents
        self._appended: dict[str, dict[str, Node]] = {}
        self._nodes: dict[str, dict[str, Node]] = {}
        self._edges: dict[str, dict[tuple[str, str, str], Edge]] = {}
        self._changes: dict[str, list[Change]] = {}

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet; return how many nodes were new."""
        appended = self._appended.get(session_id, {})
        fresh = dict[str, Node]()
        for node in nodes:
            there = appended.get(node.id) or fresh.setdefault(node.id, node)
            added = node.id not in appended and node.id in self._nodes.get(session_id, {})
            if there != node or added:
                raise ConflictError(f"node {node.id!r} was appended to session {session_id!r} with other bytes")
        for table in (self._appended, self._nodes):
            table.setdefault(session_id, {}).update(fresh)
        held = self._edges.setdefault(session_id, {})
        for edge in edges:
            held.setdefault((edge.source, edge.target, edge.type.value), edge)
        self._touch(session_id)
        return len(fresh)

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the manifest."""
        self._require(session_id)
        nodes, edges = dict(self._nodes[session_id]), dict(self._edges[session_id])
        for change in changes:
            if state_of(nodes.get(change.node_id)) != change.before:
                raise ConflictError(
                    f"node {change.node_id!r} of session {session_id!r} is in another state than the change starts "
                    "from; load the session and compress again"
                )
            if change.after is None:
                del nodes[change.node_id]
                edges = {key: edge for key, edge in edges.items() if change.node_id not in key[:2]}
            else:
                text = bytes_text(self._originals.get(change.after.content_id))
                nodes[change.node_id] = Node.from_record(change.after.record, text)
            for edge in change.edges_removed:
                edges.pop((edge.source, edge.target, edge.type.value), None)
            for edge in change.edges_added:
                edges.setdefault((edge.source, edge.target, edge.type.value), edge)
        self._nodes[session_id], self._edges[session_id] = nodes, edges
        self._changes.setdefault(session_id, []).extend(changes)
        self._touch(session_id)

    def load(self, session_id: str) -> ContextGraph:
        """Return the session's graph in its present state."""
        self._require(session_id)
        nodes = self._nodes[session_id]
        edges = (edge for edge in self._edges[session_id].values() if edge.source in nodes and edge.target in nodes)
        appended = self._appended[session_id]

        def originals(node_ids: Sequence[str]) -> list[Node]:
            return [appended[node_id] for node_id in node_ids if node_id in appended]

        return assemble(session_id, nodes.values(), edges, originals=originals)

    def manifest(self, session_id: str) -> Manifest:
        """Return the session's manifest."""
        self._require(session_id)
        return Manifest(session_id, self._changes.get(session_id, ()))

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        return list(self._nodes)

    def _touch(self, session_id: str) -> None:
        self._nodes[session_id] = self._nodes.pop(session_id)

    def _require(self, session_id: str) -> None:
        if session_id not in self._nodes:
            raise SessionNotFoundError(session_id)


class MemoryStore(MemoryContentStore, MemoryGraphStore):
    """Contents and sessions in this process."""

    def __init__(self) -> None:
        MemoryContentStore.__init__(self)
        MemoryGraphStore.__init__(self, self)
