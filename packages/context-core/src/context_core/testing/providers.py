"""What a provider checks before it answers, as plain functions on plain messages: no code is shared with the renderers.

Sources: OpenAI API reference, "Create chat completion" and "Create a model response"; Anthropic API reference,
"Messages", and documentation, "Tool use" (results right behind the calls, results first in the message), "Extended
thinking", "Vision" and "Prompt caching".
"""

from __future__ import annotations

import json
import re
from typing import Any

Messages = list[dict[str, Any]]
_ANTHROPIC_FIELDS = {
    "text": {"type", "text", "cache_control", "citations"},
    "thinking": {"type", "thinking", "signature"},
    "tool_use": {"type", "id", "name", "input", "cache_control"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
}
_ANTHROPIC_BLOCKS = {
    *_ANTHROPIC_FIELDS,
    "image",
    "document",
    "redacted_thinking",
    "search_result",
    "tool_reference",
} | {
    f"{name}_tool_{end}"
    for name in ("server", "web_search", "web_fetch", "code_execution", "mcp")
    for end in ("use", "result")
}
_ANTHROPIC_IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_MAX_MARKS = 4
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_DETAILS = {"auto", "low", "high", "original"}
_OPENAI_PARTS = {"text", "image_url", "input_audio", "file", "refusal"}


def check_openai(messages: Messages) -> None:
    """Raise AssertionError unless Chat Completions would accept the messages.

    Calls may be open at the very end only.
    """
    waiting: list[str] = []
    for index, message in enumerate(messages):
        role = message.get("role")
        assert role in {"system", "developer", "user", "assistant", "tool"}, f"message {index} has role {role!r}"
        if role == "tool":
            call_id = message.get("tool_call_id")
            assert call_id in waiting, f"message {index} answers {call_id!r}; waiting are {waiting}"
            waiting.remove(call_id)
            assert _is_text(message.get("content")), f"message {index}: a result's content must be text"
            continue
        assert not waiting, f"message {index} of {role} stands before the results of {waiting}"
        calls = message.get("tool_calls") or []
        assert not calls or role == "assistant", f"message {index} of {role} has tool calls"
        for call in calls:
            _check_openai_call(call, index)
            assert call["id"] not in waiting, f"message {index} uses call id {call['id']!r} twice"
            waiting.append(call["id"])
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            _check_openai_part(part, role, index)
        assert calls or content is not None or message.get("refusal"), f"message {index} of {role} says nothing"


def _check_openai_part(part: dict[str, Any], role: str, index: int) -> None:
    kind = part.get("type")
    assert kind in _OPENAI_PARTS, f"message {index} has a part of type {kind!r}"
    if kind in ("text", "refusal"):
        assert isinstance(part.get(kind), str), f"message {index}: a part of type {kind} without its text"
        return
    assert role == "user", f"message {index} of {role} has a part of type {kind}"
    if kind == "image_url":
        _check_address(part["image_url"]["url"], f"message {index}")
        assert part["image_url"].get("detail", "auto") in _DETAILS, f"message {index}: an image's unknown detail"


def _check_address(url: Any, where: str) -> None:
    is_url = isinstance(url, str) and bool(re.match(r"https?://|data:[\w.+-]+/[\w.+-]+;base64,\S", url))
    assert is_url, f"{where}: got {str(url)[:60]!r}; expected an image's address, or a data URL with its type"


def _check_openai_call(call: dict[str, Any], index: int) -> None:
    assert isinstance(call.get("id"), str), f"message {index}: a call without an id"
    if call.get("type") == "custom":
        assert isinstance(call["custom"]["input"], str), f"message {index}: a custom call's input must be a string"
        return
    assert isinstance(call["function"]["name"], str), f"message {index}: a call without a name"
    assert isinstance(call["function"]["arguments"], str), f"message {index}: arguments must be a string"


def _is_text(content: Any) -> bool:
    return isinstance(content, str) or (
        isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content)
    )


def check_openai_arguments(messages: Messages) -> None:
    """Raise AssertionError unless the arguments of every function call are a JSON object."""
    for index, message in enumerate(messages):
        for call in message.get("tool_calls") or []:
            if "function" in call:
                value = json.loads(call["function"]["arguments"])
                assert isinstance(value, dict), f"message {index}: arguments are {type(value).__name__}"


def check_anthropic(messages: Messages, *, alternate: bool = True) -> None:
    """Raise AssertionError unless Messages would accept the messages.

    Args:
        messages: user's and assistant's; a system prompt beside them stands in the attribute `system`.
        alternate: ask that roles alternate, too; the service joins neighbours of one role, other providers refuse.
    """
    marks = _marks([list(messages), getattr(messages, "system", None)])
    assert marks <= _MAX_MARKS, f"there are {marks} cache breakpoints; the service takes {_MAX_MARKS}"
    waiting: set[str] = set()
    called: set[str] = set()
    for index, message in enumerate(messages):
        role = message.get("role")
        assert role in {"user", "assistant"}, f"message {index} has role {role!r}"
        assert index or role == "user", "the first message must be a user's"
        assert not (alternate and index and messages[index - 1]["role"] == role), f"message {index} repeats {role}"
        blocks = _blocks(message, index)
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        assert sorted(answered) == sorted(waiting), f"message {index} answers {answered}; waiting are {waiting}"
        kinds = [block["type"] == "tool_result" for block in blocks]
        assert kinds == sorted(kinds, reverse=True), f"message {index}: results must stand first"
        waiting = {block["id"] for block in blocks if block["type"] == "tool_use"}
        assert not waiting or role == "assistant", f"message {index} of a user calls tools"
        assert not waiting & called, f"message {index} uses call ids again: {waiting & called}"
        called |= waiting
        pictures = {block["type"] for block in blocks} & {"image", "document"}
        assert not pictures or role == "user", f"message {index} of {role} has {pictures}"


def _marks(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_marks, value))
    if not isinstance(value, dict):
        return 0
    return ("cache_control" in value) + _marks(value.get("content"))


def _blocks(message: dict[str, Any], index: int) -> list[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        assert content, f"message {index} is empty"
        return [{"type": "text", "text": content}]
    assert isinstance(content, list), f"message {index} has content of type {type(content).__name__}"
    assert content, f"message {index} is empty"
    for block in content:
        _check_block(block, index)
    return content


def _check_block(block: dict[str, Any], index: int) -> None:
    kind = block["type"]
    assert kind in _ANTHROPIC_BLOCKS, f"message {index} has a block of type {kind!r}"
    unknown = set(block) - _ANTHROPIC_FIELDS.get(kind, set(block))
    assert not unknown, f"message {index}: a {kind} block has fields {sorted(unknown)}"
    if kind == "text":
        assert block["text"].strip(), f"message {index} has an empty text block"
    elif kind == "tool_use":
        assert isinstance(block["input"], dict), f"message {index}: a call's input must be an object"
        assert isinstance(block["id"], str), f"message {index}: a call without an id"
        assert _NAME.fullmatch(block["id"]), f"message {index}: a call's id {block['id']!r}"
        assert _NAME.fullmatch(block["name"]), f"message {index}: a call's name {block['name']!r}"
    elif kind == "image":
        _check_anthropic_image(block["source"], index)
    elif kind == "thinking":
        assert isinstance(block.get("signature"), str), f"message {index}: thinking without its signature"
    elif kind == "tool_result":
        inner = block.get("content", "")
        assert isinstance(inner, (str, list)), f"message {index}: a result's content must be text or blocks"
        for part in inner if isinstance(inner, list) else ():
            _check_block(part, index)


def _check_anthropic_image(source: dict[str, Any], index: int) -> None:
    if source["type"] == "base64":
        assert source["media_type"] in _ANTHROPIC_IMAGES, f"message {index}: an image of {source['media_type']!r}"
        assert isinstance(source["data"], str), f"message {index}: an image without data"
        assert source["data"], f"message {index}: an image without data"
    elif source["type"] == "url":
        _check_address(source["url"], f"message {index}")


_CALLS = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "shell_call": "action",
    "computer_call": "action",
    "apply_patch_call": "operation",
}
_OF_ASSISTANT = {"output_text", "refusal"}
_OF_OTHERS = {"input_text", "input_image", "input_file"}


def check_responses(items: Messages) -> None:
    """Raise AssertionError unless Responses would accept the items.

    Results stand right behind the calls: the assistant's own items may stand between, and nobody else's. Calls may be
    open at the very end only.
    """
    waiting: dict[str, str] = {}
    seen: set[str] = set()
    is_answering = False
    for index, item in enumerate(items):
        kind = str(item.get("type", "message"))
        if kind.removesuffix("_output") in _CALLS and kind.endswith("_output"):
            call = waiting.pop(item["call_id"], None)
            assert call is not None, f"item {index} answers {item['call_id']!r}; waiting are {list(waiting)}"
            assert kind == f"{call}_output", f"item {index}: a {kind} answers a {call}"
            _check_output(item, index)
            is_answering = bool(waiting)
            continue
        assert not is_answering, f"item {index} of {kind} stands before the results of {list(waiting)}"
        is_others = kind == "message" and item.get("role") != "assistant"
        assert not (waiting and is_others), f"item {index} stands between calls and the results of {list(waiting)}"
        ids = {item[key] for key in ("id", "call_id") if item.get(key) is not None}
        assert not ids & seen, f"item {index} uses ids again: {ids & seen}"
        seen |= ids
        _check_item(item, kind, index)
        if kind in _CALLS:
            waiting[item["call_id"]] = kind


def _check_item(item: dict[str, Any], kind: str, index: int) -> None:
    if kind == "message":
        role, content = item.get("role"), item.get("content")
        assert role in {"system", "developer", "user", "assistant"}, f"item {index} has role {role!r}"
        _check_blocks(content, _OF_ASSISTANT if role == "assistant" else _OF_OTHERS, index)
    elif kind == "reasoning":
        assert isinstance(item.get("summary"), list), f"item {index}: reasoning without a summary"
    elif kind in ("function_call", "custom_tool_call"):
        assert _NAME.fullmatch(item["name"]), f"item {index}: a call's name {item['name']!r}"
        assert isinstance(item[_CALLS[kind]], str), f"item {index}: a call's {_CALLS[kind]} must be a string"
    if kind in _CALLS:
        assert isinstance(item["call_id"], str), f"item {index}: a call without an id"
        assert isinstance(item[_CALLS[kind]], str if "name" in item else dict), f"item {index}: a call's arguments"


def _check_output(item: dict[str, Any], index: int) -> None:
    output = item["output"]
    if item["type"] in ("function_call_output", "custom_tool_call_output"):
        _check_blocks(output, _OF_OTHERS, index)
    elif item["type"] == "computer_call_output":
        assert output["type"] == "computer_screenshot", f"item {index}: a screenshot is expected"


def _check_blocks(content: Any, kinds: set[str], index: int) -> None:
    if isinstance(content, str):
        return
    assert isinstance(content, list), f"item {index} has content of type {type(content).__name__}"
    assert content, f"item {index} has no content"
    for block in content:
        kind = block["type"]
        assert kind in kinds, f"item {index} has a block of type {kind!r}"
        if kind.endswith("_text"):
            assert isinstance(block["text"], str), f"item {index} has a text block without a text"
            assert block["text"], f"item {index} has an empty text block"
        elif kind == "input_image" and not block.get("file_id"):
            _check_address(block["image_url"], f"item {index}")
            assert block.get("detail", "auto") in _DETAILS, f"item {index}: an image's unknown detail"


def check_response_arguments(items: Messages) -> None:
    """Raise AssertionError unless the arguments of every function call are a JSON object."""
    for index, item in enumerate(items):
        if item.get("type") == "function_call":
            value = json.loads(item["arguments"])
            assert isinstance(value, dict), f"item {index}: arguments are {type(value).__name__}"
