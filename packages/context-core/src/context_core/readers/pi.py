"""Pi's sessions: JSON Lines of entries with `id` and `parentId`, a tree; messages with text, thinking and tool calls.

- An entry's parent is its nearest ancestor that says something; entries of the first version have no ids and follow
  one another.
- A compaction's summary begins a branch, so the window starts at it.
- A command that the user ran beside the model is a user's text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id
from context_core.json_text import canonical
from context_core.readers.blocks import content_parts, result_parts
from context_core.readers.dialects import role_of
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes

FORMAT = "pi"
_RECAPS = {"compaction", "branch_summary"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the rows open with a session's heading, or are messages of its tree."""
    first = rows[0]
    if first.get("type") == "session" and isinstance(first.get("id"), str) and "cwd" in first:
        return True
    return first.get("type") == "message" and "parentId" in first and isinstance(first.get("message"), dict)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield one message an entry that the model saw."""
    nearest: dict[str, str | None] = {}
    last: str | None = None
    for number, row in rows:
        parent = nearest.get(row["parentId"], last) if isinstance(row.get("parentId"), str) else None
        if "parentId" not in row:
            parent = last
        own_id = row.get("id")
        try:
            _learn(row, notes)
            message = _message(row, parent)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as an entry: {error}")
            message = None
        at = parent if message is None else message.id
        if isinstance(own_id, str):
            nearest[own_id] = at
        last = at if message is not None else last
        if message is not None:
            yield message


def _learn(row: dict[str, Any], notes: Notes) -> None:
    body: Any = row.get("message")
    if row.get("type") == "session" and isinstance(row.get("id"), str):
        notes.session_id = row["id"]
    if row.get("type") == "model_change" and isinstance(row.get("modelId"), str):
        notes.model = row["modelId"]
    if isinstance(body, dict) and isinstance(body.get("model"), str):
        notes.model = body["model"]


def _message(row: dict[str, Any], parent: str | None) -> Message | None:
    kind = str(row.get("type"))
    own_id = row["id"] if isinstance(row.get("id"), str) and row["id"] else chain_id(parent, canonical(row))
    time = seconds(row.get("timestamp"))
    if kind in _RECAPS and isinstance(row.get("summary"), str):
        follows = parent if kind == "branch_summary" else None
        return Message(own_id, follows, "user", (Part(row["summary"]),), None, time, {"format": FORMAT, "recap": True})
    if kind == "custom_message":
        parts = content_parts(row.get("content"))
        told = tuple(Part(part.content, kind=part.kind, metadata={"reminder": True}) for part in parts)
        return Message(own_id, parent, "user", told, None, time, {"format": FORMAT}) if told else None
    body: Any = row.get("message")
    if kind != "message" or not isinstance(body, dict):
        return None
    role, parts = _said(body)
    usage = {"usage": body["usage"]} if isinstance(body.get("usage"), dict) else {}
    return Message(own_id, parent, role, parts, None, time, {"format": FORMAT, **usage}) if parts else None


def _said(body: dict[str, Any]) -> tuple[str, tuple[Part, ...]]:
    role = str(body.get("role"))
    if role == "toolResult":
        call_id, name = body.get("toolCallId"), body.get("toolName")
        return "tool", result_parts(
            call_id if isinstance(call_id, str) else None, body.get("content"), name if isinstance(name, str) else None
        )
    if role == "bashExecution":
        return "user", (Part(f"$ {body.get('command')}\n{body.get('output') or ''}"),)
    if role in ("branchSummary", "compactionSummary"):
        return "user", content_parts(body.get("summary"))
    return role_of(role), content_parts(body.get("content"))
