"""Small graphs with what is hard to store, and steps that compress them.

Example:
    >>> from context_core import Manifest, MemoryContentStore, graph_bytes, replace, restore
    >>> graph, store = example_graph(), MemoryContentStore()
    >>> before = graph_bytes(graph)
    >>> changes = replace(graph, pointer(graph), store)
    >>> changes += replace(graph, summary(graph), store)
    >>> [node.content for node in restore(graph, Manifest("example", changes), store)][0]
    '{"path":"src/grün.py"}'
    >>> graph_bytes(graph) == before
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.build import build
from context_core.edge import Edge, EdgeType
from context_core.node import Node, NodeType
from context_core.read import read
from context_core.replace import Replacement

if TYPE_CHECKING:
    from context_core.graph import ContextGraph

STRATEGY = "example"
"""What the example steps call their strategy."""

LONE_SURROGATE = "\ud83d"
"""Half of an emoji, as truncation leaves it: a string of Python that UTF-8 cannot write."""

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base 64."""

_CALL = {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": '{"path":"src/grün.py"}'}}
_RESULT = "".join(f"{number}: größe = {number}  # {LONE_SURROGATE}\n" for number in range(100))


def example_messages() -> list[dict[str, Any]]:
    """Return a Chat Completions conversation: an image, a call with its result, a lone surrogate, two equal answers."""
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    return [
        {"role": "system", "content": "You read code."},
        {"role": "user", "content": [{"type": "text", "text": "What is in 日本語 and here?"}, image]},
        {"role": "assistant", "content": f"I look {LONE_SURROGATE}", "tool_calls": [_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": _RESULT},
        {"role": "assistant", "content": "ok"},
        {"role": "user", "content": "And now?\x00\r\n"},
        {"role": "assistant", "content": "ok"},
    ]


def example_graph(session_id: str = "example") -> ContextGraph:
    """Return the graph of `example_messages`: 9 nodes, two of them with the same content."""
    return build(read(example_messages()), session_id=session_id)


def pointer(graph: ContextGraph) -> list[Replacement]:
    """Return the step that puts a pointer in the place of the example's result."""
    [result] = graph.nodes(NodeType.TOOL_RESULT)
    reference = graph.reference(result.id)
    content = f"{result.content[:20]}[cut; expand {reference}]"
    after = result.evolve(content=content, tokens=20, metadata={**result.metadata, "elided": reference})
    return [Replacement(result, after, STRATEGY, "lossless")]


def summary(graph: ContextGraph, summary_id: str = "summary-1") -> list[Replacement]:
    """Return the steps that fold the example's call and result, as they are now, into a summary."""
    covered = [node for node in graph.nodes() if node.type in {NodeType.TOOL_CALL, NodeType.TOOL_RESULT}]
    edges = tuple(Edge(summary_id, node.id, EdgeType.SUMMARIZES, {"reason": "überholt"}) for node in covered)
    added = Node(summary_id, NodeType.SUMMARY, "user", f"It read a file {LONE_SURROGATE}", 9, turn=1)
    return [
        Replacement(None, added, STRATEGY, "summarization", edges_added=edges),
        *(Replacement(node, _folded(node), STRATEGY, "summarization") for node in covered),
    ]


def _folded(node: Node) -> Node:
    return node.evolve(content="", tokens=0, metadata={"message": node.message_id, "folded": True})
