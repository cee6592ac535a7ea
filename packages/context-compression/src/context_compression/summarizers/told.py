"""A run of nodes as one text, for summarizers that read a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import NodeType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core import Node

CUT = "\n[…]\n"
"""Stands for what was left out of a part that is too long to tell."""


def told(nodes: Sequence[Node], max_chars: int | None = None) -> str:
    """Return what nodes say, each under a heading; of an older summary its words, without its reference.

    Args:
        nodes: in the order of time.
        max_chars: characters of all contents together at most; the longest are cut in their middle, all to one
            length. None for no limit.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("read", {"path": "app.log"})
        >>> _ = graph.add_tool_result(call.id, "it is empty")
        >>> print(told(list(graph.nodes())))
        [assistant calls read]
        {"path":"app.log"}
        <BLANKLINE>
        [result of read]
        it is empty
    """
    names = {node.call_id: node.tool_name for node in nodes if node.type is NodeType.TOOL_CALL}
    parts = [(_heading(node, names.get(node.call_id)), _words(node)) for node in nodes]
    longest = _longest([len(words) for _, words in parts], max_chars)
    return "\n\n".join(f"[{heading}]\n{_cut(words, longest)}" for heading, words in parts if words.strip())


def _heading(node: Node, tool: str | None) -> str:
    if node.type is NodeType.TOOL_CALL:
        return f"assistant calls {node.tool_name}"
    if node.type is NodeType.TOOL_RESULT:
        return f"result of {tool}" if tool else "result"
    return "summary of what came before" if node.type is NodeType.SUMMARY else node.role


def _words(node: Node) -> str:
    if node.type is NodeType.SUMMARY:
        return node.content.partition("\n")[2]
    return "(an image)" if node.kind == "image" else node.content


def _longest(lengths: Sequence[int], max_chars: int | None) -> int:
    """Return the length to which to cut, so that all together are within the limit."""
    left, longest = max_chars, max(lengths, default=0)
    if left is None or sum(lengths) <= left:
        return longest
    for number, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - number)
        if length > share:
            return share
        left -= length
    return longest


def _cut(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    half = max_chars // 2
    return text[: max_chars - half] + CUT + text[len(text) - half :]
