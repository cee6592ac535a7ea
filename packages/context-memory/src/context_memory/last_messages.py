"""The last messages of a conversation, cut where a provider accepts it: never between a call and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from context_core.renderers.rendered import Rendered

if TYPE_CHECKING:
    from collections.abc import Mapping


def last_messages(messages: Rendered, limit: int | None) -> Rendered:
    """Return the last messages, at most as many as the limit, from the first that answers no call before it.

    Args:
        messages: in OpenAI Chat's or Anthropic's form, each result right behind its call.
        limit: messages at most; None for all.

    Raises:
        ValueError: the limit is below 0.

    Example:
        >>> said = Rendered({"role": role, "content": "…"} for role in ("user", "assistant", "tool", "assistant"))
        >>> [message["role"] for message in last_messages(said, 2)]
        ['assistant']
    """
    if limit is None:
        return messages
    if limit < 0:
        raise ValueError(f"got limit={limit}; expected at least 0, or None for all messages")
    start = max(0, len(messages) - limit)
    while 0 < start < len(messages) and _is_result(messages[start]):
        start += 1
    return Rendered(messages[start:], messages.system, names=messages.names)


def _is_result(message: Mapping[str, Any]) -> bool:
    if message.get("role") in ("tool", "function"):
        return True
    content = message.get("content")
    blocks = cast("list[Any]", content) if isinstance(content, list) else []
    return any(isinstance(block, dict) and block.get("type") == "tool_result" for block in blocks)  # pyright: ignore
