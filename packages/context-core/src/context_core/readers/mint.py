"""MINT results: JSON Lines of `state` and `task`; the agent's code stands in ``<execute>`` and is run by the harness.

- The first ``<execute>`` of an assistant's message that an observation follows is a call; the observation, its result.
- Other observations (on a proposed solution) are the harness's words.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps
from context_core.node import NodeType
from context_core.readers.blocks import content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "mint"
_EXECUTE = re.compile(r"<execute>(.*?)</execute>", re.DOTALL)
_OBSERVED = "Observation:"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a task's final state with its history."""
    state = rows[0].get("state")
    return isinstance(state, dict) and isinstance(state.get("history"), list) and isinstance(rows[0].get("task"), dict)


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each task, by its name and id."""
    for number, row in rows:
        task: Any = row.get("task")
        task = task if isinstance(task, dict) else {}
        yield f"{task.get('task_name', 'task')}/{task.get('task_id', number - 1)}", [(number, row)]


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one task."""
    chain = Chain(FORMAT)
    for number, row in rows:
        state: Any = row.get("state")
        history: Any = state.get("history") if isinstance(state, dict) else None
        if not isinstance(history, list):
            notes.damaged(number, "has no history")
            continue
        called = False
        for place, message in enumerate(history, start=1):
            try:
                said = _text(message)
                is_answer = message["role"] == "user" and said.startswith(_OBSERVED)
                following = history[place] if place < len(history) else None
                call = _call(said, following) if message["role"] == "assistant" else ()
                yield _message(message, said, chain, call, observed=is_answer, answers=is_answer and called)
                called = bool(call)
            except UNREADABLE as error:
                notes.damaged(place, f"cannot be read as a message: {error}")


def _text(message: Any) -> str:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ValueError("it has no role")
    content = message.get("content")
    return content if isinstance(content, str) else "" if content is None else dumps(content)


def _call(text: str, following: Any) -> tuple[Part, ...]:
    found = _EXECUTE.search(text)
    if found is None or not _text(following or {"role": ""}).startswith(_OBSERVED):
        return ()
    return (Part(dumps({"code": found[1].strip("\n")}), NodeType.TOOL_CALL, tool_name="execute"),)


def _message(
    message: dict[str, Any], said: str, chain: Chain, call: tuple[Part, ...], *, observed: bool, answers: bool
) -> Message:
    if answers:
        return chain.add("tool", result_parts(None, said, "execute"), message)
    parts = content_parts(said)
    if observed:
        parts = tuple(replace(part, metadata={"reminder": True}) for part in parts)
    return chain.add(message["role"], (*parts, *call), message)
