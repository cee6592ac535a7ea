"""Which compressed nodes have most to do with a query: what to restore to answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.originals import compressed_originals
from context_core.relevance import relevance

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest
    from context_core.originals import OnMissing
    from context_core.relevance import Scorer
    from context_core.stores import ContentStore


def answering(
    graph: ContextGraph,
    manifest: Manifest,
    store: ContentStore,
    query: str,
    *,
    limit: int = 5,
    scorer: Scorer | None = None,
    on_missing: OnMissing = "raise",
) -> list[str]:
    """Return the ids of the compressed nodes whose originals are most relevant to a query, the best first.

    Args:
        graph: the compressed graph.
        manifest: what was changed.
        store: holds the contents.
        query: a task, a question or words.
        limit: ids at most; nodes that have nothing to do with the query are never among them.
        scorer: as `relevance` takes it.
        on_missing: ``skip`` to pass over nodes whose content the store lacks, as nobody knows what they said.

    Raises:
        ContentNotFoundError: the store lacks contents, unless they are to be skipped.
        ValueError: the limit is below 1.

    Example:
        >>> from context_core import ContextGraph, Manifest, MemoryContentStore, Replacement, replace
        >>> graph, store = ContextGraph("s"), MemoryContentStore()
        >>> nodes = [graph.add_message("user", text) for text in ("the build is slow", "the tests fail", "thanks")]
        >>> short = [Replacement(node, node.evolve(content="…"), "by hand", "lossless") for node in nodes]
        >>> manifest = Manifest("s", replace(graph, short, store))
        >>> answering(graph, manifest, store, "why do tests fail?") == [nodes[1].id]
        True
    """
    if limit < 1:
        raise ValueError(f"got limit={limit}; expected at least 1")
    nodes = compressed_originals(graph, manifest, store, on_missing)
    ranked = sorted(zip(relevance(nodes, query, scorer), nodes, strict=True), key=lambda pair: -pair[0])
    return [node.id for score, node in ranked[:limit] if score > 0]
