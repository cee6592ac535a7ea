"""What the agent's tools look at: a session's graph, manifest and store, and a way to pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from context_core import Manifest, pin, resolve

if TYPE_CHECKING:
    from context_core import ContentStore, ContextGraph, Node


@runtime_checkable
class Session(Protocol):
    """A session; a `ContextEngine` is one, and so is a `View`."""

    @property
    def graph(self) -> ContextGraph:
        """The graph as it is now."""
        ...

    @property
    def manifest(self) -> Manifest:
        """What was compressed so far."""
        ...

    @property
    def store(self) -> ContentStore:
        """Where the originals are."""
        ...

    def pin(self, reference: str) -> Node:
        """Let compression leave a node as it is from now on; return the node.

        Raises:
            UnknownReferenceError: the session has no such reference.
            ValueError: it is a summary's.
        """
        ...


@runtime_checkable
class Refreshable(Protocol):
    """A session that others write to, too."""

    def refresh(self) -> None:
        """Take up what they have written, or erased."""
        ...


class View:
    """A session made of its parts, for who has no engine.

    Args:
        graph: the graph.
        manifest: what was compressed; nothing unless given.
        store: where the originals are; needed once something was compressed.

    Example:
        >>> from context_core import ContextGraph, MemoryContentStore
        >>> view = View(ContextGraph("s"), Manifest("s"), MemoryContentStore())
        >>> node = view.graph.add_message("user", "keep this")
        >>> view.pin(node.id).pinned
        True
    """

    def __init__(self, graph: ContextGraph, manifest: Manifest, store: ContentStore) -> None:
        self.graph = graph
        self.manifest = manifest
        self.store = store

    def pin(self, reference: str) -> Node:
        """Let compression leave a node as it is from now on; its manifest then has one change more."""
        node_id = resolve(self.graph, self.manifest, reference)
        self.manifest = self.manifest.extended(pin(self.graph, self.manifest, self.store, [node_id]))
        return self.graph.node(node_id)
