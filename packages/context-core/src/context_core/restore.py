"""The way back: from a manifest and a store to the nodes as they were.

1. A node's original is its state before its first change; steps between are skipped, so nesting costs nothing.
2. A node that a summary covers comes back with its call or results, and the summary goes once it covers none.
3. What the store lacks is named before anything is changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.edge import EdgeType
from context_core.errors import ContentNotFoundError
from context_core.hashing import bytes_text
from context_core.node import Node, NodeType
from context_core.replace import Replacement, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest
    from context_core.stores import ContentStore

STRATEGY = "restore"
"""What a manifest calls the way back."""


def restore(
    graph: ContextGraph, manifest: Manifest, store: ContentStore, node_ids: Iterable[str] | None = None
) -> list[Node]:
    """Put nodes back to their originals, in place and all or none.

    Args:
        graph: the compressed graph.
        manifest: what was changed.
        store: holds the contents.
        node_ids: node ids or references, those of summaries too; all that the manifest names unless given.

    Returns:
        The restored nodes in the order of the graph; those that were their original already are left out.

    Raises:
        NodeNotFoundError: the graph has no such node.
        UnknownReferenceError: an entry is neither a node of the graph nor a reference of the manifest.
        ContentNotFoundError: the store lacks contents; it names them, and nothing was changed.
        ContentCorruptedError: a content was tampered with; nothing was changed.
    """
    steps = restoration(graph, manifest, store, node_ids)
    rewrite(graph, steps)
    return [step.after for step in steps if step.after is not None]


def restoration(
    graph: ContextGraph, manifest: Manifest, store: ContentStore, node_ids: Iterable[str] | None = None
) -> list[Replacement]:
    """Return the steps that `restore` would take, changing nothing; raises as it does."""
    wanted = _wanted(graph, manifest, node_ids)
    steps: list[Replacement] = []
    missing: list[str] = []
    for node_id in wanted:
        try:
            step = _step(graph, manifest, store, node_id)
        except ContentNotFoundError as error:
            missing += error.content_ids
            continue
        if step is not None:
            steps.append(step)
    if missing:
        raise ContentNotFoundError(*dict.fromkeys(missing))
    return steps + _emptied(graph, steps)


def expand(manifest: Manifest, store: ContentStore, reference: str) -> str:
    """Return the original text that a reference stands for; for a summary's, of all that it covers.

    Args:
        manifest: what was changed.
        store: holds the contents.
        reference: a reference, or the id of a node.

    Raises:
        UnknownReferenceError: no change in the manifest carries the reference.
        ContentNotFoundError: the store lacks the content.
    """
    node_id = reference if reference in manifest else manifest.find(reference)
    covered = manifest.covered(node_id)
    if not covered:
        return original(manifest, store, node_id).content
    nodes = [original(manifest, store, each) for each in covered]
    return "\n\n".join(f"[{_heading(node)}]\n{node.content}" for node in nodes)


def original(manifest: Manifest, store: ContentStore, node_id: str) -> Node:
    """Return a node as it was before its first change.

    Raises:
        UnknownReferenceError: the manifest does not know the node, or compression itself added it.
        ContentNotFoundError: the store lacks its content.
    """
    state = manifest.original(node_id)
    if state is None:
        return _added(manifest, store, node_id)
    return Node.from_record(state.record, bytes_text(store.get(state.content_id)))


def _added(manifest: Manifest, store: ContentStore, node_id: str) -> Node:
    state = next(change.after for change in manifest.changes if change.node_id == node_id and change.after)
    return Node.from_record(state.record, bytes_text(store.get(state.content_id)))


def _heading(node: Node) -> str:
    if node.type is NodeType.TOOL_CALL:
        return f"assistant calls {node.tool_name}"
    return "result" if node.type is NodeType.TOOL_RESULT else node.role


def _wanted(graph: ContextGraph, manifest: Manifest, node_ids: Iterable[str] | None) -> list[str]:
    """Return the ids of the nodes to restore, in the order of the graph, without summaries."""
    if node_ids is None:
        named = set(manifest.node_ids)
    else:
        named = {name if name in graph else manifest.find(name) for name in node_ids}
    for name in list(named):
        named.update(manifest.covered(name))
    for name in list(named):
        if name in graph and "folded" in graph.node(name).metadata:
            named.update(_pair(graph, name))
    known = set(manifest.node_ids)
    kept = (name for name in named if name in graph and name in known)
    return sorted((n for n in kept if graph.node(n).type is not NodeType.SUMMARY), key=graph.position)


def _pair(graph: ContextGraph, node_id: str) -> set[str]:
    """Return the call and all its results, where the node is one of them."""
    node = graph.node(node_id)
    calls = {node_id} if node.type is NodeType.TOOL_CALL else set[str]()
    calls.update(edge.source for edge in graph.in_edges(node_id, EdgeType.TOOL_IO))
    return calls | {edge.target for call in calls for edge in graph.out_edges(call, EdgeType.TOOL_IO)}


def _step(graph: ContextGraph, manifest: Manifest, store: ContentStore, node_id: str) -> Replacement | None:
    now, then = graph.node(node_id), original(manifest, store, node_id)
    if now == then:
        return None
    covers = tuple(graph.in_edges(node_id, EdgeType.SUMMARIZES))
    return Replacement(now, then, STRATEGY, "lossless", edges_removed=covers)


def _emptied(graph: ContextGraph, steps: list[Replacement]) -> list[Replacement]:
    """Return the removal of each summary that covers nothing after the steps."""
    uncovered = {(edge.source, edge.target) for step in steps for edge in step.edges_removed}
    removals: list[Replacement] = []
    for summary in dict.fromkeys(source for source, _ in uncovered):
        left = (edge for edge in graph.out_edges(summary, EdgeType.SUMMARIZES))
        if all((edge.source, edge.target) in uncovered for edge in left):
            removals.append(Replacement(graph.node(summary), None, STRATEGY, "lossless"))
    return removals
