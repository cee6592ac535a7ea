"""The edges that a new node gets from its place alone.

1. TEMPORAL from the node it follows on its branch.
2. A result: TOOL_IO and CAUSAL from its call, the first call of that id not yet answered, else the latest.
3. An assistant's part: CAUSAL from the instruction in force, from the result that its message answers, and, for a
   call, from what the same message said just before it.

All are judged from what stands in the graph already, so appending gives the edges that reading anew gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.edge import EdgeType
from context_core.node import NodeType

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node


def attach(graph: ContextGraph, node: Node, after: str | None) -> None:
    """Join a node that was just added to the graph by the edges its place gives it.

    Args:
        graph: holds `node` already.
        node: the new node.
        after: id of the node it follows, or None where it starts a branch.
    """
    if after is not None:
        graph.add_edge(after, node.id, EdgeType.TEMPORAL)
    instruction = graph.instruction(after)
    if node.type is NodeType.TOOL_RESULT:
        _join_call(graph, node)
    elif node.role == "assistant":
        _join_causes(graph, node, instruction)
    elif node.is_instruction:
        instruction = node.id
    graph.set_instruction(node.id, instruction)


def _join_call(graph: ContextGraph, result: Node) -> None:
    calls = graph.calls(result.call_id) if result.call_id is not None else ()
    if not calls:
        return
    if "block" in result.metadata:
        call = _call_of_first_block(graph, result) or calls[-1]
    else:
        call = (graph.open_call(result.call_id) if result.call_id is not None else None) or calls[-1]
    graph.add_edge(call, result.id, EdgeType.TOOL_IO)
    graph.add_edge(call, result.id, EdgeType.CAUSAL, reason="returned")


def _call_of_first_block(graph: ContextGraph, result: Node) -> str | None:
    """Return the call that the result's earlier blocks were joined to."""
    for part in reversed(graph.message_parts(result.message_id)):
        if part != result.id and graph.node(part).call_id == result.call_id:
            return next((edge.source for edge in graph.in_edges(part, EdgeType.TOOL_IO)), None)
    return None


def _join_causes(graph: ContextGraph, node: Node, instruction: str | None) -> None:
    if instruction is not None:
        graph.add_edge(instruction, node.id, EdgeType.CAUSAL, reason="instructed")
    parts = graph.message_parts(node.message_id)
    trigger = next((edge.source for edge in graph.in_edges(parts[0], EdgeType.TEMPORAL)), None)
    if trigger is not None and graph.node(trigger).type is NodeType.TOOL_RESULT:
        graph.add_edge(trigger, node.id, EdgeType.CAUSAL, reason="answered")
    if node.type is NodeType.TOOL_CALL:
        said = graph.said(node.message_id)
        if said is not None:
            graph.add_edge(said, node.id, EdgeType.CAUSAL, reason="announced")
