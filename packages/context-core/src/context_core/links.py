"""The edges that a new node gets from its place alone.

1. TEMPORAL from the node it follows on its branch.
2. A result: TOOL_IO and CAUSAL from its call, the first call of that id not yet answered, else the latest.
3. An assistant's part: CAUSAL from the instruction in force, and from the nodes that its values came from
   (`value_flow`). Order is a cause only where no value tells one: a call then follows from what its message said just
   before it, else, as any part, from the result, or among several agents the words, that its message answers.
4. What a terminal says among several agents: CAUSAL from the message before it.

All are judged from what stands in the graph already, so appending gives the edges that reading anew gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.edge import Edge, EdgeType, UseEvidence
from context_core.node import NodeType
from context_core.value_flow import value_sources

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node

_EVIDENCE = {reason: {"reason": reason} for reason in ("instructed", "announced", "answered")}
"""One dict a reason, shared by all edges."""


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
    else:
        _join_speaker(graph, node, after)
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
    """Join an assistant's part to its causes: one edge each, with all that speaks for it as evidence."""
    sources = value_sources(graph, node)
    reasons = dict.fromkeys(sources, "used")
    if not sources:
        said = graph.said(node.message_id) if node.type is NodeType.TOOL_CALL else None
        trigger = _trigger(graph, node) if said is None else None
        reasons |= {
            cause: reason for cause, reason in ((said, "announced"), (trigger, "answered")) if cause is not None
        }
    if instruction is not None:
        reasons[instruction] = "instructed"
    for cause, reason in reasons.items():
        uses = sources.get(cause)
        evidence = UseEvidence(reason, uses) if uses else _EVIDENCE[reason]
        graph.join(Edge(cause, node.id, EdgeType.CAUSAL, evidence))


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
