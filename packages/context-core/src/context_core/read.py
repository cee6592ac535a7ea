"""From a source to a Transcript, or to several; `stream` reads without holding the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.errors import TranscriptError
from context_core.operations import operation
from context_core.readers import anthropic_messages, openai_chat, openai_responses
from context_core.readers.notes import Notes
from context_core.rows import rows_of
from context_core.stream import find_reader, messages_of, opened, reader_of, sessions_of, stream
from context_core.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Reader, Row
    from context_core.source import Source
    from context_core.transcript import Message


def read(
    source: Source, format: str = "auto", on_error: str = "raise", *, session: str | int | None = None
) -> Transcript:
    """Read a transcript.

    Args:
        source: a path, the JSON text itself (bytes or str), an open file, or the parsed messages.
        format: a reader's name, such as ``claude-code``; found by content unless given.
        on_error: what a damaged row does: ``raise``, or ``skip`` to note it in `Transcript.problems` and go on.
        session: the id, or the 0-based number, of the session to read where the source holds several.

    Returns:
        The messages with their parents, and what the source says of the session.

    Raises:
        TranscriptError: the source is empty, binary, of no known format, holds several sessions and none was chosen,
            or is damaged; names file and line.
        FileNotFoundError: there is no file at the path.

    Example:
        >>> read([{"role": "user", "content": "hi"}]).format
        'openai-chat'
    """
    with operation("read") as running:
        messages = stream(source, format, on_error, session=session)
        read_all_of_it = tuple(messages)
        running.session_id = messages.session_id or ""
        running.note(format=messages.format, messages=len(read_all_of_it), problems=len(messages.problems))
    return Transcript(messages.format, read_all_of_it, messages.session_id, messages.model, messages.problems)


def read_all(source: Source, format: str = "auto", on_error: str = "raise") -> Iterator[Transcript]:
    """Yield the transcript of each session in a source, as each is read; a source of one session gives one.

    A session without a message is passed over, and noted in the transcript before it.

    Args:
        source: a path, the JSON text itself (bytes or str), an open file, or the parsed messages.
        format: a reader's name; found by content unless given.
        on_error: what a damaged row does: ``raise``, or ``skip`` to note it and go on.

    Raises:
        TranscriptError: as `read` does; also where no session holds a message.

    Example:
        >>> bodies = [{"messages": [{"role": "user", "content": text}]} for text in ("hi", "ho")]
        >>> [transcript.session_id for transcript in read_all(bodies)]
        ['0', '1']
    """
    name, file = opened(source, on_error)
    notes = Notes(name, on_error)
    try:
        reader, rows = reader_of(file if file is not None else source, format, notes)
        yield from _transcripts(reader, rows, notes)
    finally:
        if file is not None:
            file.close()


def _transcripts(reader: Reader, rows: Iterable[Row], notes: Notes) -> Iterator[Transcript]:
    """Yield each session's transcript once the next is read, so that what was noted between the two is in it."""
    held: tuple[tuple[Message, ...], Notes] | None = None
    for session_id, own in sessions_of(reader, rows, notes):
        session_notes = Notes(notes.source, notes.on_error)
        session_notes.session_id = session_id
        messages = tuple(messages_of(reader, own, session_notes))
        if not messages:
            notes.problems += session_notes.problems
            notes.mended(1, f"session {session_id} holds no message; passed over")
            continue
        if held is not None:
            yield _transcript(reader, *held, notes)
        held = messages, session_notes
    if held is None:
        raise TranscriptError(f"holds no message; it was read as {reader.FORMAT}", source=notes.source)
    yield _transcript(reader, *held, notes)


def _transcript(reader: Reader, messages: tuple[Message, ...], notes: Notes, between: Notes) -> Transcript:
    problems = (*notes.problems, *between.problems)
    between.problems = []
    return Transcript(reader.FORMAT, messages, notes.session_id, notes.model or between.model, problems)


def read_next(messages: Sequence[dict[str, Any]], parent: str | None, format: str = "auto") -> tuple[Message, ...]:
    """Read provider messages that continue a conversation.

    Args:
        messages: in OpenAI Chat's or Anthropic's form, or items of OpenAI Responses.
        parent: id of the message that they follow, or None where they begin.
        format: ``openai-chat``, ``anthropic-messages`` or ``openai-responses``; found by content unless given.

    Raises:
        TranscriptError: a message is damaged, or of another form.
    """
    notes = Notes("messages", "raise")
    rows = list(rows_of(list(messages), notes))
    if not rows:
        raise TranscriptError("no message was given; expected at least one", source=notes.source)
    name = find_reader(format, [row for _, row in rows], notes).FORMAT
    continuing = {reader.FORMAT: reader for reader in (anthropic_messages, openai_chat, openai_responses)}
    if name not in continuing:
        raise TranscriptError(f"is a row of {name}; expected a provider's message", source=notes.source, line=1)
    return tuple(continuing[name].messages(rows, notes, parent))
