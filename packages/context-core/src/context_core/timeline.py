"""What happened when: the nodes of a session in the order of time, all or those about one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.mentions import mentions

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node


def timeline(
    graph: ContextGraph, entity: str | None = None, *, since: float | None = None, until: float | None = None
) -> list[Node]:
    """Return nodes in the order of time.

    Where the transcript gives no time, the order in which it tells things is the order of time.

    Args:
        graph: the graph.
        entity: only nodes that mention it, under any of its names.
        since: seconds since the epoch; nodes without a time are left out where it, or `until`, is given.
        until: seconds since the epoch, included.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "fix ORD-48213"), graph.add_message("assistant", "fixed")
        >>> [node.content for node in timeline(graph, "ORD-48213")]
        ['fix ORD-48213']
    """
    nodes = graph.nodes() if entity is None else (mention.node for mention in mentions(graph, entity))
    if since is None and until is None:
        return list(nodes)
    first, last = -float("inf") if since is None else since, float("inf") if until is None else until
    timed = [node for node in nodes if node.created_at is not None and first <= node.created_at <= last]
    return sorted(timed, key=lambda node: (node.created_at or 0.0, graph.position(node.id)))
