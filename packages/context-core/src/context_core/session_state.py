"""A session in memory: what its revisions have made of it.

1. An append or a commit becomes a revision: only what is new of it, and none at all where nothing is.
2. A revision is applied: appended nodes are kept as they were, beside the state that changes have made of them.
3. An earlier version is what the revisions up to it make of an empty session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.assemble import assemble
from context_core.errors import ConflictError, VersionNotFoundError
from context_core.hashing import bytes_text
from context_core.manifest import Manifest
from context_core.node import Node
from context_core.replace import state_of
from context_core.revision import Revision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from context_core.edge import Edge
    from context_core.graph import ContextGraph
    from context_core.manifest import Change

    Key = tuple[str, str, str]
    Contents = Callable[[str], bytes]


class SessionState:
    """One session; a failed step leaves it as it was.

    Args:
        session_id: the session.
        contents: returns the content of an id; raises ContentNotFoundError where it is not there.
        created_at: when the session began, in seconds since the epoch.

    Attributes:
        revisions: all that had an effect, oldest first.
        appended: nodes as they were appended, by id, in order.
        nodes: nodes as they are now, by id, in order.
        written_at: when it was last written to, in seconds since the epoch.
    """

    def __init__(self, session_id: str, contents: Contents, created_at: float) -> None:
        self.session_id = session_id
        self.created_at = created_at
        self.written_at = created_at
        self.revisions: list[Revision] = []
        self.appended: dict[str, Node] = {}
        self.nodes: dict[str, Node] = {}
        self._edges: dict[Key, Edge] = {}
        self._contents = contents

    @property
    def version(self) -> int:
        """How many writes had an effect."""
        return len(self.revisions)

    @property
    def changes(self) -> list[Change]:
        """The entries of the manifest, oldest first."""
        return [change for revision in self.revisions for change in revision.changes]

    def appending(self, nodes: Iterable[Node], edges: Iterable[Edge], written_at: float) -> Revision | None:
        """Return the revision that appends what is new of nodes and edges; None where nothing is.

        Raises:
            ConflictError: a node has the id of one that is there, and differs from how that was appended.
        """
        fresh: dict[str, Node] = {}
        for node in nodes:
            there = self.appended.get(node.id) or fresh.setdefault(node.id, node)
            if there != node or (node.id in self.nodes and node.id not in self.appended):
                raise ConflictError(
                    f"node {node.id!r} was appended to session {self.session_id!r} with other bytes; "
                    "ids name one content for ever, so give the new node its own id"
                )
        joining: dict[Key, Edge] = {}
        for edge in edges:
            if _key(edge) not in self._edges:
                joining.setdefault(_key(edge), edge)
        if not fresh and not joining:
            return None
        return Revision(self.version + 1, written_at, tuple(fresh.values()), tuple(joining.values()))

    def committing(self, changes: Sequence[Change], written_at: float) -> Revision | None:
        """Return the revision that commits changes; None where there are none. `apply` checks them."""
        return Revision(self.version + 1, written_at, changes=tuple(changes)) if changes else None

    def apply(self, revision: Revision) -> None:
        """Take a revision as the next one.

        Raises:
            ConflictError: it is not the next one, or does not fit the state.
            ContentNotFoundError: a change names a content that is not there.
        """
        if revision.version != self.version + 1:
            raise ConflictError(
                f"got revision {revision.version} of session {self.session_id!r}; expected {self.version + 1}"
            )
        if any(node.id in self.appended or node.id in self.nodes for node in revision.nodes):
            raise ConflictError(f"revision {revision.version} of {self.session_id!r} appends a node that is there")
        for change in revision.changes:
            for state in (change.before, change.after):
                if state is not None:
                    self._contents(state.content_id)
        if revision.changes:
            self.nodes, self._edges = self._changed(revision.changes)
        for node in revision.nodes:
            self.appended[node.id] = self.nodes[node.id] = node
        for edge in revision.edges:
            self._edges.setdefault(_key(edge), edge)
        self.revisions.append(revision)
        self.written_at = max(self.written_at, revision.written_at)

    def graph(self) -> ContextGraph:
        """Return the graph in its present state; it is the caller's own."""
        nodes, appended = self.nodes, dict(self.appended)
        edges = (edge for edge in self._edges.values() if edge.source in nodes and edge.target in nodes)

        def originals(node_ids: Sequence[str]) -> list[Node]:
            return [appended[node_id] for node_id in node_ids if node_id in appended]

        return assemble(self.session_id, nodes.values(), edges, originals=originals)

    def manifest(self) -> Manifest:
        """Return the manifest."""
        return Manifest(self.session_id, self.changes)

    def at(self, version: int | None) -> SessionState:
        """Return the session as it was at a version: itself for the present one, or for None.

        Raises:
            VersionNotFoundError: there is no such version.
        """
        if version is None or version == self.version:
            return self
        if not 0 <= version < self.version:
            raise VersionNotFoundError(self.session_id, version, self.version)
        earlier = SessionState(self.session_id, self._contents, self.created_at)
        for revision in self.revisions[:version]:
            earlier.apply(revision)
        return earlier

    def _changed(self, changes: Sequence[Change]) -> tuple[dict[str, Node], dict[Key, Edge]]:
        nodes, edges = dict(self.nodes), dict(self._edges)
        for change in changes:
            if state_of(nodes.get(change.node_id)) != change.before:
                raise ConflictError(
                    f"node {change.node_id!r} of session {self.session_id!r} is in another state than the change "
                    "starts from; load the session and compress again"
                )
            if change.after is None:
                del nodes[change.node_id]
                edges = {key: edge for key, edge in edges.items() if change.node_id not in key[:2]}
            else:
                text = bytes_text(self._contents(change.after.content_id))
                nodes[change.node_id] = Node.from_record(change.after.record, text)
            for edge in change.edges_removed:
                edges.pop(_key(edge), None)
            for edge in change.edges_added:
                edges.setdefault(_key(edge), edge)
        return nodes, edges


def _key(edge: Edge) -> Key:
    return (edge.source, edge.target, edge.type.value)
