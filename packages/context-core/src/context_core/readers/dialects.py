"""A message of any dialect as who speaks and the parts it says.

1. The role is the message's own, in the words that providers share: ``model`` and ``ai`` are the assistant.
2. Thinking beside the content comes first, then the content, then the calls beside it.
3. A message that answers a call is that call's result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.node import NodeType
from context_core.readers.blocks import call_part, content_parts, first_text, result_parts, tool_name
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROLES = {
    "model": "assistant",
    "ai": "assistant",
    "aimessagechunk": "assistant",
    "bot": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "human": "user",
    "humanmessagechunk": "user",
    "function": "tool",
    "tool_result": "tool",
    "toolresult": "tool",
}
_CALL_LISTS = ("tool_calls", "toolCalls", "function_calls")


@dataclass(frozen=True, slots=True)
class Said:
    """What one message says.

    Attributes:
        role: who speaks, in the words that providers share.
        parts: may be empty.
        agent: the name that the message gives its speaker, where it is not a tool's.
    """

    role: str
    parts: tuple[Part, ...]
    agent: str | None = None


def role_of(name: Any, default: str = "user") -> str:
    """Return a role in the words that providers share; one that is not known stays as it is.

    Example:
        >>> role_of("model"), role_of("critic"), role_of(None)
        ('assistant', 'critic', 'user')
    """
    if not isinstance(name, str) or not name:
        return default
    return _ROLES.get(name.lower(), name)


def said(message: Any, default: str = "user") -> Said:
    """Return what a message says.

    Args:
        message: a message's object, or a text.
        default: the role where it has none.
    """
    if not isinstance(message, dict):
        return Said(default, content_parts(message))
    inner = message.get("message")
    if isinstance(inner, dict) and "content" not in message:
        return said({"role": message.get("role"), **inner}, default)
    role = role_of(message.get("role") or message.get("author"), default)
    content: Any = next((message[key] for key in ("content", "parts", "text") if message.get(key) is not None), None)
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        content = content["parts"]
    call_id = first_text(message, "tool_call_id", "toolCallId")
    if role == "tool" or call_id is not None:
        return Said("tool", _result(message, content, call_id))
    parts = (*_thinking(message), *content_parts(content), *_calls(message))
    if role in ("user", "function") and parts and all(part.type is NodeType.TOOL_RESULT for part in parts):
        role = "tool"
    name = message.get("name")
    return Said(role, parts, name if isinstance(name, str) and name else None)


def _result(message: Mapping[str, Any], content: Any, call_id: str | None) -> tuple[Part, ...]:
    """Return a result's parts; content that is made of results, or calls, speaks for itself."""
    parts = content_parts(content) if isinstance(content, list) else ()
    if any(part.type is not NodeType.MESSAGE for part in parts):
        return parts
    return result_parts(call_id, content, tool_name(message))


def _thinking(message: Mapping[str, Any]) -> tuple[Part, ...]:
    text = first_text(message, "reasoning_content", "reasoning", "thinking")
    return (Part(text, kind="thinking"),) if text else ()


def _calls(message: Mapping[str, Any]) -> tuple[Part, ...]:
    calls = next((message[key] for key in _CALL_LISTS if isinstance(message.get(key), list)), [])
    legacy = message.get("function_call")
    listed = [*calls, *([legacy] if isinstance(legacy, dict) else [])]
    return tuple(call_part(call) for call in listed if isinstance(call, dict))
