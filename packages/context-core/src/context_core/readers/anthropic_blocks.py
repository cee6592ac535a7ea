"""Anthropic's content blocks to parts: shared by the Messages array and Claude Code's log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps
from context_core.node import NodeType
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def parts_of(content: Any) -> tuple[tuple[Part, ...], str]:
    """Return a message's parts, at least one, and the layout of its content.

    Args:
        content: a string, a list of blocks, or None.

    Raises:
        ValueError: the content is none of these, or a block is not an object.
    """
    if isinstance(content, str):
        return (Part(content),), "string"
    if content is None:
        return (Part(""),), "null"
    if not isinstance(content, list):
        raise ValueError(f"got content of type {type(content).__name__}; expected a string or a list of blocks")
    if not content:
        return (Part(""),), "empty"
    return tuple(part for block in content for part in _parts(block)), "list"


def _parts(block: Any) -> Iterator[Part]:
    if not isinstance(block, dict):
        raise ValueError(f"got a content block of type {type(block).__name__}; expected an object")
    kind = str(block.get("type"))
    if kind == "tool_result" and isinstance(block.get("tool_use_id"), str):
        yield from _result(block)
    elif kind == "tool_use" and _is_call(block):
        yield Part(
            dumps(block["input"]),
            NodeType.TOOL_CALL,
            call_id=block["id"],
            tool_name=block["name"],
            metadata=_fields(block, "type", "id", "name", "input"),
        )
    elif kind == "thinking" and isinstance(block.get("thinking"), str):
        yield Part(block["thinking"], kind="thinking", metadata=_fields(block, "type", "thinking"))
    else:
        yield plain_part(block)


def _is_call(block: Mapping[str, Any]) -> bool:
    return (
        isinstance(block.get("id"), str) and isinstance(block.get("name"), str) and isinstance(block.get("input"), dict)
    )


def plain_part(block: Mapping[str, Any], type: NodeType = NodeType.MESSAGE, **fields: Any) -> Part:
    """Return a text block as text, and any other block whole, as its JSON text."""
    metadata: dict[str, Any] = fields.pop("metadata", {})
    if block.get("type") == "text" and isinstance(block.get("text"), str):
        return Part(block["text"], type, metadata={**metadata, **_fields(block, "type", "text")}, **fields)
    is_image = str(block.get("type")) in ("image", "image_url", "input_image")
    return Part(dumps(dict(block)), type, "image" if is_image else "other", metadata=metadata, **fields)


def _result(block: Mapping[str, Any]) -> Iterator[Part]:
    content = block.get("content")
    rest = {key: value for key, value in block.items() if key not in ("type", "tool_use_id", "content")}
    head: dict[str, Any] = {"result_fields": rest} if rest else {}
    call_id = block["tool_use_id"]
    if isinstance(content, list) and content and all(isinstance(inner, dict) for inner in content):
        head["result"] = "list"
        for number, inner in enumerate(content):
            yield plain_part(
                inner, NodeType.TOOL_RESULT, call_id=call_id, metadata={"block": number} if number else head
            )
        return
    if not isinstance(content, str):
        head["result"] = "json" if content else "empty" if content == [] else "absent"
        if content is None and "content" in block:
            head["result"] = "json"
    text = content if isinstance(content, str) else dumps(content) if head["result"] == "json" else ""
    yield Part(text, NodeType.TOOL_RESULT, call_id=call_id, metadata=head)


def _fields(block: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """Return the block's further fields as metadata, or nothing where it has none."""
    rest = {key: value for key, value in block.items() if key not in known}
    return {"fields": rest} if rest else {}
