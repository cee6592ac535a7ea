"""ExtractiveSummarizer: the offline way, and what every other one falls back to.

1. Each node gives a line: what was said, called or returned, cut; an older summary gives the lines it has.
2. Lines are kept from the last one back, while they fit: they say where the work stood.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from context_core import Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core import TokenCounter

_WHITE = re.compile(r"\s+")
_CALL_CHARS = 120
_SAID_CHARS = 160


class ExtractiveSummarizer:
    """Offline and deterministic: one line for what was said, called and returned, taken from the text.

    Args:
        counter: counts the tokens of what it writes.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("read", {"path": "app.log"})
        >>> _ = graph.add_tool_result(call.id, "it is empty")
        >>> print(ExtractiveSummarizer(graph.counter).summarize(list(graph.nodes()), 40))
        - read {"path":"app.log"}
          it is empty
    """

    def __init__(self, counter: TokenCounter) -> None:
        self._counter = counter

    def summarize(self, nodes: Sequence[Node], max_tokens: int, task: str | None = None) -> str:
        """Return the last lines that fit."""
        lines = [line for node in nodes for line in _lines(node)]
        kept: list[str] = []
        left = max_tokens
        for line, tokens in reversed(list(zip(lines, self._counter.count_many(lines), strict=True))):
            left -= tokens + 1
            if left < 0:
                break
            kept.append(line)
        return "\n".join(reversed(kept))


def _lines(node: Node) -> Iterator[str]:
    if node.type is NodeType.TOOL_CALL:
        yield f"- {node.tool_name} {_short(node.content, _CALL_CHARS)}"
    elif node.type is NodeType.TOOL_RESULT and node.kind == "text" and node.content.strip():
        yield f"  {_short(node.content, _SAID_CHARS)}"
    elif node.type is NodeType.SUMMARY:
        yield from node.content.splitlines()[1:]
    elif node.type is NodeType.MESSAGE and node.kind == "text" and node.content.strip():
        yield f"- {node.role}: {_short(node.content, _SAID_CHARS)}"


def _short(text: str, max_chars: int) -> str:
    flat = _WHITE.sub(" ", text[: 4 * max_chars]).strip()
    return flat if len(flat) <= max_chars else flat[: max_chars - 1] + "…"
