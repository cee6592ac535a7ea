"""LangChain messages, in each form that its own serialisation writes: as objects with `data`, as constructors with
`kwargs`, and flat, as a live message gives its fields; also a LangGraph state that holds them.

Live messages in a list come as flat ones (`context_core.objects`), so LangChain need not be installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.node import NodeType
from context_core.readers.blocks import call_part, content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "langchain"
_ROLES = {
    "human": "user",
    "HumanMessageChunk": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "system": "system",
    "SystemMessageChunk": "system",
    "tool": "tool",
    "ToolMessageChunk": "tool",
    "function": "tool",
    "FunctionMessageChunk": "tool",
    "chat": "chat",
    "ChatMessageChunk": "chat",
    "developer": "developer",
    "remove": "remove",
}
"""By a message's ``type``; a chat message has a role of its own, and a removal says nothing."""
_OWN = {
    "additional_kwargs",
    "response_metadata",
    "usage_metadata",
    "invalid_tool_calls",
    "example",
    "status",
    "artifact",
}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a LangChain message, or a state whose messages are."""
    listed = list(_messages(rows[0]))[:3]
    return bool(listed) and all(_fields(message) is not None for message in listed)


def _messages(row: dict[str, Any]) -> Iterator[Any]:
    values: Any = row.get("values") or row.get("channel_values")
    held: Any = row.get("messages", values.get("messages") if isinstance(values, dict) else None)
    yield from held if isinstance(held, list) and "content" not in row else [row]


def _fields(message: Any) -> tuple[str, dict[str, Any]] | None:
    """Return a message's type and fields, None where it is no LangChain message."""
    if not isinstance(message, dict):
        return None
    kind, data = str(message.get("type")), message.get("data")
    if kind in _ROLES and isinstance(data, dict):
        return kind, data
    path, kwargs = message.get("id"), message.get("kwargs")
    if "lc" in message and isinstance(path, list) and path and isinstance(kwargs, dict):
        name = str(path[-1])
        kind = name if name in _ROLES else name.removesuffix("Message").lower()
        return (kind, kwargs) if kind in _ROLES else None
    is_flat = kind in _ROLES and "content" in message and "role" not in message
    is_own = bool(_OWN & set(message)) or kind in ("human", "ai", "remove") or kind.endswith("Chunk")
    return (kind, message) if is_flat and is_own else None


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages."""
    chain = Chain(FORMAT)
    for number, row in rows:
        listed = list(_messages(row))
        for place, message in enumerate(listed, start=1):
            try:
                found = _message(message, chain, notes)
            except UNREADABLE as error:
                notes.damaged(place if len(listed) > 1 else number, f"cannot be read as a message: {error}")
                continue
            if found is not None:
                yield found


def _message(message: Any, chain: Chain, notes: Notes) -> Message | None:
    fields = _fields(message)
    if fields is None:
        raise ValueError(f"it is of no known type ({type(message).__name__})")
    kind, data = fields
    if kind == "remove":
        return None
    told: Any = data.get("response_metadata")
    model = told.get("model_name") or told.get("model") if isinstance(told, dict) else None
    notes.model = model if isinstance(model, str) else notes.model
    role = _ROLES[kind] if _ROLES[kind] != "chat" else str(data.get("role", "user"))
    usage: Any = data.get("usage_metadata")
    own_id, name = data.get("id"), data.get("name")
    return chain.add(
        role,
        _parts(role, data),
        message,
        id=own_id if isinstance(own_id, str) and own_id else None,
        agent=name if role == "assistant" and isinstance(name, str) and name else None,
        usage=usage if isinstance(usage, dict) else None,
    )


def _parts(role: str, data: dict[str, Any]) -> tuple[Part, ...]:
    if role == "tool":
        call_id, name = data.get("tool_call_id"), data.get("name")
        return result_parts(
            call_id if isinstance(call_id, str) else None, data.get("content"), name if isinstance(name, str) else None
        )
    more: Any = data.get("additional_kwargs")
    more = more if isinstance(more, dict) else {}
    thought = more.get("reasoning_content")
    said = content_parts(data.get("content"))
    held = {part.call_id for part in said if part.type is NodeType.TOOL_CALL}
    calls: list[Any] = list(data.get("tool_calls") or more.get("tool_calls") or ())
    calls += [more["function_call"]] if isinstance(more.get("function_call"), dict) and not calls else []
    calls += list(data.get("invalid_tool_calls") or ())
    made = (call_part(call) for call in calls if isinstance(call, dict))
    thinking = (Part(thought, kind="thinking"),) if isinstance(thought, str) and thought else ()
    return (*thinking, *said, *(part for part in made if part.call_id is None or part.call_id not in held))
