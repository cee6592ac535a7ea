"""From a source to a Transcript: find the rows, find the format, let its reader make messages.

1. A source that starts with ``[`` is one JSON array; with ``{``, either one JSON object or JSON Lines.
2. The first rows are shown to each reader; the first that recognizes them reads all.
3. Rows of JSON Lines are parsed one at a time: a file is never held whole beside its messages.
"""

from __future__ import annotations

import io
import os
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from context_core.errors import TranscriptError
from context_core.readers import READERS, Reader, anthropic_messages, openai_chat
from context_core.readers.notes import UNREADABLE, Notes
from context_core.rows import rows_of
from context_core.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core.readers import Row
    from context_core.transcript import Message

    Source = str | bytes | os.PathLike[str] | IO[bytes] | IO[str] | list[dict[str, Any]] | dict[str, Any]

_LOOK_AHEAD = 25
"""Rows shown to the readers: logs open with up to a dozen rows of housekeeping."""


def read(source: Source, format: str = "auto", on_error: str = "raise") -> Transcript:
    """Read a transcript.

    Args:
        source: a path, the JSON text itself (bytes or str), an open file, or the parsed messages.
        format: a reader's name, such as ``claude-code``; found by content unless given.
        on_error: what a damaged row does: ``raise``, or ``skip`` to note it in `Transcript.problems` and go on.

    Returns:
        The messages with their parents, and what the source says of the session.

    Raises:
        TranscriptError: the source is empty, binary, of no known format, or damaged; names file and line.
        FileNotFoundError: there is no file at the path.

    Example:
        >>> read([{"role": "user", "content": "hi"}]).format
        'openai-chat'
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"got on_error={on_error!r}; expected 'raise' or 'skip'")
    if isinstance(source, (list, dict)):
        notes = Notes("messages", on_error)
        return _transcript(rows_of(source, notes), format, notes)
    name, stream = _open(source)
    notes = Notes(name, on_error)
    with stream:
        return _transcript(rows_of(stream, notes), format, notes)


def read_next(messages: Sequence[dict[str, Any]], parent: str | None, format: str = "auto") -> tuple[Message, ...]:
    """Read provider messages that continue a conversation.

    Args:
        messages: in OpenAI Chat's or Anthropic's form.
        parent: id of the message that they follow, or None where they begin.
        format: ``openai-chat`` or ``anthropic-messages``; found by content unless given.

    Raises:
        TranscriptError: a message is damaged, or of another form.
    """
    notes = Notes("messages", "raise")
    rows = list(rows_of(list(messages), notes))
    if not rows:
        raise TranscriptError("no message was given; expected at least one", source=notes.source)
    name = _reader(format, [row for _, row in rows], notes).FORMAT
    continuing = {reader.FORMAT: reader for reader in (anthropic_messages, openai_chat)}
    if name not in continuing:
        raise TranscriptError(f"is a row of {name}; expected a provider's message", source=notes.source, line=1)
    return tuple(continuing[name].messages(rows, notes, parent))


def _open(source: str | bytes | os.PathLike[str] | IO[bytes] | IO[str]) -> tuple[str, IO[bytes]]:
    if isinstance(source, bytes):
        return "bytes", io.BytesIO(source)
    if isinstance(source, str) and (source.lstrip()[:1] in ("{", "[") or "\n" in source):
        return "text", io.BytesIO(source.encode("utf-8", "surrogatepass"))
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.is_dir():
            raise TranscriptError("is a folder; expected a file", source=str(path))
        return str(path), path.open("rb")
    if not hasattr(source, "read"):
        raise TypeError(f"got {type(source).__name__}; expected a path, bytes, text, an open file or messages")
    content = source.read()
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return str(getattr(source, "name", "file")), io.BytesIO(data)


def _transcript(rows: Iterator[Row], format: str, notes: Notes) -> Transcript:
    head = list(islice(rows, _LOOK_AHEAD))
    if not head:
        if notes.problems:
            raise TranscriptError("no row of it could be read: " + notes.problems[0].message, source=notes.source)
        raise TranscriptError("is empty; expected a transcript", source=notes.source)
    reader = _reader(format, [row for _, row in head], notes)
    messages = tuple(reader.messages(chain(head, rows), notes))
    if not messages:
        raise TranscriptError(f"holds no message; it was read as {reader.FORMAT}", source=notes.source)
    return Transcript(reader.FORMAT, messages, notes.session_id, notes.model, tuple(notes.problems))


def _recognizes(reader: Reader, head: list[dict[str, Any]]) -> bool:
    try:
        return reader.recognizes(head)
    except UNREADABLE:
        return False


def _reader(format: str, head: list[dict[str, Any]], notes: Notes) -> Reader:
    names = ", ".join(reader.FORMAT for reader in READERS)
    for reader in READERS:
        if format == reader.FORMAT or (format == "auto" and _recognizes(reader, head)):
            return reader
    if format != "auto":
        raise ValueError(f"got format={format!r}; expected 'auto' or one of {names}")
    keys = ", ".join(sorted({key for row in head for key in row})[:8])
    raise TranscriptError(f"of no known format (keys: {keys}); expected one of {names}", source=notes.source, line=1)
