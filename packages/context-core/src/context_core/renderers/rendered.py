"""What a renderer returns, and what renderers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.json_text import loads
from context_core.readers.plain import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_core.arrange import Turn
    from context_core.node import Node

THINKING = "<thinking>\n{}\n</thinking>"
"""How thinking is told to a provider that has no place for it. `tokens.THINKING_OVERHEAD` counts the words."""


class Rendered(list[dict[str, Any]]):
    """Messages in the order of time, and what a provider takes beside them.

    Attributes:
        system: the system prompt where it does not stand among the messages: a text, blocks, or None.
    """

    def __init__(self, messages: Iterable[dict[str, Any]] = (), system: str | list[dict[str, Any]] | None = None):
        super().__init__(messages)
        self.system = system


def envelope(turn: Turn) -> dict[str, Any]:
    """Return the message's own fields beside role and content, as they were read."""
    return dict(turn.nodes[0].metadata.get("envelope", ()))


def layout(turn: Turn, format: str) -> str | None:
    """Return how the message's content was laid out, where it was read in that very form or in any, else None."""
    first = turn.nodes[0].metadata
    return first.get("layout") if turn.whole and first.get("format") in (format, PLAIN) else None


def arguments(call: Node) -> Any:
    """Return a call's arguments as a JSON object; none are an empty one, any other text comes under ``input``."""
    if not call.content.strip():
        return {}
    try:
        value = loads(call.content)
    except ValueError:
        value = call.content
    return value if isinstance(value, dict) else {"input": value}


def split_results(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    """Yield the blocks of each result; a node without a block's number begins one."""
    blocks: list[Node] = []
    for node in nodes:
        if blocks and "block" not in node.metadata:
            yield blocks
            blocks = []
        blocks.append(node)
    if blocks:
        yield blocks


def other_part(node: Node, *, native: bool) -> dict[str, Any] | None:
    """Return a part that is kept as JSON text.

    Args:
        node: an image, or a part of a kind that this package does not interpret.
        native: whether the part was read in the form that is written; elsewhere nobody knows its kind, and it is
            told as text. An image is known to all; hidden thinking is nothing to any other.
    """
    try:
        part = loads(node.content)
    except ValueError:
        part = node.content
    if isinstance(part, dict) and (native or node.kind == "image"):
        return part
    if isinstance(part, dict) and part.get("type") == "redacted_thinking":
        return None
    return {"type": "text", "text": node.content}
