"""A conversation stands in a row: each part follows the one that the store took before it.

A session's graph may branch, and a branch that is not the current one stands in no prompt. In a conversation that would
lose what was said. `ConversationMemory` makes no branch, but another writer to its session may, and so does one that
wrote behind words which were erased in that moment.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from context_core import EdgeType, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core import ContextGraph, Edge, Node, Revision


def line_up(graph: ContextGraph, nodes: Iterable[Node], after: str | None = None) -> None:
    """Let each node follow the one before it, in place; summaries and side chains stay where they are.

    Args:
        graph: holds the nodes.
        nodes: nodes of the graph, in its order.
        after: id of the node before the first of them.

    Example:
        >>> from context_core import ContextGraph, Node, window
        >>> graph = ContextGraph("s")
        >>> _ = [graph.add(Node(name, NodeType.MESSAGE, "user", name, 5)) for name in ("one", "two")]
        >>> line_up(graph, list(graph.nodes()))
        >>> [node.content for node in window(graph)]
        ['one', 'two']
    """
    for node in nodes:
        if node.type is NodeType.SUMMARY or "thread" in node.metadata:
            continue
        edges = list(graph.in_edges(node.id, EdgeType.TEMPORAL))
        if after is not None and [edge.source for edge in edges] != [after]:
            for edge in edges:
                graph.remove_edge(edge)
            graph.add_edge(after, node.id, EdgeType.TEMPORAL)
            graph.set_instruction(node.id, node.id if node.is_instruction else graph.instruction(after))
        after = node.id


def take_in(graph: ContextGraph, revision: Revision) -> None:
    """Add to a graph what another writer appended, in place, and line it up.

    Args:
        graph: in the state before the revision.
        revision: of nodes and edges; it must not hold changes.
    """
    entering: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in revision.edges:
        entering[edge.target].append(edge)
    after = graph.leaf
    for node in revision.nodes:
        graph.add(node)
        _join(graph, entering.pop(node.id, ()))
        before = next((edge.source for edge in graph.in_edges(node.id, EdgeType.TEMPORAL)), None)
        graph.set_instruction(node.id, node.id if node.is_instruction else graph.instruction(before))
    for edges in entering.values():
        _join(graph, edges)
    line_up(graph, revision.nodes, after)


def _join(graph: ContextGraph, edges: Iterable[Edge]) -> None:
    for edge in edges:
        if edge.source in graph and edge.target in graph:  # an end may be a summary that was removed
            graph.join(edge)
