"""The edges that a new node gets from its place alone.

1. TEMPORAL from the node it follows on its branch.
2. A result: TOOL_IO and CAUSAL from its call, the first call of that id not yet answered, else the latest.
3. An assistant's part: CAUSAL from what caused it, made when first asked for (`causes`).
4. What a terminal says among several agents: CAUSAL from the message before it.
5. CAUSAL from what the source itself records as causes, such as the parents of spans.

All are judged from what stands in the graph already, so appending gives the edges that reading anew gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.causes import Uncaused
from context_core.edge import EdgeType
from context_core.node import NodeType

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node


def attach(graph: ContextGraph, node: Node, after: str | None, recorded: tuple[str, ...] = ()) -> None:
    """Join a node that was just added to the graph by the edges its place gives it.

    Args:
        graph: holds `node` already, as its last one.
        node: the new node.
        after: id of the node it follows, or None where it starts a branch.
        recorded: ids of the nodes that caused it, as its source says.
    """
    if after is not None:
        graph.add_edge(after, node.id, EdgeType.TEMPORAL)
    instruction = graph.instruction(after)
    if node.type is NodeType.TOOL_RESULT:
        _join_call(graph, node)
    elif node.role == "assistant":
        graph.expect_causes(Uncaused(node, instruction, _trigger(graph, node), recorded))
        recorded = ()
    elif node.is_instruction:
        instruction = node.id
    else:
        _join_speaker(graph, node, after)
    for cause in recorded:
        graph.add_edge(cause, node.id, EdgeType.CAUSAL, reason="recorded")
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


def _trigger(graph: ContextGraph, node: Node) -> str | None:
    """Return the id of the result, or among several agents of the words, that the node's message follows, or None."""
    first = graph.node(graph.message_parts(node.message_id)[0])
    trigger = next((edge.source for edge in graph.in_edges(first.id, EdgeType.TEMPORAL)), None)
    if trigger is None:
        return None
    is_answered = graph.node(trigger).type is NodeType.TOOL_RESULT or "agent" in first.metadata
    return trigger if is_answered and not graph.node(trigger).is_system else None


def _join_speaker(graph: ContextGraph, node: Node, after: str | None) -> None:
    """Join what an agent's environment says, in a history without calls, to the message that made it say so."""
    if after is not None and "agent" in node.metadata and "reminder" in node.metadata:
        graph.add_edge(after, node.id, EdgeType.CAUSAL, reason="returned")
