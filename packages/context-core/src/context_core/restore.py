"""The way back: from a manifest and a store to the nodes as they were.

1. Each node that is asked for comes back as its original (`originals`), whatever was done to it since.
2. A node that a summary covers comes back with its call or results, and the summary goes once it covers none.
3. What the store lacks is named before anything is changed; or, on request, stays as it is while the rest comes back.

`mentioning` and `answering` find what to ask for by a name or by words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.edge import EdgeType
from context_core.node import Node, NodeType
from context_core.operations import operation
from context_core.originals import is_compressed, originals
from context_core.replace import Replacement, rewrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest
    from context_core.originals import OnMissing
    from context_core.stores import ContentStore

STRATEGY = "restore"
"""What a manifest calls the way back."""


class Restored(list[Node]):
    """The nodes that were restored, in the order of the graph, and what stays compressed.

    Attributes:
        left: for each node that was asked for and stays as it is, the id of the content that the store lacks: its
            own, or that of a call or result it would have to come back with.

    Example:
        >>> Restored([], {"m1/0": "2cf24dba…"}).left
        {'m1/0': '2cf24dba…'}
    """

    def __init__(self, nodes: Iterable[Node], left: Mapping[str, str]) -> None:
        super().__init__(nodes)
        self.left = dict(left)


def restore(
    graph: ContextGraph,
    manifest: Manifest,
    store: ContentStore,
    node_ids: Iterable[str] | None = None,
    *,
    on_missing: OnMissing = "raise",
) -> Restored:
    """Put nodes back to their originals, in place and all or none.

    Args:
        graph: the compressed graph.
        manifest: what was changed.
        store: holds the contents.
        node_ids: node ids or references, those of summaries too; all that the manifest names unless given.
        on_missing: ``skip`` to restore the rest where the store lacks contents; calls and results stay together.

    Returns:
        The restored nodes in the order of the graph; those that were their original already are left out. Its
        attribute ``left`` says which nodes could not be restored.

    Raises:
        UnknownReferenceError: an entry is neither a node of the graph nor a reference of the manifest.
        ContentNotFoundError: the store lacks contents; it names them, and nothing was changed.
        ContentCorruptedError: a content was tampered with; nothing was changed, missing contents skipped or not.
    """
    with operation("restore", graph.session_id) as running:
        steps, left = _steps(graph, manifest, store, node_ids, on_missing)
        rewrite(graph, steps)
        running.note(nodes=len(steps), missing=len(left))
    return Restored((step.after for step in steps if step.after is not None), left)


def restoration(
    graph: ContextGraph,
    manifest: Manifest,
    store: ContentStore,
    node_ids: Iterable[str] | None = None,
    *,
    on_missing: OnMissing = "raise",
) -> list[Replacement]:
    """Return the steps that `restore` would take, changing nothing; raises as it does."""
    return _steps(graph, manifest, store, node_ids, on_missing)[0]


def _steps(
    graph: ContextGraph,
    manifest: Manifest,
    store: ContentStore,
    node_ids: Iterable[str] | None,
    on_missing: OnMissing,
) -> tuple[list[Replacement], dict[str, str]]:
    found, lost = originals(manifest, store, _wanted(graph, manifest, node_ids), on_missing)
    left = {partner: content for name, content in lost.items() for partner in _together(graph, name)} | lost
    steps = [_step(graph, node) for node_id, node in found.items() if node_id not in left]
    return steps + _emptied(graph, steps), {name: left[name] for name in sorted(left, key=graph.position)}


def _wanted(graph: ContextGraph, manifest: Manifest, node_ids: Iterable[str] | None) -> list[str]:
    """Return the ids of the nodes to restore, in the order of the graph, without summaries."""
    if node_ids is None:
        named = set(manifest.node_ids)
    else:
        named = {name if name in graph else manifest.find(name) for name in node_ids}
    for name in list(named):
        named.update(manifest.covered(name))
    for name in list(named):
        named.update(_together(graph, name))
    known = set(manifest.node_ids)
    changed = (name for name in named if name in known and is_compressed(graph, manifest, name))
    return sorted(changed, key=graph.position)


def _together(graph: ContextGraph, node_id: str) -> set[str]:
    """Return the nodes that come back with a folded one: where it is of a call, the call and all its results."""
    node = graph.node(node_id) if node_id in graph else None
    if node is None or "folded" not in node.metadata:
        return set()
    calls = {node_id} if node.type is NodeType.TOOL_CALL else set[str]()
    calls.update(edge.source for edge in graph.in_edges(node_id, EdgeType.TOOL_IO))
    return calls | {edge.target for call in calls for edge in graph.out_edges(call, EdgeType.TOOL_IO)}


def _step(graph: ContextGraph, then: Node) -> Replacement:
    covers = tuple(graph.in_edges(then.id, EdgeType.SUMMARIZES))
    now = graph.node(then.id)
    return Replacement(now, then.evolve(pinned=now.pinned), STRATEGY, "lossless", edges_removed=covers)


def _emptied(graph: ContextGraph, steps: list[Replacement]) -> list[Replacement]:
    """Return the removal of each summary that covers nothing after the steps."""
    uncovered = {(edge.source, edge.target) for step in steps for edge in step.edges_removed}
    removals: list[Replacement] = []
    for summary in dict.fromkeys(source for source, _ in uncovered):
        left = (edge for edge in graph.out_edges(summary, EdgeType.SUMMARIZES))
        if all((edge.source, edge.target) in uncovered for edge in left):
            removals.append(Replacement(graph.node(summary), None, STRATEGY, "lossless"))
    return removals
