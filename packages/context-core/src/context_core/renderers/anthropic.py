"""Anthropic Messages.

1. System text goes beside the messages where it stands at the head; the conversation starts with a user.
2. All results of a turn stand in one user's message behind the calls, results first.
3. Thinking keeps its signature or is told as text.
4. A cache breakpoint stays on its block; of more than a request may have, the last ones stay.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from context_core.json_text import loads
from context_core.node import Node, NodeType
from context_core.readers.plain import PLAIN
from context_core.renderers.cache_marks import at_most
from context_core.renderers.media import Media, media_in
from context_core.renderers.rendered import Rendered, arguments, envelope, json_part, layout, split_results, told
from context_core.renderers.turns import format_of, turns_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core.arrange import Turn
    from context_core.window import Window

FORMAT = "anthropic-messages"
OPENING = "[the conversation starts with the assistant]"
"""The user's message that stands before an assistant's where that is the first; the form asks for one."""
MAX_MARKS = 4
"""Cache breakpoints that a request may have (Anthropic documentation, "Prompt caching")."""
_FOREIGN_MEDIA = ("image_url", "input_image", "file", "input_file")
_IMAGE_TYPES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
"""What the service takes (Anthropic documentation, "Vision")."""


def render_anthropic(window: Window) -> Rendered:
    """Return a window as Messages, with the system prompt beside them in the attribute `system`."""
    turns = turns_for(window, FORMAT)
    head = 0
    while head < len(turns) and turns[head].nodes[0].is_system:
        head += 1
    joins = any(format_of(turn) not in (FORMAT, PLAIN) for turn in turns)
    messages: list[dict[str, Any]] = []
    for turn in turns[head:]:
        message = _message(turn)
        if message is None:
            continue
        if not messages and message["role"] == "assistant" and format_of(turn) != FORMAT:
            messages.append({"role": "user", "content": OPENING})
        if joins and messages and messages[-1]["role"] == message["role"]:
            messages[-1] = {**messages[-1], "content": _as_blocks(messages[-1]) + _as_blocks(message)}
        else:
            messages.append(message)
    return at_most(MAX_MARKS, Rendered(messages, _system(turns[:head])))


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
    native = format_of(turn) in (FORMAT, "claude-code")
    if how is not None:
        blocks = _blocks(turn.nodes, exact=True, native=native)
        is_text = how == "string" and len(blocks) == 1 and blocks[0].get("type") == "text"
        content = blocks[0]["text"] if is_text else [] if how == "empty" else blocks
        return {**envelope(turn), "role": role, "content": content}
    results_first = sorted(turn.nodes, key=lambda node: node.type is not NodeType.TOOL_RESULT)
    said = (node for node in results_first if node.type is not NodeType.MESSAGE or _says(node))
    blocks = _blocks(said, exact=False, native=native)
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
    own = fields if exact else _marks(fields) if native else {}
    if node.type is NodeType.TOOL_CALL:
        return {**own, "type": "tool_use", "id": node.call_id, "name": node.tool_name, "input": arguments(node)}
    if node.kind == "text":
        return {**own, "type": "text", "text": node.content}
    if node.kind == "thinking" and (exact or fields.get("signature")):
        signed = own if exact else {"signature": fields["signature"]}
        return {**signed, "type": "thinking", "thinking": node.content}
    part = json_part(node)
    if part is not None and native and part.get("type") not in _FOREIGN_MEDIA:
        return part
    media = media_in(node)
    shown = None if media is None else _media(media)
    text = told(node)
    return shown or ({"type": "text", "text": text} if text.strip() else None)


def _marks(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the cache breakpoint among a part's own fields."""
    return {key: value for key, value in fields.items() if key == "cache_control"}


def _media(media: Media) -> dict[str, Any] | None:
    """Return an image or a file as this form writes it, None where the service takes none of its type."""
    source = {"type": "url", "url": media.url}
    if not media.url:
        source = {"type": "base64", "media_type": media.media_type, "data": media.data}
    if media.is_image:
        is_taken = bool(media.url) or media.media_type in _IMAGE_TYPES
        return {"type": "image", "source": source} if is_taken else {"type": "text", "text": f"[{media.label}]"}
    titled = {} if media.name is None else {"title": media.name}
    is_taken = bool(media.url) or media.media_type == "application/pdf"
    return {"type": "document", "source": source, **titled} if is_taken else None


def _says(node: Node) -> bool:
    """Return whether a part is more than blanks, which the service takes for no block."""
    return node.kind != "text" or bool(node.content.strip())


def _result(blocks: list[Node], *, exact: bool, native: bool) -> dict[str, Any]:
    first = blocks[0]
    rest = first.metadata.get("result_fields", {})
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": first.call_id, **rest}
    how = first.metadata.get("result")
    if how == "list" or len(blocks) > 1 or first.kind != "text":
        inside = (_block(node, exact=exact, native=native) for node in blocks if exact or _says(node))
        block["content"] = [inner for inner in inside if inner is not None]
    elif how == "empty" and not first.content:
        block["content"] = []
    elif how == "json" and exact and first.elided is None:
        block["content"] = loads(first.content)
    elif how != "absent" or first.content:
        block["content"] = first.content
    return block
