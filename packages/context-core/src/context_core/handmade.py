"""Nodes from what a user of the package says, each with the id that its place in the graph gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.errors import ConflictError
from context_core.hashing import chain_id, text_bytes
from context_core.json_text import dumps, json_object
from context_core.node import Node, NodeType
from context_core.tokens import part_tokens

if TYPE_CHECKING:
    from context_core.graph import ContextGraph


def message_node(graph: ContextGraph, role: str, content: str, *, pinned: bool, created_at: float | None) -> Node:
    """Return the node of a text message that follows the graph's leaf."""
    node_id = chain_id(graph.leaf, text_bytes(role), text_bytes(content)) + "/0"
    tokens = part_tokens(graph.counter, content)
    return Node(node_id, NodeType.MESSAGE, role, content, tokens, pinned=pinned, created_at=created_at)


def call_node(
    graph: ContextGraph,
    tool_name: str,
    arguments: dict[str, Any] | str,
    *,
    call_id: str | None,
    created_at: float | None,
) -> Node:
    """Return the node of a call; it joins the assistant's message at the graph's leaf, where there is one."""
    content = json_object(arguments)
    digest = chain_id(graph.leaf, text_bytes(tool_name), text_bytes(content), text_bytes(call_id or ""))
    call_id = call_id or f"call_{digest[:12]}"
    leaf = None if graph.leaf is None else graph.node(graph.leaf)
    return Node(
        f"{digest}/0",
        NodeType.TOOL_CALL,
        "assistant",
        content,
        part_tokens(graph.counter, content, tool_name=tool_name, call_id=call_id),
        call_id=call_id,
        tool_name=tool_name,
        created_at=created_at,
        metadata={"message": leaf.message_id} if leaf is not None and leaf.role == "assistant" else {},
    )


def result_node(graph: ContextGraph, call: Node, value: Any, *, created_at: float | None) -> Node:
    """Return the node of a call's result.

    Raises:
        ConflictError: the node is not a call.
    """
    if call.type is not NodeType.TOOL_CALL:
        raise ConflictError(f"got node {call.id!r} of type {call.type.value}; expected a tool_call")
    content = value if isinstance(value, str) else dumps(value)
    digest = chain_id(graph.leaf, text_bytes(call.id), text_bytes(content))
    return Node(
        f"{digest}/0",
        NodeType.TOOL_RESULT,
        "tool",
        content,
        part_tokens(graph.counter, content, call_id=call.call_id),
        call_id=call.call_id,
        tool_name=call.tool_name,
        created_at=created_at,
    )
