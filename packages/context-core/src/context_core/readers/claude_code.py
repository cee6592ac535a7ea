"""Claude Code's log: JSON Lines of rows with `uuid` and `parentUuid`, Anthropic blocks inside.

- Assistant rows that share a `message.id` are pieces of one message.
- A row's parent is its nearest ancestor that is a message: progress, snapshots and hooks are not context.
- A compaction's recap begins a branch, so the window starts at it.
- What the harness attached and the model saw (queued prompts, changed files, listings) is a user's text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from context_core.hashing import chain_id
from context_core.json_text import canonical, dumps
from context_core.readers.anthropic_blocks import parts_of
from context_core.readers.notes import UNREADABLE, seconds
from context_core.readers.ordering import parents_first
from context_core.transcript import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes

FORMAT = "claude-code"
_SPOKEN = ("user", "assistant")
_RECAP = "This session is being continued from a previous conversation that ran out of context."
_ATTACHED = ("content", "snippet", "prompt", "addedBlocks", "addedLines", "files")
"""Fields of an attachment that the model is shown."""
_UNSHOWN = {"hook_success", "hook_system_message", "command_permissions", "auto_mode", "deferred_tools_delta"}
"""Attachments that only the harness and the person see."""


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether any row has the log's own keys."""
    return any(
        "parentUuid" in row and "uuid" in row and ("sessionId" in row or "isSidechain" in row) for row in rows
    ) or any(row.get("type") == "file-history-snapshot" for row in rows)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield one message a row that the model saw."""
    log = _Log(notes)
    for number, row in parents_first(_identified(rows), notes):
        try:
            message = log.message(number, row)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a row of this log ({error})")
            log.pass_over(row)
            continue
        if message is not None:
            yield message


def _identified(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows; one that speaks and has no id gets one, and follows the row before it."""
    last: str | None = None
    for number, row in rows:
        if not isinstance(row.get("uuid"), str) and row.get("type") in list(_SPOKEN):
            row = {**row, "uuid": chain_id(last, canonical(row)), "parentUuid": last}
        last = row["uuid"] if isinstance(row.get("uuid"), str) else last
        yield number, row


class _Log:
    """What was read of one file: for each row the message it follows on, and what must not be read twice."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._nearest: dict[str, str | None] = {}
        self._seen: dict[str, int] = {}
        self._copies: dict[str, int] = {}
        self._calls: set[tuple[str, str]] = set()

    def message(self, number: int, row: dict[str, Any]) -> Message | None:
        """Return the row's message, or None where it says nothing, or nothing new."""
        content = _content(row)
        if content is None or self._is_repeated(number, row, content):
            self.pass_over(row)
            return None
        parent = None if _is_recap(row, content) else self._parent(row)
        uuid: str = row["uuid"]
        if uuid in self._seen:
            uuid = self._free(uuid)
            self._notes.mended(number, f"has the uuid of an earlier row and other content; read as {uuid}")
        message = _message(row, uuid, parent, content, self._notes)
        self._seen[uuid] = _digest(content)
        self._nearest[uuid] = uuid
        return message

    def pass_over(self, row: dict[str, Any]) -> None:
        """Let what follows the row follow what it follows."""
        self._nearest.setdefault(row["uuid"], self._parent(row))

    def _parent(self, row: dict[str, Any]) -> str | None:
        parent = row.get("parentUuid")
        return self._nearest.get(parent) if isinstance(parent, str) else None

    def _is_repeated(self, number: int, row: dict[str, Any], content: Any) -> bool:
        body = row.get("message")
        group = body.get("id") if isinstance(body, dict) else None
        calls = {(str(group), str(block.get("id"))) for block in _calls(content)} if group else set[tuple[str, str]]()
        uuid: str = row["uuid"]
        again = (uuid in self._seen and self._seen[uuid] == _digest(content)) or (bool(calls) and calls <= self._calls)
        self._calls |= calls
        if again:
            self._notes.mended(number, f"repeats row {row['uuid']}, or its call; read once")
        return again

    def _free(self, uuid: str) -> str:
        self._copies[uuid] = self._copies.get(uuid, 1) + 1
        return f"{uuid}~{self._copies[uuid]}"


def _digest(content: Any) -> int:
    """Return what tells two contents apart in this process: a log may be larger than memory."""
    try:
        return hash(orjson.dumps(content))
    except TypeError:
        return hash(canonical(content))


def _calls(content: Any) -> list[dict[str, Any]]:
    blocks = content if isinstance(content, list) else []
    return [block for block in blocks if isinstance(block, dict) and block.get("type") == "tool_use"]


def _is_recap(row: dict[str, Any], content: Any) -> bool:
    """Return whether the row is what a compaction left of all before it; older versions wrote a plain user's row."""
    if row.get("isCompactSummary"):
        return True
    return row.get("type") == "user" and isinstance(content, str) and content.startswith(_RECAP)


def _content(row: dict[str, Any]) -> Any:
    """Return what the row says to the model, or None where it says nothing."""
    message = row.get("message")
    if row.get("type") in list(_SPOKEN) and isinstance(message, dict):
        return message.get("content")
    attachment = row.get("attachment")
    if row.get("type") == "attachment" and isinstance(attachment, dict):
        return _attached(attachment)
    return None


def _attached(attachment: dict[str, Any]) -> str | None:
    if str(attachment.get("type")) in _UNSHOWN:
        return None
    shown = next((attachment[key] for key in _ATTACHED if attachment.get(key)), None)
    if isinstance(shown, list) and all(isinstance(item, str) for item in shown):
        return "\n".join(shown)
    return shown if isinstance(shown, str) or shown is None else dumps(shown)


def _message(row: dict[str, Any], uuid: str, parent: str | None, content: Any, notes: Notes) -> Message:
    body: dict[str, Any] = row.get("message") or {}
    parts, _ = parts_of(content)
    role: str = body["role"] if isinstance(body.get("role"), str) else row["type"]
    metadata: dict[str, Any] = {"format": FORMAT}
    if row["type"] == "attachment":
        role = "user"
        metadata["attachment"] = str(row["attachment"].get("type"))
    if _is_recap(row, content):
        metadata["recap"] = True
    if row.get("isMeta") or metadata.get("attachment", "queued_command") != "queued_command":
        parts = tuple(replace(part, metadata={**part.metadata, "reminder": True}) for part in parts)
    if isinstance(body.get("usage"), dict):
        metadata["usage"] = body["usage"]
    if isinstance(body.get("model"), str) and not body["model"].startswith("<"):
        notes.model = body["model"]
    if notes.session_id is None and isinstance(row.get("sessionId"), str):
        notes.session_id = row["sessionId"]
    group = body.get("id") if role == "assistant" and isinstance(body.get("id"), str) else None
    thread = str(row.get("agentId") or "side") if row.get("isSidechain") else None
    return Message(uuid, parent, role, parts, group, seconds(row.get("timestamp")), metadata, thread)
