"""From a source to rows: each a JSON object with the line, or the element, it stands at.

1. JSON Lines give a row a line, parsed one at a time.
2. A JSON array gives a row an element, any other JSON document is one row.
3. A text that is no JSON (Markdown, YAML) is one row with the whole text under the key `TEXT`.
4. Objects of a library's message classes, given in a list, are rows of what the library would write of them.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING, Any

from context_core.errors import TranscriptError
from context_core.json_text import loads
from context_core.objects import as_json

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Iterator

    from context_core.readers import Row
    from context_core.readers.notes import Notes

TEXT = "text/plain"
"""The key of a row that holds a text which is no JSON."""
_SHOWN = 60
"""Characters of a damaged line that an error quotes."""
_MARK = b"\xef\xbb\xbf"
_PEEK = 1 << 16


def rows_of(source: io.BufferedReader | list[Any] | dict[str, Any], notes: Notes) -> Iterator[Row]:
    """Yield the rows of opened bytes, of an array, or of one document.

    Raises:
        TranscriptError: the source is binary or no JSON document, or a row is damaged and `notes` does not skip.
    """
    if isinstance(source, (list, dict)):
        return _elements(source, notes)
    return _of_bytes(source, notes)


def _of_bytes(source: io.BufferedReader, notes: Notes) -> Iterator[Row]:
    if b"\x00" in source.peek(_PEEK):
        raise TranscriptError("looks binary (it holds a NUL byte); expected JSON or JSON Lines", source=notes.source)
    head, spoken = _head(source)
    if not spoken:
        return
    first, second = spoken[0], spoken[1] if len(spoken) > 1 else b""
    starts = first[:1]
    if starts == b"[" or (starts == b"{" and not _is_json_lines(first, second)):
        yield from _elements(_document(b"".join(head) + source.read(), notes), notes)
    elif starts == b"{" or second.startswith(b"{"):
        yield from _lines(chain(head, source), notes)
    else:
        yield 1, {TEXT: _text(b"".join(head) + source.read(), notes)}


def _head(source: io.BufferedReader) -> tuple[list[bytes], list[bytes]]:
    """Return the lines up to the second that is not blank, and, stripped, those that are not."""
    head: list[bytes] = []
    spoken: list[bytes] = []
    while len(spoken) < 2 and (line := source.readline()):
        head.append(line)
        stripped = line.strip().removeprefix(_MARK).strip()
        spoken += [stripped] if stripped else []
    return head, spoken


def _is_json_lines(first: bytes, second: bytes) -> bool:
    """Return whether the first line is a row of its own, or the second looks as if it were."""
    if not second or second.startswith(b"{"):
        return True
    try:
        loads(first)
    except ValueError:
        return False
    return True


def _document(data: bytes, notes: Notes) -> Any:
    try:
        return loads(data.removeprefix(_MARK))
    except ValueError as error:
        line = data[: getattr(error, "pos", 0)].count(b"\n") + 1
        raise TranscriptError(
            f"is not valid JSON ({error}); expected an array of messages, or one document",
            source=notes.source,
            line=line,
        ) from None


def _text(data: bytes, notes: Notes) -> str:
    try:
        return data.removeprefix(_MARK).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        notes.damaged(line, f"is neither JSON nor UTF-8 text ({error.reason})")
        return data.removeprefix(_MARK).decode("utf-8", "replace")


def _elements(value: Any, notes: Notes) -> Iterator[Row]:
    for number, element in enumerate(value if isinstance(value, list) else [value], start=1):
        row = as_json(element)
        if isinstance(row, dict):
            yield number, row
        else:
            notes.damaged(number, f"got {type(element).__name__} {_shown(element)}; expected an object")


def _lines(lines: Iterable[bytes], notes: Notes) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix(_MARK)
        if not text:
            continue
        try:
            values = [loads(text)]
        except ValueError as error:
            values = _several(text)
            if values is None:
                notes.damaged(number, f"is not valid JSON ({error}): {_shown(text)}")
                continue
            notes.mended(number, f"{len(values)} JSON objects on one line; all were read")
        for value in values:
            if isinstance(value, dict):
                yield number, value
            else:
                notes.damaged(number, f"got {type(value).__name__} {_shown(value)}; expected an object")


def _several(text: bytes) -> list[Any] | None:
    """Return the JSON values of a line that holds more than one, or None where it does not."""
    try:
        line = text.decode()
    except UnicodeDecodeError:
        return None
    decoder, values, at = json.JSONDecoder(), list[Any](), 0
    try:
        while at < len(line):
            value, at = decoder.raw_decode(line, at)
            values.append(value)
            while at < len(line) and line[at].isspace():
                at += 1
    except (ValueError, RecursionError):
        return None
    return values


def _shown(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
