"""SWE-agent trajectories: what the agent saw is `history`; older and shorter files have only steps.

- With function calling, an assistant's message has ``tool_calls`` and its result ``tool_call_ids``.
- Without, the message's ``action`` is the command that its words contain, and the next message is what it printed: they
  are paired by position.
- A demonstration that the harness put before the task is no instruction of the user's.
- A data set of trajectories has ``messages`` in the same form, sometimes as JSON text, one trajectory a row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, loads
from context_core.node import NodeType
from context_core.readers.blocks import content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.dialects import said
from context_core.readers.notes import UNREADABLE
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "swe-agent"
_MAIN = {"main", "primary"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a trajectory: steps of an action and what it printed, or a history of such."""
    first = rows[0]
    steps = first.get("trajectory")
    if isinstance(steps, list) and all(isinstance(s, dict) and "action" in s and "observation" in s for s in steps[:1]):
        return bool(steps) or isinstance(first.get("history"), list)
    told = _history(first)[:4]
    return bool(told) and any("message_type" in m or "agent" in m or "tool_call_ids" in m for m in told)


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each trajectory, named by its instance where the file says it."""
    for row in rows:
        names = (row[1].get(key) for key in ("traj_id", "instance_id"))
        yield next((name for name in names if isinstance(name, str)), None), [row]


def _history(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the messages that the agent saw, or none where the file has only steps."""
    for key in ("history", "messages"):
        told: Any = row.get(key)
        if isinstance(told, str):
            told = loads(told)
        if isinstance(told, list) and told and all(isinstance(m, dict) and "role" in m for m in told):
            return told
    return []


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one trajectory."""
    chain = Chain(FORMAT)
    for number, row in rows:
        if isinstance(row.get("model"), str):
            notes.model = row["model"]
        try:
            told = _history(row) or list(_of_steps(row))
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a trajectory: {error}")
            continue
        acted = False
        for place, message in enumerate(told, start=1):
            try:
                yield _message(message, chain, answers=acted)
                acted = "action" in message and not message.get("tool_calls")
            except UNREADABLE as error:
                notes.damaged(place, f"cannot be read as a message: {error}")


def _of_steps(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the messages that the steps of a file without history stand for."""
    steps: list[dict[str, Any]] = row["trajectory"]
    head = (steps[0].get("query") or steps[0].get("messages")) if steps else None
    for message in head if isinstance(head, list) else []:
        if isinstance(message, dict) and message.get("role") in ("system", "user"):
            yield message
    for step in steps:
        yield {"role": "assistant", "content": step.get("response") or step.get("thought"), "action": step["action"]}
        yield {"role": "user", "content": step.get("observation")}


def _message(message: dict[str, Any], chain: Chain, *, answers: bool) -> Message:
    role = str(message["role"])
    agent = message.get("agent")
    return chain.add(
        "tool" if answers and role == "user" else role,
        _parts(message, answers=answers and role == "user"),
        message,
        agent=agent if isinstance(agent, str) and agent not in _MAIN else None,
    )


def _parts(message: dict[str, Any], *, answers: bool) -> tuple[Part, ...]:
    call_ids: Any = message.get("tool_call_ids")
    if answers:
        return result_parts(None, message.get("content"))
    if message.get("role") == "tool" and isinstance(call_ids, list) and call_ids:
        first, *more = map(str, call_ids)
        empty = (Part("", NodeType.TOOL_RESULT, call_id=call_id) for call_id in more)
        return (*result_parts(first, message.get("content")), *empty)
    parts = (*content_parts(message.get("thinking_blocks")), *said(message).parts)
    if message.get("role") == "assistant" and not message.get("tool_calls") and isinstance(message.get("action"), str):
        command = {"command": message["action"]}
        return (*parts, Part(dumps(command), NodeType.TOOL_CALL, tool_name="bash"))
    if message.get("is_demo"):
        return tuple(replace(part, metadata={**part.metadata, "reminder": True}) for part in parts)
    return parts
