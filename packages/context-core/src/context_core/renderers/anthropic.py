"""Anthropic Messages.

System text goes beside the messages where it stands at the head. All results of a turn stand in one user's message
behind the calls, results first. Thinking keeps its signature or is told as text. The conversation starts with a user.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from context_core.arrange import Turn, arrange
from context_core.json_text import loads
from context_core.node import Node, NodeType
from context_core.readers.plain import PLAIN
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
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.window import Window

FORMAT = "anthropic-messages"
OPENING = "[the conversation starts with the assistant]"
"""The user's message that stands before an assistant's where that is the first; the form asks for one."""


def render_anthropic(window: Window) -> Rendered:
    """Return a window as Messages, with the system prompt beside them in the attribute `system`."""
    turns = arrange(window)
    head = 0
    while head < len(turns) and turns[head].nodes[0].is_system:
        head += 1
    joins = any(_format(turn) not in (FORMAT, PLAIN) for turn in turns[head:])
    messages: list[dict[str, Any]] = []
    for turn in _unique_calls(turns[head:]):
        message = _message(turn)
        if message is None:
            continue
        if not messages and message["role"] == "assistant" and joins:
            messages.append({"role": "user", "content": OPENING})
        if joins and messages and messages[-1]["role"] == message["role"]:
            messages[-1] = {**messages[-1], "content": _as_blocks(messages[-1]) + _as_blocks(message)}
        else:
            messages.append(message)
    return Rendered(messages, _system(turns[:head]))


def _format(turn: Turn) -> str | None:
    return turn.nodes[0].metadata.get("format")


def _unique_calls(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Give calls whose id was used before an id of their own, and their results with them; the service asks for it."""
    used: Counter[str | None] = Counter()
    renamed: dict[str | None, str] = {}
    for turn in turns:
        if not turn.replies:
            calls = [node.call_id for node in turn.nodes if node.type is NodeType.TOOL_CALL]
            again = [call_id for call_id in calls if used[call_id]] if _format(turn) != FORMAT else []
            renamed = {call_id: f"{call_id}_{used[call_id]}" for call_id in again}
            used.update(calls)
        yield replace(turn, nodes=tuple(_renamed(node, renamed) for node in turn.nodes)) if renamed else turn


def _renamed(node: Node, renamed: dict[str | None, str]) -> Node:
    is_one = node.type is not NodeType.MESSAGE and node.call_id in renamed
    return node.evolve(call_id=renamed[node.call_id]) if is_one else node


def _as_blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _system(turns: Sequence[Turn]) -> str | list[dict[str, Any]] | None:
    nodes = [node for turn in turns for node in turn.nodes]
    if not nodes:
        return None
    how = layout(turns[0], FORMAT)
    if len(nodes) == 1 and how != "list":
        return nodes[0].content
    return [block for node in nodes if (block := _block(node, exact=how is not None, native=True)) is not None]


def _message(turn: Turn) -> dict[str, Any] | None:
    """Return the turn's message, None where nothing of it can be shown."""
    how = layout(turn, FORMAT)
    calls = any(node.type is NodeType.TOOL_CALL for node in turn.nodes)
    role = "assistant" if calls or (turn.role == "assistant" and not turn.replies) else "user"
    native = _format(turn) in (FORMAT, "claude-code")
    if how is not None:
        blocks = _blocks(turn.nodes, exact=True, native=native)
        is_text = how == "string" and len(blocks) == 1 and blocks[0].get("type") == "text"
        content = blocks[0]["text"] if is_text else [] if how == "empty" else blocks
        return {**envelope(turn), "role": role, "content": content}
    results_first = sorted(turn.nodes, key=lambda node: node.type is not NodeType.TOOL_RESULT)
    blocks = [
        block for block in _blocks(results_first, exact=False, native=native) if str(block.get("text", "x")).strip()
    ]
    if not blocks:
        return None
    is_text = len(blocks) == 1 and blocks[0].get("type") == "text" and isinstance(blocks[0].get("text"), str)
    return {"role": role, "content": blocks[0]["text"] if is_text else blocks}


def _blocks(nodes: Iterable[Node], *, exact: bool, native: bool) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for is_result, run in groupby(nodes, key=lambda node: node.type is NodeType.TOOL_RESULT):
        if is_result:
            blocks += [_result(result, exact=exact, native=native) for result in split_results(run)]
        else:
            shown = (_block(node, exact=exact, native=native) for node in run)
            blocks += [block for block in shown if block is not None]
    return blocks


def _block(node: Node, *, exact: bool, native: bool) -> dict[str, Any] | None:
    """Return a part as a block, None where there is nothing to show.

    Args:
        node: the part.
        exact: whether the part's own fields are written, as they were read in this form.
        native: whether parts of kinds that are not interpreted here are this form's.
    """
    fields = node.metadata.get("fields", {})
    own = fields if exact else {}
    if node.type is NodeType.TOOL_CALL:
        return {**own, "type": "tool_use", "id": node.call_id, "name": node.tool_name, "input": arguments(node)}
    if node.kind == "text":
        return {**own, "type": "text", "text": node.content}
    if node.kind == "thinking":
        if exact or fields.get("signature"):
            signed = own if exact else {"signature": fields["signature"]}
            return {**signed, "type": "thinking", "thinking": node.content}
        return {"type": "text", "text": THINKING.format(node.content)} if node.content else None
    part = other_part(node, native=native)
    return None if part is None else _image(part)


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


def _result(blocks: list[Node], *, exact: bool, native: bool) -> dict[str, Any]:
    first = blocks[0]
    rest = first.metadata.get("result_fields", {})
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": first.call_id, **rest}
    how = first.metadata.get("result")
    if how == "list" or len(blocks) > 1 or first.kind != "text":
        shown = (_block(node, exact=exact, native=native) for node in blocks)
        block["content"] = [inner for inner in shown if inner is not None]
    elif how == "empty" and not first.content:
        block["content"] = []
    elif how == "json" and exact and first.elided is None:
        block["content"] = loads(first.content)
    elif how != "absent" or first.content:
        block["content"] = first.content
    return block
