"""The texts inside a node, and the node again with some of them shortened.

A message or a result is one text. A call's arguments are as many as there are strings and numbers in their JSON, so
that they stay a JSON object whatever is cut. An image, or a part that is not interpreted, holds none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core import NodeType
from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core import Node


def texts_in(node: Node) -> list[str]:
    """Return the texts in a node, in order.

    Example:
        >>> from context_core import ContextGraph
        >>> texts_in(ContextGraph("s").add_tool_call("read", {"path": "a.py", "lines": [1, 20]}))
        ['a.py', '1', '20']
    """
    if node.type is NodeType.TOOL_CALL:
        return list(_leaves(_arguments(node)))
    return [node.content] if node.kind in ("text", "thinking") else []


def with_texts(node: Node, texts: Sequence[str]) -> str:
    """Return the content of a node with other texts in the place of its own; numbers among arguments stay.

    Example:
        >>> from context_core import ContextGraph
        >>> with_texts(ContextGraph("s").add_tool_call("read", {"path": "a.py", "lines": [1, 20]}), ["b.py", "", ""])
        '{"path":"b.py","lines":[1,20]}'
    """
    if node.type is not NodeType.TOOL_CALL:
        return texts[0]
    value = _arguments(node)
    replaced = _replaced(value, iter(texts))
    if is_free_text(node):
        return replaced
    return dumps(replaced if isinstance(replaced, dict) else {"input": replaced})


def is_free_text(call: Node) -> bool:
    """Return whether a call's arguments are one text that is no JSON."""
    return call.metadata.get("fields", {}).get("type") == "custom"


def _arguments(call: Node) -> Any:
    if is_free_text(call):
        return call.content
    try:
        return loads(call.content)
    except ValueError:
        return call.content


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def _replaced(value: Any, texts: Iterator[str]) -> Any:
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: _replaced(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, texts) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        next(texts)
    return value
