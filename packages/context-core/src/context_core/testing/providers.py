"""What a provider checks before it answers, as plain functions on plain messages: no code is shared with the renderers.

Sources: OpenAI API reference, "Create chat completion"; Anthropic API reference, "Messages", and documentation,
"Tool use" (results right behind the calls, results first in the message) and "Extended thinking".
"""

from __future__ import annotations

import json
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
            waiting.append(call["id"])
        content = message.get("content")
        kinds = [part.get("type") for part in content] if isinstance(content, list) else []
        assert set(kinds) <= _OPENAI_PARTS, f"message {index} has parts of types {kinds}"
        assert calls or content is not None or message.get("refusal"), f"message {index} of {role} says nothing"


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
        messages: user's and assistant's, without the system prompt.
        alternate: ask that roles alternate, too; the service joins neighbours of one role, other providers refuse.
    """
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
        assert block["name"], f"message {index}: a call without a name"
    elif kind == "thinking":
        assert isinstance(block.get("signature"), str), f"message {index}: thinking without its signature"
    elif kind == "tool_result":
        inner = block.get("content", "")
        assert isinstance(inner, (str, list)), f"message {index}: a result's content must be text or blocks"
