"""A conversation as it was said: each compressed part gives way to its original, and what nobody said goes."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from context_core import EdgeType, NodeType, Window, assemble, window
from context_core.originals import is_compressed, originals

if TYPE_CHECKING:
    from context_core import ContentStore, ContextGraph, Manifest


def as_said(graph: ContextGraph, manifest: Manifest, store: ContentStore) -> Window:
    """Return the window of a graph before all compression, without notes in the place of missing results.

    Args:
        graph: in its present state; it is not changed.
        manifest: what was changed.
        store: holds the originals.

    Raises:
        ContentNotFoundError: the store lacks originals; it names all of them.

    Example:
        >>> from context_core import MemoryContentStore, Manifest, replace
        >>> from context_core.testing.examples import example_graph, summary
        >>> graph, store = example_graph(), MemoryContentStore()
        >>> before = [node.content for node in graph.nodes()]
        >>> manifest = Manifest("example", replace(graph, summary(graph), store))
        >>> [node.content for node in as_said(graph, manifest, store)] == before
        True
    """
    compressed = [name for name in manifest.node_ids if is_compressed(graph, manifest, name)]
    found, _ = originals(manifest, store, compressed)
    said = {node.id: found.get(node.id, node) for node in graph.nodes() if node.type is not NodeType.SUMMARY}
    # The edges that a window follows; those of causes would first have to be made.
    edges = chain(graph.edges(EdgeType.TEMPORAL), graph.edges(EdgeType.TOOL_IO))
    joined = (edge for edge in edges if edge.source in said and edge.target in said)
    shown = window(assemble(graph.session_id, said.values(), joined))
    return replace(shown, unanswered=(), repair_tokens=0)
