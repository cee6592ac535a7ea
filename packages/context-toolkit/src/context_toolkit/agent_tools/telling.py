"""Telling: hits, causes and parts as lines that a model reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import NodeType

if TYPE_CHECKING:
    from context_core import Cause, ContextGraph, Hit, Node

_EXCERPT_CHARS = 300
_NAME_CHARS = 80
"""Characters of a tool's or a speaker's name: models make names up, and long ones."""


def label(node: Node) -> str:
    """Return what a node is: who spoke, or which tool.

    Example:
        >>> from context_core import ContextGraph
        >>> label(ContextGraph("s").add_tool_call("ls", {}))
        'call of ls'
    """
    if node.type is NodeType.TOOL_CALL:
        return f"call of {excerpt(node.tool_name or 'a tool', _NAME_CHARS)}"
    if node.type is NodeType.TOOL_RESULT:
        return f"result of {excerpt(node.tool_name, _NAME_CHARS)}" if node.tool_name else "result"
    return "summary" if node.type is NodeType.SUMMARY else excerpt(node.role, _NAME_CHARS)


def hit_lines(graph: ContextGraph, hit: Hit, text: str) -> str:
    """Return a hit as text: its reference, what it is, its lines, and its best passage.

    Args:
        graph: the graph.
        hit: what was found.
        text: what the node said before any compression.
    """
    start, end = hit.span or (0, len(text))
    first, last = text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1
    where = f", lines {first}-{last} of {text.count(chr(10)) + 1}" if "\n" in text else ""
    return f"{graph.reference(hit.node.id)} {label(hit.node)}{where}: {excerpt(text[start:end])}"


def cause_line(graph: ContextGraph, cause: Cause, text: str) -> str:
    """Return a cause as one line: its reference, what it is, what led from it to which effect, and how it begins."""
    evidence = excerpt(str(cause.evidence.get("value") or cause.evidence.get("reason", "")), _NAME_CHARS)
    effect = graph.reference(cause.effect_id)
    return f"{graph.reference(cause.node.id)} {label(cause.node)} → {effect} ({evidence}): {excerpt(text)}"


def excerpt(text: str, max_chars: int = _EXCERPT_CHARS) -> str:
    """Return the beginning of a text on one line.

    Example:
        >>> excerpt("one\\n  two")
        'one two'
    """
    line = " ".join(text[: 2 * max_chars].split())
    return line if len(line) <= max_chars and len(text) <= 2 * max_chars else f"{line[:max_chars]}…"
