"""Messages that mean the same in every provider's form: a role, and text."""

from __future__ import annotations

from typing import Any

PLAIN = "plain"
"""The format of such a message: every renderer writes it back as it was read."""


def format_of(row: dict[str, Any], format: str) -> str:
    """Return the format to note for a message: `PLAIN` where no form claims it, else the reader's.

    Example:
        >>> format_of({"role": "user", "content": "hi"}, "openai-chat")
        'plain'
        >>> format_of({"role": "tool", "content": "hi", "tool_call_id": "c"}, "openai-chat")
        'openai-chat'
    """
    if set(row) != {"role", "content"} or row["role"] not in ("user", "assistant"):
        return format
    content = row["content"]
    if isinstance(content, str):
        return PLAIN if content.strip() else format
    blocks: list[Any] = content if isinstance(content, list) else []
    return PLAIN if blocks and all(_is_plain_text(block) for block in blocks) else format


def _is_plain_text(block: Any) -> bool:
    """Return whether a block is text and no more; a blank one is refused by some providers."""
    is_text = isinstance(block, dict) and set(block) == {"type", "text"} and block["type"] == "text"
    return is_text and isinstance(block["text"], str) and bool(block["text"].strip())
