"""What a window is made of: tokens by who said them and by tool, and its largest parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import ContextGraph, Node, NodeType, Window
from context_observe.html_report.quotes import Quotes, label, seen, tool_of

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_KINDS = 12
"""Kinds that stand for themselves; the smaller ones stand together."""
MAX_LARGEST = 12
"""The largest parts that are listed."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Tokens of one kind of node in a window.

    Attributes:
        name: such as ``result of read_file``.
        family: ``system``, ``user``, ``assistant``, ``call``, ``result``, ``summary`` or ``other``.
        nodes: how many there are.
        tokens: what they cost.
        share: of the window, from 0 to 1.
    """

    name: str
    family: str
    nodes: int
    tokens: int
    share: float


@dataclass(frozen=True, slots=True)
class Part:
    """One node of a window.

    Attributes:
        reference: names the node to a model and to ``ctx``.
        label: what it is.
        family: as of `Kind`.
        tokens: what it costs.
        share: of the window, from 0 to 1.
        text: its beginning.
    """

    reference: str
    label: str
    family: str
    tokens: int
    share: float
    text: str


def kinds(graph: ContextGraph, window: Window) -> list[Kind]:
    """Return where the tokens of a window go, the largest kind first, the smallest kinds together at the end.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> [(kind.name, kind.nodes, kind.share) for kind in kinds(graph, window(graph))]
        [('user', 1, 1.0)]
    """
    total = max(1, window.tokens)
    made: dict[tuple[str, str], list[Node]] = {}
    for node in window.nodes:
        made.setdefault((_name(graph, node), family(node)), []).append(node)
    found = [_kind(name, of, nodes, total) for (name, of), nodes in made.items()]
    if window.repair_tokens:
        count, tokens = len(window.unanswered), window.repair_tokens
        found.append(Kind("notes for results that never came", "other", count, tokens, tokens / total))
    found.sort(key=lambda kind: (-kind.tokens, kind.name))
    shown, rest = found[:MAX_KINDS], found[MAX_KINDS:]
    if rest:
        tokens = sum(kind.tokens for kind in rest)
        count = sum(kind.nodes for kind in rest)
        shown.append(Kind(f"{len(rest)} smaller kinds", "other", count, tokens, tokens / total))
    return shown


def largest(graph: ContextGraph, window: Window, quotes: Quotes) -> list[Part]:
    """Return the largest nodes of a window, the largest first."""
    nodes = sorted(window.nodes, key=lambda node: -node.tokens)[:MAX_LARGEST]
    total = max(1, window.tokens)
    return [
        Part(
            graph.reference(node.id),
            label(graph, node),
            family(node),
            node.tokens,
            node.tokens / total,
            quotes.line("" if node.kind == "image" else node.content),
        )
        for node in nodes
    ]


def family(node: Node) -> str:
    """Return which colour a node has on the page."""
    if node.type in _FAMILIES:
        return _FAMILIES[node.type]
    if node.is_system:
        return "system"
    return node.role if node.role in ("user", "assistant") else "other"


def _name(graph: ContextGraph, node: Node) -> str:
    if node.type in (NodeType.TOOL_CALL, NodeType.TOOL_RESULT):
        tool = tool_of(graph, node)
        what = "results" if node.type is NodeType.TOOL_RESULT else "calls"
        return f"{seen(tool)[:60]}: {what}" if tool else what
    return "summaries" if node.type is NodeType.SUMMARY else label(graph, node)[:60]


def _kind(name: str, of: str, nodes: Iterable[Node], total: int) -> Kind:
    tokens = [node.tokens for node in nodes]
    return Kind(name, of, len(tokens), sum(tokens), sum(tokens) / total)


_FAMILIES = {NodeType.TOOL_CALL: "call", NodeType.TOOL_RESULT: "result", NodeType.SUMMARY: "summary"}
