"""Anthropic Messages.

System text goes beside the messages where it stands at the head. All results of a turn stand in one user's message
behind the calls, results first. Thinking keeps its signature or is told as text. The conversation starts with a user.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from context_core.arrange import Turn, arrange
from context_core.node import Node, NodeType
from context_core.renderers.rendered import (
    THINKING,
    Rendered,
    arguments,
    envelope,
    layout,
    other_part,
    split_results,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core.window import Window

FORMAT = "anthropic-messages"
_SYSTEM = ("system", "developer")
OPENING = "[the conversation starts with the assistant]"
"""The user's message that stands before an assistant's where that is the first; the form asks for one."""


def render_anthropic(window: Window) -> Rendered:
    """Return a window as Messages, with the system prompt beside them in the attribute `system`."""
    turns = arrange(window)
    head = 0
    while head < len(turns) and turns[head].role in _SYSTEM:
        head += 1
    messages: list[dict[str, Any]] = []
    last_exact = True
    for turn in turns[head:]:
        message, exact = _message(turn)
        if message is None:
            continue
        if not messages and message["role"] == "assistant" and not exact:
            messages.append({"role": "user", "content": OPENING})
        if messages and messages[-1]["role"] == message["role"] and not (exact and last_exact):
            messages[-1] = {**messages[-1], "content": _as_blocks(messages[-1]) + _as_blocks(message)}
            exact = False
        else:
            messages.append(message)
        last_exact = exact
    return Rendered(messages, _system(turns[:head]))


def _as_blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _system(turns: Sequence[Turn]) -> str | list[dict[str, Any]] | None:
    nodes = [node for turn in turns for node in turn.nodes]
    if not nodes:
        return None
    if len(nodes) == 1 and layout(turns[0], FORMAT) != "list":
        return nodes[0].content
    return [block for node in nodes if (block := _block(node)) is not None]


def _message(turn: Turn) -> tuple[dict[str, Any] | None, bool]:
    """Return the turn's message, None where nothing of it can be shown, and whether it is exactly as it was read."""
    how = layout(turn, FORMAT)
    calls = any(node.type is NodeType.TOOL_CALL for node in turn.nodes)
    role = "assistant" if calls or (turn.role == "assistant" and not turn.replies) else "user"
    blocks = _blocks(turn.nodes, keep_empty=how is not None)
    if how == "string" and len(blocks) == 1 and blocks[0].get("type") == "text":
        return {**envelope(turn), "role": role, "content": blocks[0]["text"]}, True
    if how == "empty":
        return {**envelope(turn), "role": role, "content": []}, True
    if how is not None:
        return {**envelope(turn), "role": role, "content": blocks}, True
    if not blocks:
        return None, False
    if len(blocks) == 1 and set(blocks[0]) == {"type", "text"}:
        return {"role": role, "content": blocks[0]["text"]}, False
    return {"role": role, "content": blocks}, False


def _blocks(nodes: Iterable[Node], *, keep_empty: bool) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for is_result, run in groupby(nodes, key=lambda node: node.type is NodeType.TOOL_RESULT):
        if is_result:
            blocks += [_result(result) for result in split_results(run)]
            continue
        for node in run:
            block = _block(node)
            if block is not None and (keep_empty or block.get("text", "x").strip()):
                blocks.append(block)
    return blocks


def _block(node: Node) -> dict[str, Any] | None:
    fields = node.metadata.get("fields", {})
    if node.type is NodeType.TOOL_CALL:
        return {"type": "tool_use", "id": node.call_id, "name": node.tool_name, "input": arguments(node), **fields}
    if node.kind == "text":
        return {"type": "text", "text": node.content, **fields}
    if node.kind == "thinking":
        if "signature" in fields:
            return {"type": "thinking", "thinking": node.content, **fields}
        return {"type": "text", "text": THINKING.format(node.content)} if node.content else None
    return _image(other_part(node))


def _image(part: dict[str, Any]) -> dict[str, Any]:
    """Return OpenAI's image parts as this form writes them, any other as it is."""
    url: Any = part.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if part.get("type") not in ("image_url", "input_image") or not isinstance(url, str):
        return part
    if url.startswith("data:") and ";base64," in url:
        media, data = url[5:].split(";base64,", 1)
        return {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}
    return {"type": "image", "source": {"type": "url", "url": url}}


def _result(blocks: list[Node]) -> dict[str, Any]:
    first = blocks[0]
    rest = first.metadata.get("result_fields", {})
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": first.call_id, **rest}
    how = first.metadata.get("result")
    if how == "list" or len(blocks) > 1 or first.kind != "text":
        block["content"] = [_block(node) for node in blocks]
    elif how == "empty" and not first.content:
        block["content"] = []
    elif how == "json":
        block["content"] = other_part(first)
    elif how != "absent" or first.content:
        block["content"] = first.content
    return block
