"""From nodes and edges to a graph, and from a graph to bytes that two equal ones share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.edge import EdgeType
from context_core.gc_pause import gc_paused
from context_core.graph import ContextGraph
from context_core.json_text import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core.edge import Edge
    from context_core.node import Node
    from context_core.tokens import TokenCounter
    from context_core.value_index import Originals


def assemble(
    session_id: str,
    nodes: Iterable[Node],
    edges: Iterable[Edge],
    *,
    counter: TokenCounter | None = None,
    originals: Originals | None = None,
) -> ContextGraph:
    """Return the graph of stored nodes and edges.

    Args:
        session_id: the graph's.
        nodes: in the order in which they were added, each as it is now.
        edges: in the order in which they were added.
        counter: counts the tokens of what is added later.
        originals: given ids of nodes that compression changed, returns these nodes as they were appended. Asked once,
            when the values of the graph are first asked for: what is appended then is joined to its causes as if
            nothing had been compressed. Without it, only what still stands in the nodes is known.
    """
    graph = ContextGraph(session_id, counter=counter, originals=originals)
    with gc_paused():
        for node in nodes:
            graph.add(node)
        for edge in edges:
            graph.join(edge)
        for node in graph.nodes():
            after = next((edge.source for edge in graph.in_edges(node.id, EdgeType.TEMPORAL)), None)
            graph.set_instruction(node.id, node.id if node.is_instruction else graph.instruction(after))
    return graph


def graph_bytes(graph: ContextGraph) -> bytes:
    """Return a graph's nodes, edges and contents as canonical bytes: equal graphs give equal bytes.

    Example:
        >>> one, two = ContextGraph("s"), ContextGraph("s")
        >>> _ = one.add_message("user", "hi"), two.add_message("user", "hi")
        >>> graph_bytes(one) == graph_bytes(two)
        True
    """
    nodes = [{**node.to_record(), "content": node.content} for node in graph.nodes()]
    edges = sorted((edge.to_record() for edge in graph.edges()), key=canonical)
    return canonical({"session": graph.session_id, "nodes": nodes, "edges": edges})
