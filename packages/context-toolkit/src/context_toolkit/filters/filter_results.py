"""filter_results: results of a graph as a filter leaves them, as one journaled transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import NodeType, Replacement, part_tokens, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core import Change, ContentStore, ContextGraph, Node
    from context_toolkit.filters.result_filter import ResultFilter

STRATEGY = "filter-results"
"""What a manifest calls it."""
_DROPPED = ("fields", "envelope")
"""Fields of a text that say nothing true of another text."""
_FEWEST_TOKENS = 20
"""Tokens that must be saved, the mark included, for a result to be changed."""


def filter_results(
    graph: ContextGraph, nodes: Iterable[Node], store: ContentStore, result_filter: ResultFilter
) -> list[Change]:
    """Leave out of tool results what a filter leaves out; return the changes for the manifest.

    Call it with the nodes that were just appended, before the next prompt is made: then what a provider caches never
    changes. Nodes that are no text of a result, are compressed or pinned, or would gain nothing are passed over.

    Args:
        graph: changed in place.
        nodes: the nodes to look at.
        store: keeps the originals, written first; references in the marks lead to them.
        result_filter: says what to leave out.

    Example:
        >>> from context_core import ContextGraph, Manifest, MemoryContentStore, restore
        >>> from context_toolkit import ResultFilter
        >>> graph, store = ContextGraph("s"), MemoryContentStore()
        >>> call = graph.add_tool_call("orders", {})
        >>> rows = [{"id": number, "note": None, "etag": "9f86d081884c7d65", "shop": "north"} for number in range(9)]
        >>> result = graph.add_tool_result(call.id, rows)
        >>> changes = filter_results(graph, [result], store, ResultFilter())
        >>> graph.node(result.id).tokens < result.tokens / 2
        True
        >>> restore(graph, Manifest("s", changes), store) == [result]
        True
    """
    steps = [step for node in nodes if (step := _step(graph, node, result_filter)) is not None]
    return replace(graph, steps, store) if steps else []


def _step(graph: ContextGraph, node: Node, result_filter: ResultFilter) -> Replacement | None:
    node = graph.node(node.id)
    if node.type is not NodeType.TOOL_RESULT or node.kind != "text" or node.elided is not None or node.pinned:
        return None
    if "folded" in node.metadata:
        return None
    filtered = result_filter.filtered(node.content, _tool(graph, node))
    if not filtered.done:
        return None
    reference = graph.reference_of(node)
    content = f"[without {', '.join(filtered.done)}; expand {reference}]\n{filtered.text}"
    tokens = part_tokens(graph.counter, content, tool_name=node.tool_name, call_id=node.call_id)
    if node.tokens - tokens < _FEWEST_TOKENS:
        return None
    kept = {key: value for key, value in node.metadata.items() if key not in _DROPPED}
    metadata = {**kept, "elided": reference, "original_tokens": node.tokens}
    return Replacement(node, node.evolve(content=content, tokens=tokens, metadata=metadata), STRATEGY, "lossless")


def _tool(graph: ContextGraph, result: Node) -> str | None:
    """Return the name of the tool that a result is of, which some formats note on the call alone."""
    if result.tool_name is not None:
        return result.tool_name
    calls = (graph.node(edge.source) for edge in graph.in_edges(result.id) if edge.type.value == "tool_io")
    return next((call.tool_name for call in calls), None)
