"""OpenAI Chat Completions.

1. A result is a message of role ``tool`` right behind the calls; images cannot stand in it and follow as a user's.
2. Thinking, and what only another provider knows, has no place in this form and is told as text.
3. What was read in this form is written as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.arrange import Turn
from context_core.json_text import json_object
from context_core.node import Node, NodeType
from context_core.renderers.media import Media, media_in
from context_core.renderers.rendered import Rendered, arguments, envelope, json_part, layout, split_results, told
from context_core.renderers.turns import turns_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core.window import Window

FORMAT = "openai-chat"
_OWN_MEDIA = ("image_url", "file")
_ROLES = {"system", "developer", "user", "assistant", "function"}


def render_openai(window: Window) -> Rendered:
    """Return a window as Chat Completions messages."""
    return Rendered(message for turn in turns_for(window, FORMAT) for message in _messages(turn))


def _messages(turn: Turn) -> Iterator[dict[str, Any]]:
    results = [node for node in turn.nodes if node.type is NodeType.TOOL_RESULT]
    if not results:
        yield from _spoken(turn, turn.nodes)
        return
    beside: list[Node] = []
    for blocks in split_results(results):
        message, left = _result(blocks)
        beside += left
        yield message
    beside += [node for node in turn.nodes if node.type is not NodeType.TOOL_RESULT]
    if beside:
        yield from _spoken(Turn("user", tuple(beside), whole=False), beside)


def _spoken(turn: Turn, nodes: Sequence[Node]) -> Iterator[dict[str, Any]]:
    how = layout(turn, FORMAT)
    head = envelope(turn) if how is not None else {}
    parts = [node for node in nodes if node.type is not NodeType.TOOL_CALL]
    calls = [node for node in nodes if node.type is NodeType.TOOL_CALL]
    content = _content(parts, how)
    role = turn.role if turn.role in _ROLES or (how is not None and turn.role != "tool") else "user"
    if how is None and not calls and not content:
        return
    message: dict[str, Any] = {"role": "assistant" if calls else role, **head}
    if how != "absent":
        message["content"] = content
    if calls:
        message["tool_calls"] = [_call(node, how) for node in calls]
    yield message


def _content(parts: Sequence[Node], how: str | None) -> Any:
    if how in ("null", "absent") and all(not node.content for node in parts):
        return None
    if how == "empty":
        return []
    if how == "list":
        return [_block(node, how) for node in parts]
    shown = (_block(node, how) for node in parts if how is not None or node.kind != "text" or node.content)
    blocks = [block for block in shown if block is not None]
    if len(blocks) <= 1 and all("text" in block and block.get("type") == "text" for block in blocks):
        return blocks[0]["text"] if blocks else None
    return blocks


def _block(node: Node, how: str | None) -> dict[str, Any] | None:
    """Return a part as a content part, None where there is nothing to show."""
    exact = how is not None
    if node.kind == "text":
        return {"type": "text", "text": node.content, **(node.metadata.get("fields", {}) if exact else {})}
    part = json_part(node)
    media = media_in(node)
    shown = None if media is None else _media(media)
    if exact and part is not None:
        return part if shown is None or part.get("type") in _OWN_MEDIA else shown
    text = told(node)
    return shown or ({"type": "text", "text": text} if text else None)


def _media(media: Media) -> dict[str, Any] | None:
    """Return an image or a file as this form writes it, None where it has no place for it."""
    if media.is_image:
        detail = {} if media.detail is None else {"detail": media.detail}
        return {"type": "image_url", "image_url": {"url": media.address, **detail}}
    if media.url:
        return None
    return {"type": "file", "file": {"filename": media.name or "file", "file_data": media.address}}


def _call(node: Node, how: str | None) -> dict[str, Any]:
    if how is None and node.metadata.get("fields", {}).get("type") != "custom":
        function = {"name": node.tool_name, "arguments": json_object(node.content)}
        return {"id": node.call_id, "type": "function", "function": function}
    fields = dict(node.metadata.get("fields", {}))
    body_key, text_key = ("custom", "input") if fields.get("type") == "custom" else ("function", "arguments")
    text = arguments(node) if node.metadata.get("arguments") == "object" else node.content
    body = {"name": node.tool_name, text_key: text, **fields.pop(body_key, {})}
    call = {"type": "function", **fields, "id": node.call_id, body_key: body}
    return {key: value for key, value in call.items() if value is not None or key not in ("type", "id")}


def _result(blocks: list[Node]) -> tuple[dict[str, Any], list[Node]]:
    """Return the result's message, and the blocks that cannot stand in it."""
    first = blocks[0]
    exact = first.metadata.get("format") == FORMAT
    head: dict[str, Any] = dict(first.metadata.get("envelope", ())) if exact else {}
    message: dict[str, Any] = {"role": "tool", **head, "tool_call_id": first.call_id}
    if exact:
        how = first.metadata.get("layout")
        if how != "absent":
            message["content"] = _content(blocks, how)
        return message, []
    texts = [node for node in blocks if node.kind == "text"]
    message["content"] = "\n".join(node.content for node in texts)
    return message, [node for node in blocks if node.kind != "text"]
