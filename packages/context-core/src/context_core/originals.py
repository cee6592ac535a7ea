"""Originals: what nodes were before compression first changed them.

1. A node's original is its state before its first change; steps between are skipped, so nesting costs nothing.
2. Bytes that do not hash to the id in the manifest are refused, whatever the store says of them.
3. What a store lacks is told for all nodes at once: nobody wants to hear of a hundred losses one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from context_core.errors import ContentNotFoundError, ManifestError
from context_core.hashing import bytes_text
from context_core.node import Node, NodeType
from context_core.replace import state_of
from context_core.stores import verified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest, State
    from context_core.stores import ContentStore

    OnMissing = Literal["raise", "skip"]


def original(manifest: Manifest, store: ContentStore, node_id: str) -> Node:
    """Return a node as it was before its first change; a summary as it was written.

    Raises:
        UnknownReferenceError: the manifest does not know the node.
        ContentNotFoundError: the store lacks its content.
        ContentCorruptedError: its content was tampered with.
        ManifestError: its content is no text, or its record no node's.
    """
    state = manifest.original(node_id)
    return _node(node_id, state if state is not None else _added(manifest, node_id), store)


def originals(
    manifest: Manifest, store: ContentStore, node_ids: Iterable[str], on_missing: OnMissing = "raise"
) -> tuple[dict[str, Node], dict[str, str]]:
    """Return the originals of nodes, and what is missing.

    Args:
        manifest: what was changed.
        store: holds the contents.
        node_ids: nodes that the manifest knows.
        on_missing: ``skip`` to go on where the store lacks a content.

    Returns:
        The originals by node id, and for each node whose content the store lacks, the content's id.

    Raises:
        ContentNotFoundError: the store lacks contents, unless they are to be skipped; it names all of them.
        ValueError: `on_missing` is neither ``raise`` nor ``skip``.
    """
    if on_missing not in ("raise", "skip"):
        raise ValueError(f"got on_missing={on_missing!r}; expected 'raise' or 'skip'")
    found: dict[str, Node] = {}
    lost: dict[str, str] = {}
    for node_id in node_ids:
        try:
            found[node_id] = original(manifest, store, node_id)
        except ContentNotFoundError as error:
            lost[node_id] = error.content_ids[0]
    if lost and on_missing == "raise":
        raise ContentNotFoundError(*dict.fromkeys(lost.values()), node_ids=tuple(lost))
    return found, lost


def compressed_originals(
    graph: ContextGraph, manifest: Manifest, store: ContentStore, on_missing: OnMissing = "raise"
) -> list[Node]:
    """Return the originals of the nodes that stand compressed in a graph, in its order; of summaries none.

    Raises:
        ContentNotFoundError: the store lacks contents, unless they are to be skipped.
    """
    wanted = sorted((name for name in manifest.node_ids if is_compressed(graph, manifest, name)), key=graph.position)
    return list(originals(manifest, store, wanted, on_missing)[0].values())


def is_compressed(graph: ContextGraph, manifest: Manifest, node_id: str) -> bool:
    """Return whether a node of the manifest stands in a graph in another state than its original; of a summary False.

    No content is fetched: the node's own hash tells it.
    """
    if node_id not in graph or graph.node(node_id).type is NodeType.SUMMARY:
        return False
    then = manifest.original(node_id)
    is_pinned = then is not None and then.record.get("pinned", False)  # a pin is no compression
    return state_of(graph.node(node_id).evolve(pinned=is_pinned)) != then


def _added(manifest: Manifest, node_id: str) -> State:
    return next(change.after for change in manifest.changes if change.node_id == node_id and change.after)


def _node(node_id: str, state: State, store: ContentStore) -> Node:
    content = verified(state.content_id, store.get(state.content_id))
    try:
        return Node.from_record(state.record, bytes_text(content))
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestError(
            f"the original of node {node_id!r} is damaged: {error!r}; expected a node's record and a text"
        ) from error
