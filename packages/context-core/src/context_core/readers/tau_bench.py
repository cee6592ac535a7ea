"""tau-bench results: a list of runs, each with its task, reward and `traj`, the Chat Completions messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers import openai_chat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "tau-bench"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the rows are runs with a trajectory."""
    return all(isinstance(row.get("traj"), list) for row in rows[:1])


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each run, named by its task and trial."""
    for number, row in rows:
        if isinstance(row.get("traj"), list):
            yield f"{row.get('task_id', number - 1)}/{row.get('trial', 0)}", [(number, row)]
        else:
            notes.damaged(number, f"has no traj (keys: {', '.join(list(row)[:6])})")


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one run."""
    yield from openai_chat.messages(_trajectory(rows, notes), notes)


def _trajectory(rows: Iterable[Row], notes: Notes) -> Iterator[Row]:
    for number, row in rows:
        for place, message in enumerate(row["traj"], start=1):
            if isinstance(message, dict):
                yield place, message
            else:
                notes.damaged(number, f"message {place} is of type {type(message).__name__}; expected an object")
