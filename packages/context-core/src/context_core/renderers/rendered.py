"""What a renderer returns, and what renderers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, loads
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
        names: the provider's words for the system prompt and the messages, in a request.

    Example:
        >>> Rendered([{"role": "user", "content": "hi"}], "be brief").body
        {'system': 'be brief', 'messages': [{'role': 'user', 'content': 'hi'}]}
    """

    def __init__(
        self,
        messages: Iterable[dict[str, Any]] = (),
        system: str | list[dict[str, Any]] | None = None,
        *,
        names: tuple[str, str] = ("system", "messages"),
    ) -> None:
        super().__init__(messages)
        self.system = system
        self.names = names

    @property
    def body(self) -> dict[str, Any]:
        """What a request holds of the conversation: the messages, and the system prompt where it stands beside."""
        beside, among = self.names
        return {**({} if self.system is None else {beside: self.system}), among: list(self)}


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


def json_part(node: Node) -> dict[str, Any] | None:
    """Return a part that is kept as JSON text, None where it is a text, or was compressed into one."""
    if node.kind not in ("image", "other"):
        return None
    try:
        part = loads(node.content)
    except ValueError:
        return None
    return part if isinstance(part, dict) else None


def told(node: Node) -> str:
    """Return the words for a part, in a form that has no place of its own for it.

    Thinking is set in `THINKING`; hidden thinking is nothing to any other provider; a part that nobody here knows is
    told as its JSON text, without the cache mark that only its own provider understands.

    Example:
        >>> from context_core import Node, NodeType
        >>> told(Node("m/0", NodeType.MESSAGE, "user", "hi", 5))
        'hi'
    """
    if node.kind == "thinking":
        return THINKING.format(node.content) if node.content.strip() else ""
    part = json_part(node)
    if part is None:
        return node.content
    if part.get("type") == "redacted_thinking":
        return ""
    is_marked = "cache_control" in part
    return dumps({key: value for key, value in part.items() if key != "cache_control"}) if is_marked else node.content
