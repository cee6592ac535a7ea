"""Readers, in the order they are asked. A new one is one file here and one line below.

A reader is a module with `FORMAT`, its name; `recognizes(rows)`, given the first rows; and `messages(rows, notes)`,
which yields the messages of all rows and tells `notes` what it learns on the way. A row is its line and a JSON object:
a line of JSON Lines, an element of an array, a whole document, or a whole text under the key `rows.TEXT`.

A format whose sources hold many conversations has `sessions(rows, notes)` beside these (`ManySessions`).

Others add readers by entry points of the group `context_core.readers`; see `readers.plugins`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from context_core.readers import (
    adk,
    anthropic_messages,
    autogen,
    cassette,
    claude_code,
    codex,
    gemini_cli,
    inspect_log,
    intercode,
    jaeger,
    langchain,
    langfuse,
    mint,
    multi_agent,
    openai_chat,
    openai_responses,
    openhands,
    otlp,
    pi,
    pydantic_ai,
    sdk_spans,
    sharegpt,
    specstory,
    swe_agent,
    tau2,
    tau_bench,
)

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


@runtime_checkable
class ManySessions(Protocol):
    """What a reader offers beside, where one source may hold many conversations."""

    def sessions(self, rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
        """Yield each conversation's id, None where it has none, and the rows that `messages` reads it from."""
        ...


READERS: tuple[Reader, ...] = (
    codex,
    claude_code,
    gemini_cli,
    pi,
    adk,
    inspect_log,
    tau_bench,
    tau2,
    swe_agent,
    openhands,
    langfuse,
    otlp,
    jaeger,
    sdk_spans,
    specstory,
    cassette,
    langchain,
    pydantic_ai,
    autogen,
    multi_agent,
    mint,
    intercode,
    sharegpt,
    openai_responses,
    anthropic_messages,
    openai_chat,
)
"""The last two ask for little, so they come last: a role with content is a message to them."""
