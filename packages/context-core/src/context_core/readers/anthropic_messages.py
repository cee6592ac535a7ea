"""Anthropic Messages: an array of user's and assistant's messages, or a request body that holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id
from context_core.json_text import canonical
from context_core.readers.anthropic_blocks import parts_of
from context_core.readers.bodies import conversations, heads, unwrapped
from context_core.readers.notes import UNREADABLE
from context_core.readers.plain import format_of
from context_core.transcript import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes

FORMAT = "anthropic-messages"
_BLOCKS = {"tool_use", "tool_result", "thinking", "redacted_thinking", "image", "document", "server_tool_use"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether any message has a block that only this format has, and none is a Chat Completions message."""
    rows = heads(rows)
    if any(row.get("tool_calls") or row.get("role") == "tool" for row in rows):
        return False
    return all(isinstance(row.get("role"), str) for row in rows) and any(_has_own_block(row) for row in rows)


def _has_own_block(row: dict[str, Any]) -> bool:
    content = row.get("content")
    return isinstance(content, list) and any(
        isinstance(block, dict) and (str(block.get("type")) in _BLOCKS or "cache_control" in block) for block in content
    )


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each body of a file of bodies, or all messages as one conversation."""
    return conversations(rows, notes)


def messages(rows: Iterable[Row], notes: Notes, parent: str | None = None) -> Iterator[Message]:
    """Yield the messages; each id commits to the message and all before it."""
    for number, row in unwrapped(rows, notes):
        role = row.get("role")
        if not isinstance(role, str):
            notes.damaged(number, f"has no role (keys: {', '.join(list(row)[:6])})")
            continue
        try:
            parts, layout = parts_of(row.get("content"))
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a message: {error}")
            continue
        metadata: dict[str, Any] = {
            "format": format_of(row, FORMAT),
            "layout": layout if "content" in row else "absent",
        }
        rest = {key: value for key, value in row.items() if key not in ("role", "content")}
        if rest:
            metadata["envelope"] = rest
        message_id = chain_id(parent, canonical(row))
        yield Message(message_id, parent, role, parts, metadata=metadata)
        parent = message_id
