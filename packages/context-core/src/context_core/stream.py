"""From a source to messages, one at a time: find the rows, find the format, find the session, let the reader read.

1. The source's rows come one at a time (`rows`); the first are shown to each reader; the first that recognizes them
   reads all. Readers of other packages are asked last.
2. Where a source holds several sessions, the one that was asked for is read.
3. Messages go on as they are read: what is held is the ids of the rows, not their content.
"""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from context_core.errors import TranscriptError
from context_core.readers import READERS, ManySessions, Reader
from context_core.readers.lineage import guarded, in_line
from context_core.readers.notes import UNREADABLE, Notes
from context_core.readers.plugins import plugin, plugin_names, plugins
from context_core.rows import TEXT, rows_of
from context_core.source import open_source

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from context_core.readers import Row
    from context_core.source import Source
    from context_core.transcript import Message, Problem

_LOOK_AHEAD = 25
"""Rows shown to the readers: logs open with up to a dozen rows of housekeeping."""
_NAMED = 5
"""Sessions that an error names."""


class Stream:
    """The messages of one session, as they are read.

    Iterating closes the file at the end; use it as a context manager where you may stop before.

    Attributes:
        format: the reader's name.
    """

    def __init__(self, format: str, messages: Iterator[Message], notes: Notes, file: io.BufferedReader | None) -> None:
        self.format = format
        self._messages = messages
        self._notes = notes
        self._file = file
        self._is_empty = True

    @property
    def session_id(self) -> str | None:
        """What the source calls the session, as far as it was read."""
        return self._notes.session_id

    @property
    def model(self) -> str | None:
        """The last model that the source named so far."""
        return self._notes.model

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was skipped or mended so far."""
        return tuple(self._notes.problems)

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        try:
            message = next(self._messages)
        except StopIteration:
            self.close()
            if self._is_empty:
                raise TranscriptError(
                    f"holds no message; it was read as {self.format}", source=self._notes.source
                ) from None
            raise
        except BaseException:
            self.close()
            raise
        self._is_empty = False
        return message

    def close(self) -> None:
        """Close the file, where `stream` opened it."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stream(
    source: Source, format: str = "auto", on_error: str = "raise", *, session: str | int | None = None
) -> Stream:
    """Read a transcript message by message, in memory that does not grow with its contents.

    JSON Lines are read line by line; a JSON array or document, and a text, are parsed whole.

    Args:
        source: a path, the JSON text itself (bytes or str), an open file, or the parsed messages.
        format: a reader's name, such as ``claude-code``; found by content unless given.
        on_error: what a damaged row does: ``raise``, or ``skip`` to note it in `Stream.problems` and go on.
        session: the id, or the 0-based number, of the session to read where the source holds several.

    Returns:
        An iterator of messages that tells the format at once, and the session, model and problems as it learns them.

    Raises:
        TranscriptError: at once, where the source is empty, binary, of no known format, or holds several sessions;
            while it is iterated, where a row is damaged.
        FileNotFoundError: there is no file at the path.

    Example:
        >>> messages = stream([{"role": "user", "content": "hi"}])
        >>> messages.format, [message.parts[0].content for message in messages]
        ('openai-chat', ['hi'])
    """
    name, file = opened(source, on_error)
    notes = Notes(name, on_error)
    try:
        reader, rows = reader_of(file if file is not None else source, format, notes)
        if isinstance(reader, ManySessions):
            notes.session_id, rows = _chosen(sessions_of(reader, rows, notes), session, notes)
        elif session not in (None, 0):
            raise TranscriptError(f"holds one session; got session={session!r}, expected None or 0", source=name)
    except BaseException:
        if file is not None:
            file.close()
        raise
    return Stream(reader.FORMAT, messages_of(reader, rows, notes), notes, file)


def messages_of(reader: Reader, rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one session, with what every transcript promises."""
    return in_line(guarded(reader.messages(rows, notes), reader.FORMAT, notes), notes)


def opened(source: Source, on_error: str) -> tuple[str, io.BufferedReader | None]:
    """Return a name for a source and its bytes, None where it is parsed already.

    Raises:
        ValueError: `on_error` is neither ``raise`` nor ``skip``.
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"got on_error={on_error!r}; expected 'raise' or 'skip'")
    return ("messages", None) if isinstance(source, (list, dict)) else open_source(source)


def reader_of(source: Any, format: str, notes: Notes) -> tuple[Reader, Iterator[Row]]:
    """Return the reader of a source, and all rows of it.

    Raises:
        TranscriptError: the source is empty, or no reader knows it.
    """
    rows = iter(rows_of(source, notes))
    head = list(islice(rows, _LOOK_AHEAD))
    if not head:
        if notes.problems:
            raise TranscriptError("no row of it could be read: " + notes.problems[0].message, source=notes.source)
        raise TranscriptError("is empty; expected a transcript", source=notes.source)
    return find_reader(format, [row for _, row in head], notes), chain(head, rows)


def find_reader(format: str, head: list[dict[str, Any]], notes: Notes) -> Reader:
    """Return the reader of that name, or the first that recognizes the rows.

    Raises:
        ValueError: there is no reader of that name.
        TranscriptError: no reader recognizes the rows, or the plug-in that was asked for is broken.
    """
    if format != "auto":
        named = next((reader for reader in READERS if format == reader.FORMAT), None) or plugin(format)
        if named is None:
            raise ValueError(f"got format={format!r}; expected 'auto' or one of {_names()}")
        return named
    broken: list[str] = []
    for reader in chain(READERS, plugins(broken)):
        if _recognizes(reader, head):
            return reader
    raise TranscriptError(_unknown(head) + "".join(f"; {told}" for told in broken), source=notes.source, line=1)


def _unknown(head: list[dict[str, Any]]) -> str:
    text = head[0].get(TEXT)
    if isinstance(text, str):
        return f"is not valid JSON, nor a text of a known format: {text.lstrip()[:40]!r}; expected one of {_names()}"
    keys = ", ".join(sorted({key for row in head for key in row})[:8])
    return f"of no known format (keys: {keys}); expected one of {_names()}"


def _names() -> str:
    return ", ".join([*(reader.FORMAT for reader in READERS), *plugin_names()])


def _recognizes(reader: Reader, head: list[dict[str, Any]]) -> bool:
    try:
        return reader.recognizes(head)
    except UNREADABLE:
        return False


def sessions_of(reader: Reader, rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each session's rows and its id, which is its 0-based number where it has none and is not the only one."""
    if not isinstance(reader, ManySessions):
        yield None, rows
        return
    taken: set[str] = set()
    found = guarded(reader.sessions(rows, notes), reader.FORMAT, notes)
    first = next(found, None)
    second = next(found, None)
    given = [] if first is None else [first] if second is None else [first, second]
    for number, (name, own) in enumerate(chain(given, found)):
        if name is None and second is not None:
            name = str(number)
        if name is not None and name in taken:
            name = next(f"{name}~{copy}" for copy in range(2, number + 3) if f"{name}~{copy}" not in taken)
        taken |= {name} if name is not None else set[str]()
        yield name, own


def _chosen(
    sessions: Iterator[tuple[str | None, Iterable[Row]]], wanted: str | int | None, notes: Notes
) -> tuple[str | None, Iterable[Row]]:
    """Return the session that is wanted, the only one where none is named."""
    names: list[str] = []
    only: tuple[str | None, Iterable[Row]] = (None, ())
    for number, (name, rows) in enumerate(sessions):
        if wanted is not None and wanted in (name, number):
            return name, rows
        names.append(str(name))
        only = name, rows
    if len(names) == 1 and wanted is None:
        return only
    if not names:
        raise TranscriptError("holds no session that could be read", source=notes.source)
    listed = ", ".join(repr(name) for name in names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    asked = "" if wanted is None else f"none is session={wanted!r}; "
    raise TranscriptError(
        f"holds {len(names)} session{'s' * (len(names) > 1)} ({listed}); {asked}choose one by its id or its 0-based "
        "number, as in session=0, or read_all of them",
        source=notes.source,
    )
