"""What every transcript promises, whatever its reader was given.

1. Ids are unique: a second message of an id gets one of its own, and is noted.
2. A parent stands before its children: one that does not is replaced by the message before.
3. Causes are ids of earlier messages; others are dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_core.readers.notes import Notes
    from context_core.transcript import Message


def in_line(messages: Iterable[Message], notes: Notes) -> Iterator[Message]:
    """Yield the messages, mended where they break a promise."""
    seen: set[str] = set()
    last: str | None = None
    for count, message in enumerate(messages, start=1):
        if message.parent is not None and message.parent not in seen:
            notes.mended(count, f"message {message.id} follows {message.parent}, which is missing; read behind {last}")
            message = replace(message, parent=last)
        if message.id in seen:
            message = replace(message, id=_free(message.id, seen))
            notes.mended(count, f"has the id of an earlier message; read as {message.id}")
        if not seen.issuperset(message.causes):
            message = replace(message, causes=tuple(cause for cause in message.causes if cause in seen))
        seen.add(message.id)
        last = message.id
        yield message


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}~{number}" in taken:
        number += 1
    return f"{name}~{number}"
