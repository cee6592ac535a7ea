"""Pydantic-AI's message objects (extra ``pydantic-ai``).

1. What the assistant does is a `ModelResponse`; all that comes before the next is one `ModelRequest`.
2. Thinking keeps its signature, with the name of the provider that gave it where that is known.
3. Images and files are content of a user's prompt, also those that a tool returned.
4. Times are the transcript's; where it has none, that of the part before, else the epoch, so that rendering twice gives
   equal messages.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from context_core.json_text import json_object
from context_core.node import Node, NodeType
from context_core.renderers.extras import library
from context_core.renderers.media import Media, media_in
from context_core.renderers.rendered import json_part, split_results, told
from context_core.renderers.tool_names import tool_names
from context_core.renderers.turns import turns_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic_ai.messages import ModelMessage

    from context_core.window import Window

FORMAT = "pydantic-ai"
_ANTHROPIC = ("anthropic-messages", "claude-code")
_REDACTED = "redacted_thinking"


def render_pydantic_ai(window: Window) -> list[ModelMessage]:
    """Return a window as Pydantic-AI messages.

    Raises:
        RenderError: pydantic-ai-slim is not installed.
    """
    classes, names = library("pydantic_ai.messages", FORMAT), tool_names(window)
    messages: list[Any] = []
    time = datetime.fromtimestamp(0, UTC)
    for turn in turns_for(window, FORMAT):
        time = _time(turn.nodes) or time
        is_response = not turn.replies and _is_assistants(turn.nodes)
        if is_response:
            is_anthropic = turn.nodes[0].metadata.get("format") in _ANTHROPIC
            parts = list(_response_parts(classes, turn.nodes, "anthropic" if is_anthropic else None))
        else:
            parts = list(_request_parts(classes, turn.nodes, names, time))
        if not parts:
            continue
        if is_response:
            messages.append(classes.ModelResponse(parts=parts, timestamp=time))
        elif messages and messages[-1].kind == "request":
            messages[-1].parts.extend(parts)
        else:
            messages.append(classes.ModelRequest(parts=parts))
    return messages


def _is_assistants(nodes: Sequence[Node]) -> bool:
    return nodes[0].role == "assistant" or any(node.type is NodeType.TOOL_CALL for node in nodes)


def _time(nodes: Sequence[Node]) -> datetime | None:
    """Return the time of the first node that has one that a calendar knows."""
    for node in nodes:
        if node.created_at is not None:
            try:
                return datetime.fromtimestamp(node.created_at, UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _response_parts(classes: Any, nodes: Iterable[Node], provider: str | None) -> Iterator[Any]:
    for node in nodes:
        part, text = json_part(node), told(node)
        if node.type is NodeType.TOOL_CALL:
            yield classes.ToolCallPart(node.tool_name, json_object(node.content), node.call_id)
        elif part is not None and part.get("type") == _REDACTED:
            yield classes.ThinkingPart("", id=_REDACTED, signature=part.get("data"), provider_name="anthropic")
        elif node.kind == "thinking" and text:
            signature = node.metadata.get("fields", {}).get("signature")
            yield classes.ThinkingPart(
                node.content, signature=signature, provider_name=provider if signature is not None else None
            )
        elif text.strip():
            yield classes.TextPart(text)


def _request_parts(classes: Any, nodes: Sequence[Node], names: Mapping[str, str], time: datetime) -> Iterator[Any]:
    results = [node for node in nodes if node.type is NodeType.TOOL_RESULT]
    for blocks in split_results(results):
        text = "\n".join(told(node) for node in blocks if media_in(node) is None)
        name = names.get(blocks[0].id, "unknown")
        yield classes.ToolReturnPart(name, text, blocks[0].call_id, timestamp=time)
    beside = [node for node in results if media_in(node) is not None]
    beside += [node for node in nodes if node.type is not NodeType.TOOL_RESULT]
    content = [item for node in beside if (item := _item(classes, node)) is not None]
    if content and nodes[0].is_system:
        yield from (classes.SystemPromptPart(text, timestamp=time) for text in content)
    elif content:
        is_text = len(content) == 1 and isinstance(content[0], str)
        yield classes.UserPromptPart(content[0] if is_text else content, timestamp=time)


def _item(classes: Any, node: Node) -> Any:
    """Return an item of a prompt's content: a text, an image, a file; None where there is nothing to show."""
    media = media_in(node)
    shown = None if media is None else _media(classes, media)
    text = told(node)
    return shown or (text if text.strip() else None)


def _media(classes: Any, media: Media) -> Any:
    if media.url:
        return classes.ImageUrl(media.url) if media.is_image else classes.DocumentUrl(media.url)
    try:
        data = base64.b64decode(media.data, validate=True)
    except ValueError:
        return None
    return classes.BinaryContent(data, media_type=media.media_type)
