"""What happened when: the nodes of a session in the order of time, all or those about one thing."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from context_core.mentions import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        return _in_time(nodes)
    first, last = -float("inf") if since is None else since, float("inf") if until is None else until
    timed = (node for node in nodes if node.created_at is not None and first <= node.created_at <= last)
    return _in_time(timed)


def _in_time(nodes: Iterable[Node]) -> list[Node]:
    """Return nodes by their times; one without a time stays behind the node it is told after."""
    timed: list[tuple[float, Node]] = []
    at = -float("inf")
    for node in nodes:
        at = at if node.created_at is None else node.created_at
        timed.append((at, node))
    return [node for _, node in sorted(timed, key=itemgetter(0))]
