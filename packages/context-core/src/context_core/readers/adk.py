"""Google ADK sessions: `events` of a user and of agents, each a Gemini content with its parts.

- ``functionCall`` and ``functionResponse`` parts are calls and results; without ids they are paired by tool and order.
- An event that is one piece of a stream is left out: the whole follows it.
- The system prompt stands in the log of the model's requests, where a session was saved with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.node import NodeType
from context_core.readers.blocks import content_parts
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message, Part

FORMAT = "adk"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a session with events, or an event."""
    events: Any = rows[0].get("events", [rows[0]])
    return isinstance(events, list) and bool(events) and all(_is_event(event) for event in events[:3])


def _is_event(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("author"), str) and _invocation(event) is not None


def _invocation(event: dict[str, Any]) -> Any:
    return event.get("invocation_id", event.get("invocationId"))


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield a message an event that says something."""
    chain = Chain(FORMAT)
    for number, row in rows:
        events: Any = row.get("events", [row])
        if "events" in row and isinstance(row.get("id"), str):
            notes.session_id = row["id"]
        system = _system(row)
        if system:
            yield chain.add("system", content_parts(system), system)
        for place, event in enumerate(events if isinstance(events, list) else [], start=1):
            try:
                yield from _event(event, chain)
            except UNREADABLE as error:
                notes.damaged(place if "events" in row else number, f"cannot be read as an event: {error}")


def _system(row: dict[str, Any]) -> Any:
    """Return the system prompt of the first request that the session's log holds."""
    logs: Any = row.get("event_logs")
    first: Any = logs[0] if isinstance(logs, list) and logs else None
    for key in ("model_request", "config", "system_instruction"):
        first = first.get(key) if isinstance(first, dict) else None
    return first


def _event(event: Any, chain: Chain) -> Iterator[Message]:
    if not isinstance(event, dict):
        raise ValueError(f"got {type(event).__name__}; expected an object")
    content: Any = event.get("content")
    if event.get("partial") is True or not isinstance(content, dict):
        return
    parts = content_parts(content.get("parts"))
    author = str(event.get("author") or "user")
    usage: Any = event.get("usage_metadata", event.get("usageMetadata"))
    own_id = event.get("id")
    if parts:
        yield chain.add(
            _role(author, content, parts),
            parts,
            event,
            id=own_id if isinstance(own_id, str) and own_id else None,
            time=seconds(event.get("timestamp")),
            agent=None if author == "user" else author,
            usage=usage if isinstance(usage, dict) else None,
        )


def _role(author: str, content: dict[str, Any], parts: Sequence[Part]) -> str:
    if all(part.type is NodeType.TOOL_RESULT for part in parts):
        return "tool"
    return "user" if author == "user" and content.get("role") != "model" else "assistant"
