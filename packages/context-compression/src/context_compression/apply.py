"""Apply: a filled plan becomes one transaction on the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import Change, ContentStore, Edge, EdgeType, Node, NodeType, Replacement, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_compression.candidate import Candidate
    from context_compression.plan import Plan
    from context_core import ContextGraph


def apply(plan: Plan, graph: ContextGraph, store: ContentStore) -> list[Change]:
    """Carry out a plan, all or nothing; return the changes for the manifest.

    Raises:
        ConflictError: the graph is in another state than the plan was made on; nothing was changed.
    """
    return replace(graph, [step for candidate in plan.candidates for step in steps(candidate, graph)], store)


def steps(candidate: Candidate, graph: ContextGraph) -> Iterator[Replacement]:
    """Yield the replacements of one candidate, in the order in which to apply them."""
    strategy, tier = candidate.strategy, candidate.tier.label
    if not candidate.is_summary:
        yield Replacement(candidate.nodes[0], candidate.after, strategy, tier)
        return
    covered = [node for each in candidate.nodes for node in _covered(each, graph)]
    edges = tuple(Edge(candidate.after.id, node.id, EdgeType.SUMMARIZES) for node in covered)
    yield Replacement(None, candidate.after, strategy, tier, edges_added=edges)
    for node in candidate.nodes:
        if node.type is NodeType.SUMMARY:
            yield Replacement(node, None, strategy, tier, edges_removed=tuple(graph.out_edges(node.id)))
        else:
            yield Replacement(node, _folded(node), strategy, tier)


def _covered(node: Node, graph: ContextGraph) -> list[Node]:
    """Return the node, or, for a summary, the nodes that it stands for."""
    if node.type is not NodeType.SUMMARY:
        return [node]
    return [graph.node(edge.target) for edge in graph.out_edges(node.id, EdgeType.SUMMARIZES)]


def _folded(node: Node) -> Node:
    """Return what is left of a node in the graph while a summary stands for it: its place and its edges."""
    kept = {key: node.metadata[key] for key in ("message", "thread", "reminder", "block") if key in node.metadata}
    return node.evolve(content="", tokens=0, metadata={**kept, "folded": True})
