"""Responses items that were read in that form, written as they were.

1. The nodes of one item stand together: the first has the item's own fields, each part those of its block.
2. A text that was compressed stands in a block without the fields that spoke of the whole text.
3. An item that is no longer whole (compressed reasoning, a screenshot that became a pointer) is not written here; the
   caller tells it in another way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.json_text import loads
from context_core.node import Node, NodeType
from context_core.readers.openai_responses import CALLS, FORMAT

if TYPE_CHECKING:
    from collections.abc import Sequence

PLAIN_CALLS = ("function_call", "custom_tool_call")
"""Calls whose arguments and results may be any text; those of others have shapes of their own."""


def is_read(nodes: Sequence[Node]) -> bool:
    """Return whether nodes are an item of this form, from its first part on."""
    return nodes[0].metadata.get("format") == FORMAT and nodes[0].id.endswith("/0")


def kind_of(node: Node) -> str:
    """Return the type of the item whose first part a node is."""
    return str(own(node).get("type", "message"))


def own(node: Node) -> dict[str, Any]:
    """Return the fields of the item whose first part a node is, beside what the parts hold."""
    return dict(node.metadata.get("item", ()))


def read_item(nodes: Sequence[Node]) -> dict[str, Any] | None:
    """Return the item that nodes were read from, None where it is no longer whole.

    Args:
        nodes: all parts of one item that `is_read`.

    Example:
        >>> from context_core import build, read
        >>> item = {"type": "function_call", "call_id": "c", "name": "ls", "arguments": "{}", "id": "fc_1"}
        >>> read_item(list(build(read([item])).nodes())) == item
        True
    """
    first = nodes[0]
    if first.type is NodeType.TOOL_CALL:
        return _call(first)
    if first.type is NodeType.TOOL_RESULT:
        return _result(nodes)
    kind = kind_of(first)
    if kind == "reasoning":
        return _reasoning(nodes)
    if "layout" not in first.metadata:
        return _whole(first)
    return {"role": first.role, **own(first), **_content(nodes, "content")}


def _whole(node: Node) -> dict[str, Any] | None:
    item = None if node.elided else _json(node)
    return item if isinstance(item, dict) else None


def _json(node: Node) -> Any:
    try:
        return loads(node.content)
    except ValueError:
        return node.content


def _content(nodes: Sequence[Node], key: str) -> dict[str, Any]:
    """Return the content or output of an item under its key, laid out as it was; nothing where there was none."""
    first = nodes[0]
    how = first.metadata.get("layout")
    if how == "list":
        return {key: [_block(node) for node in nodes]}
    if first.content and (how != "json" or first.elided):
        return {key: first.content}
    if how == "absent":
        return {}
    empty: dict[str | None, Any] = {"null": None, "empty": [], "string": ""}
    return {key: empty[how] if how in empty else loads(first.content) if first.content else None}


def _block(node: Node) -> dict[str, Any]:
    if node.kind != "text":
        return _json(node)
    fields: dict[str, Any] = node.metadata.get("fields") or {"type": text_type(node.role)}
    return {**fields, "refusal" if fields["type"] == "refusal" else "text": node.content}


def text_type(role: str) -> str:
    """Return the type of a block of text in what a role says."""
    return "output_text" if role == "assistant" else "input_text"


def _call(node: Node) -> dict[str, Any] | None:
    item = own(node)
    kind = kind_of(node)
    key = CALLS[kind]
    if node.elided and kind not in PLAIN_CALLS:
        return None
    asked: Any = node.content
    if node.elided is None:
        asked = node.metadata.get("fields", {}).get(key, node.content)
    elif kind == "custom_tool_call":
        asked = _free_text(node)
    named = {"name": node.tool_name} if kind in PLAIN_CALLS or node.tool_name != kind.removesuffix("_call") else {}
    return {"type": kind, "call_id": node.call_id, **named, **item, key: asked}


def _free_text(call: Node) -> str:
    """Return what a custom tool is given: the text that was put under ``input`` for those who take objects."""
    value = _json(call)
    text = value.get("input") if isinstance(value, dict) and set(value) == {"input"} else None
    return text if isinstance(text, str) else call.content


def _result(nodes: Sequence[Node]) -> dict[str, Any] | None:
    first = nodes[0]
    is_plain = kind_of(first).removesuffix("_output") in PLAIN_CALLS
    if not is_plain and any(node.elided for node in nodes):
        return None
    return {"type": kind_of(first), "call_id": first.call_id, **own(first), **_content(nodes, "output")}


def _reasoning(nodes: Sequence[Node]) -> dict[str, Any] | None:
    """Return the item where all of its texts are as they were: what is hidden in it belongs to them."""
    if any(node.elided or node.id.rpartition("/")[2] != str(number) for number, node in enumerate(nodes)):
        return None
    item = own(nodes[0])
    for node in nodes:
        fields = node.metadata.get("fields", {})
        item.update(fields.get("lists", {}))
        if "in" in fields:
            item.setdefault(fields["in"], []).append({**fields["block"], "text": node.content})
    return item
