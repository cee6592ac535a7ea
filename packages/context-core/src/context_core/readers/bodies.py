"""Request and response bodies of message APIs: the messages they hold, each body a conversation.

1. A request body has ``messages``; Anthropic's ``system`` stands beside them and comes first.
2. A response body of Chat Completions has ``choices``; the first is the answer.
3. A file of several bodies, a line or an element each, is that many conversations.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes


def conversations(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each body's id and the body; rows that are messages themselves are one conversation."""
    rows = iter(rows)
    first = list(islice(rows, 1))
    if first and not is_body(first[0][1]):
        yield None, chain(first, rows)
        return
    for row in chain(first, rows):
        name = row[1].get("custom_id") or row[1].get("session_id")
        yield name if isinstance(name, str) else None, [row]


def is_body(row: dict[str, Any]) -> bool:
    """Return whether a row is a body rather than a message."""
    return isinstance(row.get("messages"), list) or (isinstance(row.get("choices"), list) and "role" not in row)


def unwrapped(rows: Iterable[Row], notes: Notes) -> Iterator[Row]:
    """Yield the messages of all rows, those of a body numbered by their place in it."""
    for number, row in rows:
        if not is_body(row):
            yield number, row
            continue
        if isinstance(row.get("model"), str):
            notes.model = row["model"]
        for place, message in enumerate(_messages(row), start=1):
            if isinstance(message, dict):
                yield place, message
            else:
                notes.damaged(place, f"got a message of type {type(message).__name__}; expected an object")


def heads(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first messages of the first rows, for a reader to recognize."""
    return [
        message
        for row in rows
        for message in (_messages(row)[:25] if is_body(row) else [row])
        if isinstance(message, dict)
    ]


def _messages(body: dict[str, Any]) -> list[Any]:
    system: Any = body.get("system")
    said: list[Any] = body["messages"] if isinstance(body.get("messages"), list) else []
    choices: list[Any] = body["choices"][:1] if isinstance(body.get("choices"), list) else []
    answers = [choice["message"] for choice in choices if isinstance(choice, dict) and "message" in choice]
    return [*([{"role": "system", "content": system}] if system else []), *said, *answers]
