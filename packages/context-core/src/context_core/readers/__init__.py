"""Readers, in the order they are asked. A new one is one file here and one line below.

A reader is a module with `FORMAT`, its name; `recognizes(rows)`, given the first rows; and `messages(rows, notes)`,
which yields the messages of all rows and tells `notes` what it learns on the way. A row is its line and a JSON object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from context_core.readers import anthropic_messages, claude_code, codex, openai_chat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers.notes import Notes
    from context_core.transcript import Message

    Row = tuple[int, dict[str, Any]]


class Reader(Protocol):
    """What a reader module offers."""

    @property
    def FORMAT(self) -> str:
        """The format's name."""
        ...

    def recognizes(self, rows: Sequence[dict[str, Any]]) -> bool:
        """Return whether the first rows of a source are of this format."""
        ...

    def messages(self, rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
        """Yield the messages of all rows, parents before children."""
        ...


READERS: tuple[Reader, ...] = (codex, claude_code, anthropic_messages, openai_chat)
