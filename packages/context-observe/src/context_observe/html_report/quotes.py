"""What a page may say of a transcript's texts: short, on one line, nothing in them that a reader cannot see.

A transcript is written by others. Its text reaches the page as text alone (the template escapes all of it); what is
left to do is what escaping does not: control characters, and those that turn the direction of what follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import ContextGraph, EdgeType, Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Callable

EXCERPT_CHARS = 120
"""Characters of a node that a page shows unless more is asked for."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Quotes:
    """How texts of a transcript are shown.

    Attributes:
        mask: takes secrets out of a text before anything of it is shown; nothing is taken out unless given.

    Example:
        >>> Quotes().line("two\\nlines\\x1b[0m", 40)
        'two lines�[0m'
    """

    mask: Callable[[str], str] | None = None

    def line(self, text: str, max_chars: int = EXCERPT_CHARS) -> str:
        """Return the beginning of a text on one line."""
        flat = _WHITE.sub(" ", self.block(text, 4 * max_chars)).strip()
        return flat if len(flat) <= max_chars else flat[: max_chars - 1].rstrip() + "…"

    def block(self, text: str, max_chars: int | None = None) -> str:
        """Return a text with its lines, or its beginning."""
        read = text if max_chars is None else text[: 2 * max_chars + 400]  # a secret at the cut is masked as a whole
        told = seen(self.mask(read) if self.mask is not None else read)
        return told if max_chars is None or len(told) <= max_chars else told[: max_chars - 1] + "…"


def seen(text: str) -> str:
    """Return a text with a mark in the place of each character that a reader would not see.

    Example:
        >>> seen("a\\u202eb")
        'a�b'
    """
    return _UNSEEN.sub("�", _LINE_ENDS.sub("\n", text))


def label(graph: ContextGraph, node: Node) -> str:
    """Return what a node is in two or three words."""
    if node.type is NodeType.TOOL_CALL:
        return f"call {seen(node.tool_name or '?')}"
    if node.type is NodeType.TOOL_RESULT:
        name = tool_of(graph, node)
        return f"result of {seen(name)}" if name else "result"
    if node.type is NodeType.SUMMARY:
        return "summary"
    return seen(node.role if node.kind == "text" else f"{node.role} {node.kind}")


def tool_of(graph: ContextGraph, node: Node) -> str | None:
    """Return the tool of a call or of a result, where it is known."""
    if node.tool_name or node.type is not NodeType.TOOL_RESULT:
        return node.tool_name
    calls = (graph.node(edge.source) for edge in graph.in_edges(node.id, EdgeType.TOOL_IO))
    return next((call.tool_name for call in calls), None)
