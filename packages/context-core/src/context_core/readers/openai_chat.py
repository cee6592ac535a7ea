"""OpenAI Chat Completions: an array of messages with `tool_calls` and role ``tool``; also plain role and content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id
from context_core.json_text import canonical, dumps
from context_core.node import NodeType
from context_core.readers.anthropic_blocks import plain_part
from context_core.readers.bodies import conversations, heads, unwrapped
from context_core.readers.notes import UNREADABLE
from context_core.readers.plain import format_of
from context_core.transcript import Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes

FORMAT = "openai-chat"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the rows have roles as messages do; an unknown role is read as it is."""
    first = heads(rows)[:1]
    return all(isinstance(row.get("role"), str) and ("content" in row or "tool_calls" in row) for row in first) and (
        bool(first)
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
            message_id = chain_id(parent, canonical(row))
            yield Message(message_id, parent, role, _parts(row), metadata=_metadata(row))
            parent = message_id
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a message: {error}")


def _metadata(row: dict[str, Any]) -> dict[str, Any]:
    content = row.get("content")
    if isinstance(content, list):
        layout = "list" if content else "empty"
    elif content is None:
        layout = "null" if "content" in row else "absent"
    else:
        layout = "string"
    is_result = row["role"] == "tool" and isinstance(row.get("tool_call_id"), str)
    meant = {"role", "content", "tool_call_id"} if is_result else {"role", "content"}
    if _is_call_list(row.get("tool_calls")):
        meant.add("tool_calls")
    rest = {key: value for key, value in row.items() if key not in meant}
    return {"format": format_of(row, FORMAT), "layout": layout, **({"envelope": rest} if rest else {})}


def _is_call_list(calls: Any) -> bool:
    return isinstance(calls, list) and bool(calls) and all(_body_key(call) is not None for call in calls)


def _body_key(call: Any) -> str | None:
    """Return the key of a call's body and None where the call is not one this reader knows."""
    if not isinstance(call, dict):
        return None
    for key, text in (("function", "arguments"), ("custom", "input")):
        body = call.get(key)
        if isinstance(body, dict) and isinstance(body.get("name"), str) and isinstance(body.get(text), (str, dict)):
            return key
    return None


def _parts(row: dict[str, Any]) -> tuple[Part, ...]:
    content, call_id = row.get("content"), row.get("tool_call_id")
    is_result = row["role"] == "tool" and isinstance(call_id, str)
    node_type = NodeType.TOOL_RESULT if is_result else NodeType.MESSAGE
    own: dict[str, Any] = {"call_id": call_id} if is_result else {}
    parts: list[Part] = []
    if isinstance(content, str):
        parts.append(Part(content, node_type, **own))
    elif isinstance(content, list):
        for number, block in enumerate(content):
            if not isinstance(block, dict):
                raise ValueError(f"got a content part of type {type(block).__name__}; expected an object")
            metadata = {"block": number} if is_result and number else {}
            parts.append(plain_part(block, node_type, metadata=metadata, **own))
    elif content is not None:
        raise ValueError(f"got content of type {type(content).__name__}; expected a string or a list of parts")
    if _is_call_list(row.get("tool_calls")):
        parts += [_call(call) for call in row["tool_calls"]]
    return tuple(parts) or (Part("", node_type, **own),)


def _call(call: Mapping[str, Any]) -> Part:
    key = _body_key(call) or "function"
    body = call[key]
    text = "input" if key == "custom" else "arguments"
    fields = {name: value for name, value in call.items() if name not in ("id", key)}
    if fields.setdefault("type", None) == "function":
        del fields["type"]
    inner = {name: value for name, value in body.items() if name not in ("name", text)}
    if inner:
        fields[key] = inner
    call_id = call.get("id")
    metadata: dict[str, Any] = {"fields": fields} if fields else {}
    if isinstance(body[text], dict):
        metadata["arguments"] = "object"
    return Part(
        body[text] if isinstance(body[text], str) else dumps(body[text]),
        NodeType.TOOL_CALL,
        call_id=call_id if isinstance(call_id, str) else None,
        tool_name=body["name"],
        metadata=metadata,
    )
