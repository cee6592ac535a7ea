"""LangChain's message objects (extra ``langchain``).

1. System, user, assistant and results are `SystemMessage`, `HumanMessage`, `AIMessage` and `ToolMessage`.
2. A call whose arguments are no JSON object is one of `invalid_tool_calls` while it is open; once answered it is a call
   like others, its text under ``input``: the library sends no result of an invalid call.
3. Thinking is a block, with its signature where it has one. Images and files are blocks of a user's message, also those
   that a tool returned: not every provider takes them in a result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from context_core.json_text import loads
from context_core.node import Node, NodeType
from context_core.renderers.extras import library
from context_core.renderers.media import Media, media_in
from context_core.renderers.rendered import arguments, json_part, split_results, told
from context_core.renderers.tool_names import tool_names
from context_core.renderers.turns import turns_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from context_core.arrange import Turn
    from context_core.window import Window

FORMAT = "langchain"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Names of speakers that every provider takes."""


def render_langchain(window: Window) -> list[BaseMessage]:
    """Return a window as LangChain messages.

    Raises:
        RenderError: langchain-core is not installed.
    """
    classes, names = library("langchain_core.messages", FORMAT), tool_names(window)
    turns = turns_for(window, FORMAT)
    answered = {node.call_id for turn in turns if turn.replies for node in turn.nodes}
    messages: list[BaseMessage] = []
    for turn in turns:
        messages += _replies(classes, turn, names) if turn.replies else _said(classes, turn.nodes, answered)
    return messages


def _replies(classes: Any, turn: Turn, names: Mapping[str, str]) -> Iterator[BaseMessage]:
    results = [node for node in turn.nodes if node.type is NodeType.TOOL_RESULT]
    beside = [node for node in results if media_in(node) is not None]
    for blocks in split_results(results):
        first = blocks[0]
        text = "\n".join(told(node) for node in blocks if media_in(node) is None)
        failed = first.metadata.get("result_fields", {}).get("is_error") is True
        yield classes.ToolMessage(
            text, tool_call_id=first.call_id, name=names.get(first.id), status="error" if failed else "success"
        )
    beside += [node for node in turn.nodes if node.type is not NodeType.TOOL_RESULT]
    content = _content(beside)
    if content:
        yield classes.HumanMessage(content)


def _said(classes: Any, nodes: Sequence[Node], answered: set[str | None]) -> Iterator[BaseMessage]:
    first = nodes[0]
    calls = [node for node in nodes if node.type is NodeType.TOOL_CALL]
    content = _content(node for node in nodes if node.type is not NodeType.TOOL_CALL)
    if calls or first.role == "assistant":
        if calls or content:
            agent = str(first.metadata.get("agent", ""))
            name = agent if _NAME.fullmatch(agent) else None
            yield classes.AIMessage(content, name=name, **_calls(calls, answered))
    elif content and first.is_system:
        more = {"__openai_role__": "developer"} if first.role == "developer" else {}
        yield classes.SystemMessage(content, additional_kwargs=more)
    elif content:
        yield classes.HumanMessage(content)


def _calls(calls: Iterable[Node], answered: set[str | None]) -> dict[str, list[dict[str, Any]]]:
    good: list[dict[str, Any]] = []
    bad: list[dict[str, Any]] = []
    for call in calls:
        known = {"name": call.tool_name, "id": call.call_id}
        if call.call_id in answered or _is_object(call.content):
            good.append({**known, "args": arguments(call), "type": "tool_call"})
        else:
            told = "the arguments are no JSON object"
            bad.append({**known, "args": call.content, "error": told, "type": "invalid_tool_call"})
    return {"tool_calls": good, "invalid_tool_calls": bad}


def _is_object(text: str) -> bool:
    try:
        return not text.strip() or isinstance(loads(text), dict)
    except ValueError:
        return False


def _content(nodes: Iterable[Node]) -> str | list[dict[str, Any]]:
    blocks = [block for node in nodes if (block := _block(node)) is not None]
    is_text = len(blocks) == 1 and blocks[0]["type"] == "text"
    return blocks[0]["text"] if is_text else blocks or ""


def _block(node: Node) -> dict[str, Any] | None:
    media = media_in(node)
    if media is not None:
        return _media(media)
    if node.kind == "thinking" and node.content.strip():
        signature = node.metadata.get("fields", {}).get("signature")
        if signature:
            return {"type": "thinking", "thinking": node.content, "signature": signature}
        return {"type": "reasoning", "reasoning": node.content}
    part = json_part(node)
    if part is not None and part.get("type") == "redacted_thinking":
        return part
    text = told(node)
    return {"type": "text", "text": text} if text.strip() else None


def _media(media: Media) -> dict[str, Any]:
    if media.is_image:
        detail = {} if media.detail is None else {"detail": media.detail}
        return {"type": "image_url", "image_url": {"url": media.address, **detail}}
    if media.url:
        return {"type": "file", "url": media.url}
    named = {} if media.name is None else {"filename": media.name}
    return {"type": "file", "base64": media.data, "mime_type": media.media_type, **named}
