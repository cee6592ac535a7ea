"""InterCode results: one document of tasks by number, each with a `query` and the `turn_history` that answers it.

Actions and observations are two lists; they are paired by position.
"""

from __future__ import annotations

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

FORMAT = "intercode"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a task, or holds tasks."""
    tasks = [task for _, task in _tasks(rows[0])][:3]
    return bool(tasks) and all(_is_task(task) for task in tasks)


def _is_task(value: Any) -> bool:
    history = value.get("turn_history") if isinstance(value, dict) else None
    return isinstance(history, dict) and "actions" in history and "observations" in history


def _tasks(row: dict[str, Any]) -> Iterator[tuple[str | None, Any]]:
    if "turn_history" in row:
        name = row.get("task_id")
        yield None if name is None else str(name), row
    else:
        yield from row.items()


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each task."""
    for number, row in rows:
        for name, task in _tasks(row):
            if _is_task(task):
                yield name, [(number, task)]
            else:
                notes.damaged(number, f"task {name} has no turn_history of actions and observations")


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the question, and for each action the call and what it printed."""
    chain = Chain(FORMAT)
    for number, task in rows:
        try:
            query = content_parts(task.get("query"))
            if query:
                yield chain.add("user", query, task.get("query"))
            yield from _turns(task["turn_history"], chain)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a task: {error}")


def _turns(history: dict[str, Any], chain: Chain) -> Iterator[Message]:
    observations: list[Any] = list(history["observations"])
    for place, action in enumerate(history["actions"]):
        command = action if isinstance(action, str) else dumps(action)
        call = Part(dumps({"command": command}), NodeType.TOOL_CALL, tool_name="execute")
        yield chain.add("assistant", (call,), action)
        if place < len(observations):
            yield chain.add("tool", result_parts(None, observations[place]), observations[place])
