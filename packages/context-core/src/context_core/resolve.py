"""Resolve: from what a model or a person names to the node of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.errors import UnknownReferenceError
from context_core.node import NodeType

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest


def resolve(graph: ContextGraph, manifest: Manifest, name: str) -> str:
    """Return the id of the node that a reference, or a node's id, names; that of a summary that is gone, too.

    Args:
        graph: the session.
        manifest: what was changed; it knows the references of summaries that have been folded into others since.
        name: a reference as prompts show it, or a node's id.

    Raises:
        UnknownReferenceError: the session never showed it.

    Example:
        >>> from context_core import ContextGraph, Manifest
        >>> graph = ContextGraph("s")
        >>> node = graph.add_message("user", "hi")
        >>> resolve(graph, Manifest("s"), graph.reference(node.id)) == node.id
        True
    """
    if name in graph:
        return name
    found = graph.find(name)
    if found is not None and graph.node(found).type is not NodeType.SUMMARY:
        return found
    try:
        return manifest.find(name)
    except UnknownReferenceError:
        raise UnknownReferenceError(name, f"session {graph.session_id!r} never showed it") from None
