"""Pin: what compression must leave as it is from now on; a compressed node is put back first.

A pin is a change like any other: journaled, in the manifest, and so kept by a store's `commit`. It is nobody's to undo
but `unpin`'s: restoring brings back what a node said, not whether it was pinned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.replace import Replacement, replace
from context_core.restore import restoration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core.graph import ContextGraph
    from context_core.manifest import Change, Manifest
    from context_core.stores import ContentStore

STRATEGY = "pin"
"""What a manifest calls it."""


def pin(graph: ContextGraph, manifest: Manifest, store: ContentStore, node_ids: Iterable[str]) -> list[Change]:
    """Pin nodes, all or none; return the changes for the manifest.

    A compressed one is put back to its original, with the call or results that belong to it.

    Args:
        graph: changed in place.
        manifest: what was changed before.
        store: holds the contents.
        node_ids: nodes of the graph, other than summaries.

    Raises:
        NodeNotFoundError: there is no such node.
        ValueError: a node is a summary: pin what it stands for.
        ContentNotFoundError: the store lacks what a node said; nothing was changed.

    Example:
        >>> from context_core import ContextGraph, Manifest, MemoryContentStore
        >>> graph = ContextGraph("s")
        >>> node = graph.add_message("user", "never touch src/legacy")
        >>> _ = pin(graph, Manifest("s"), MemoryContentStore(), [node.id])
        >>> graph.node(node.id).pinned
        True
    """
    wanted = _nodes(graph, node_ids)
    back = {step.node.id: step for step in restoration(graph, manifest, store, wanted)} if len(manifest) else {}
    steps: list[Replacement] = []
    for node_id in dict.fromkeys((*back, *wanted)):
        step = back.get(node_id)
        before = step.before if step is not None else graph.node(node_id)
        after = step.after if step is not None else before
        if after is not None and node_id in wanted:
            after = after.evolve(pinned=True)
        if before != after:
            removed = step.edges_removed if step is not None else ()
            steps.append(Replacement(before, after, STRATEGY, "lossless", edges_removed=removed))
    return replace(graph, steps, store)


def unpin(graph: ContextGraph, store: ContentStore, node_ids: Iterable[str]) -> list[Change]:
    """Take the pins of nodes away, all or none; return the changes for the manifest.

    Raises:
        NodeNotFoundError: there is no such node.
        ValueError: a node is a summary.
    """
    nodes = (graph.node(node_id) for node_id in _nodes(graph, node_ids))
    steps = [Replacement(node, node.evolve(pinned=False), STRATEGY, "lossless") for node in nodes if node.pinned]
    return replace(graph, steps, store)


def _nodes(graph: ContextGraph, node_ids: Iterable[str]) -> dict[str, None]:
    wanted = dict.fromkeys(node_ids)
    summaries = set(graph.summaries())
    for node_id in wanted:
        graph.node(node_id)
        if node_id in summaries:
            raise ValueError(f"got {node_id!r}, a summary; expected what it stands for: manifest.covered() names it")
    return wanted
