"""Codex's rollout log: JSON Lines of `response_item` rows, with events beside them.

- Events repeat what the items say; only items are context. Those that count tokens are kept beside the next item.
- Items have no ids: each is named by a hash of what stands before it and its bytes.
- What the assistant does without a result between (reasoning, words, calls) is one message.
- A compaction row carries the history that replaces all before it: a new branch behind the system prompt.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id
from context_core.json_text import canonical, dumps, json_object
from context_core.node import NodeType
from context_core.readers.anthropic_blocks import plain_part
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes

FORMAT = "codex"
_ROWS = {"session_meta", "response_item", "event_msg", "turn_context", "compacted"}
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
_RECAP = {"format": FORMAT, "recap": True}
_RESULTS = {"function_call_output", "custom_tool_call_output", "local_shell_call_output"}
_UNSHOWN = {"ghost_snapshot", "compaction"}
"""Items that only the harness reads."""


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether any row has a type and a payload as the rollout log writes them."""
    return any(row.get("type") in _ROWS and isinstance(row.get("payload"), dict) for row in rows)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield one message an item that the model saw."""
    chain = _Chain()
    for number, row in rows:
        payload = row.get("payload")
        if not isinstance(payload, dict):
            continue
        kind, time = row.get("type"), seconds(row.get("timestamp"))
        try:
            if kind == "session_meta":
                yield from _session(payload, chain, notes, time)
            elif kind == "turn_context" and isinstance(payload.get("model"), str):
                notes.model = payload["model"]
            elif kind == "event_msg" and payload.get("type") == "token_count":
                chain.note_usage(payload)
            elif kind == "response_item":
                yield from chain.follow(payload, time)
            elif kind == "compacted":
                yield from _compacted(payload, chain, time)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a row of this log ({error})")


class _Chain:
    """The branch that is being read: what the next item follows, and the message it belongs to."""

    def __init__(self) -> None:
        self.system: str | None = None
        self.parent: str | None = None
        self.group: str | None = None
        self.nameless: deque[str] = deque()
        self.usage: dict[str, Any] | None = None

    def note_usage(self, event: dict[str, Any]) -> None:
        """Keep the figures of the request just answered for the item that comes next: its answer was read already."""
        info = event.get("info")
        usage = info.get("last_token_usage") if isinstance(info, dict) else None
        self.usage = usage if isinstance(usage, dict) else self.usage

    def follow(self, item: dict[str, Any], time: float | None) -> Iterator[Message]:
        role, parts = _item(item)
        if not parts:
            return
        message_id = chain_id(self.parent, canonical(item))
        parts = tuple(self._named(part, message_id) for part in parts)
        self.group = (self.group or message_id) if role == "assistant" else None
        usage = {"usage_before": self.usage} if self.usage else {}
        yield Message(message_id, self.parent, role, parts, self.group, time, {"format": FORMAT, **usage})
        self.parent, self.usage = message_id, None

    def _named(self, part: Part, message_id: str) -> Part:
        """Give a call without an id one of its own, and a result without an id that of the oldest such call."""
        if part.type is NodeType.MESSAGE or part.call_id is not None:
            return part
        if part.type is NodeType.TOOL_CALL:
            self.nameless.append(f"call_{message_id}")
            return replace(part, call_id=self.nameless[-1])
        return replace(part, call_id=self.nameless.popleft()) if self.nameless else part


def _session(payload: dict[str, Any], chain: _Chain, notes: Notes, time: float | None) -> Iterator[Message]:
    """Yield the system prompt of the first session row; those of a session it was forked from repeat it."""
    if notes.session_id is None and isinstance(payload.get("id"), str):
        notes.session_id = payload["id"]
    base = payload.get("base_instructions")
    text = base.get("text") if isinstance(base, dict) else payload.get("instructions")
    if chain.parent is None and isinstance(text, str) and text:
        yield from chain.follow({"type": "message", "role": "system", "content": text}, time)
        chain.system = chain.parent


def _compacted(payload: dict[str, Any], chain: _Chain, time: float | None) -> Iterator[Message]:
    history = payload.get("replacement_history")
    recap = payload.get("message")
    items: list[Any] = history if isinstance(history, list) else []
    if not items and isinstance(recap, str) and recap:
        items = [{"type": "message", "role": "user", "content": recap}]
    if not items:
        return
    root, begun = chain_id(chain.parent, b"compacted"), False
    chain.parent, chain.group = chain.system, None
    for item in items:
        if not isinstance(item, dict):
            raise ValueError(f"got a history item of type {type(item).__name__}; expected an object")
        for message in chain.follow(item, time):
            if not begun:
                chain.parent, begun = root, True
                message = replace(message, id=root, parent=chain.system, group=None, metadata=_RECAP)
            yield message


def _item(item: dict[str, Any]) -> tuple[str, tuple[Part, ...]]:
    """Return an item's role and parts; no parts where the model is shown nothing of it."""
    kind = str(item.get("type"))
    if kind == "message":
        return str(item.get("role", "user")), _content(item.get("content"), NodeType.MESSAGE)
    if kind == "reasoning":
        return "assistant", _reasoning(item)
    if kind in _CALLS:
        return "assistant", (_call(item, _CALLS[kind]),)
    if kind in _RESULTS:
        return "tool", _content(item.get("output"), NodeType.TOOL_RESULT, call_id=_call_id(item))
    if kind == "local_shell_call":
        return "assistant", (_call({**item, "name": "local_shell", "input": item.get("action")}, "input"),)
    if kind in _UNSHOWN:
        return "assistant", ()
    return "assistant", (Part(dumps(item), kind="other"),) if set(item) - {"type", "status", "id"} else ()


def _content(content: Any, type: NodeType, **own: Any) -> tuple[Part, ...]:
    if isinstance(content, str):
        return (Part(content, type, **own),)
    if isinstance(content, list) and all(isinstance(block, dict) for block in content):
        return tuple(
            plain_part(_text_block(block), type, metadata={"block": number} if number and own else {}, **own)
            for number, block in enumerate(content)
        ) or (Part("", type, **own),)
    return (Part("" if content is None else dumps(content), type, **own),)


def _text_block(block: dict[str, Any]) -> dict[str, Any]:
    is_text = block.get("type") in ("input_text", "output_text", "text") and isinstance(block.get("text"), str)
    return {"type": "text", "text": block["text"]} if is_text else block


def _call_id(item: dict[str, Any]) -> str | None:
    call_id = item.get("call_id")
    return None if call_id is None else str(call_id)


def _reasoning(item: dict[str, Any]) -> tuple[Part, ...]:
    blocks = [*(item.get("summary") or ()), *(item.get("content") or ())]
    texts = [block["text"] for block in blocks if isinstance(block, dict) and isinstance(block.get("text"), str)]
    return (Part("\n\n".join(texts), kind="thinking"),) if texts else ()


def _call(item: dict[str, Any], text_key: str) -> Part:
    value = item.get(text_key)
    content = dumps({"input": value}) if text_key == "input" and isinstance(value, str) else json_object(value or "")
    return Part(content, NodeType.TOOL_CALL, call_id=_call_id(item), tool_name=str(item.get("name", "unknown")))
