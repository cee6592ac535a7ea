"""Gemini CLI's saved chats: one document with `sessionId` and `messages`, or JSON Lines of the same messages.

- A ``gemini`` message has its thoughts, its words, and its tool calls, each call with its result.
- In JSON Lines a message is written again when its calls have results; the last writing counts.
- What the program tells the person (``info``, ``warning``, ``error``) the model does not see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.node import NodeType
from context_core.readers.blocks import call_part, content_parts, result_of
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "gemini-cli"
_ROLES = {"user": "user", "gemini": "assistant"}
_UNSHOWN = {"info", "warning", "error"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a saved chat, or the heading of one."""
    first = rows[0]
    return isinstance(first.get("sessionId"), str) and (
        "projectHash" in first
        or (isinstance(first.get("messages"), list) and all(_is_message(m) for m in first["messages"][:3]))
    )


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in {*_ROLES, *_UNSHOWN} and "content" in value


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield what was said, and behind each message with calls their results."""
    chain = Chain(FORMAT)
    for number, message in _last_written(rows, notes):
        try:
            yield from _message(message, chain, notes)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a message: {error}")


def _last_written(rows: Iterable[Row], notes: Notes) -> Iterator[Row]:
    found: dict[str, Row] = {}
    for number, row in rows:
        if isinstance(row.get("sessionId"), str):
            notes.session_id = row["sessionId"]
        told: Any = row["messages"] if isinstance(row.get("messages"), list) else [row]
        for place, message in enumerate(told, start=1):
            if not isinstance(message, dict):
                notes.damaged(place, f"got a message of type {type(message).__name__}; expected an object")
            elif isinstance(message.get("id"), str) or message.get("type") in list(_ROLES):
                found[str(message.get("id", f"#{number}.{place}"))] = (place if told is not row else number, message)
    yield from found.values()


def _message(message: dict[str, Any], chain: Chain, notes: Notes) -> Iterator[Message]:
    role = _ROLES.get(str(message.get("type")))
    if role is None:
        return
    if isinstance(message.get("model"), str):
        notes.model = message["model"]
    own_id = message.get("id") if isinstance(message.get("id"), str) and message["id"] else None
    calls = [call for call in message.get("toolCalls") or () if isinstance(call, dict)]
    parts = (*_thoughts(message), *content_parts(message.get("content")), *map(call_part, calls))
    if not parts:
        return
    tokens: Any = message.get("tokens")
    usage = tokens if isinstance(tokens, dict) else None
    time = seconds(message.get("timestamp"))
    yield chain.add(role, parts, message, id=own_id, time=time, usage=usage)
    results = tuple(part for call in calls for part in _result(call))
    if results:
        yield chain.add("tool", results, calls, id=f"{own_id}.results" if own_id else None, time=time)


def _thoughts(message: dict[str, Any]) -> Iterator[Part]:
    for thought in message.get("thoughts") or ():
        said = [thought.get(key) for key in ("subject", "description")] if isinstance(thought, dict) else [thought]
        text = "\n".join(words for words in said if isinstance(words, str) and words)
        if text:
            yield Part(text, kind="thinking")


def _result(call: dict[str, Any]) -> tuple[Part, ...]:
    """Return a call's result: a function's response, and what else was given with it."""
    result: Any = call.get("result")
    name = str(call.get("name", "unknown"))
    own = call.get("id")
    call_id = own if isinstance(own, str) else None
    if result is None:
        return ()
    found: list[Part] = []
    for block in result if isinstance(result, list) else [result]:
        answer = block.get("functionResponse") if isinstance(block, dict) else None
        found += result_of(answer) if isinstance(answer, dict) else content_parts(block)
    numbers = ({"block": number} if number else {} for number in range(len(found)))
    return tuple(
        Part(part.content, NodeType.TOOL_RESULT, part.kind, call_id or part.call_id, name, own)
        for part, own in zip(found, numbers, strict=True)
    )
