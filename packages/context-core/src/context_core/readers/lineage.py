"""What every transcript promises, whatever its reader was given.

1. Ids are unique: a second message of an id gets one of its own, and is noted.
2. A parent stands before its children: one that does not is replaced by the message before.
3. Causes are ids of earlier messages; others are dropped.
4. What a reader could not make sense of is damage that names the format, whatever error came of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from context_core.errors import TranscriptError
from context_core.readers.notes import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_core.readers.notes import Notes
    from context_core.transcript import Message


T = TypeVar("T")


def guarded(items: Iterable[T], format: str, notes: Notes) -> Iterator[T]:
    """Yield what a reader gives until it fails on values of other types than the format says, which is noted."""
    try:
        yield from items
    except TranscriptError:
        raise
    except UNREADABLE as error:
        notes.damaged(1, f"cannot be read further as {format} ({type(error).__name__}: {error})")


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
