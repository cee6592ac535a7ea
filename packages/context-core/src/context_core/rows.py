"""From a source to rows: each a JSON object with the line, or the element, it stands at."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from context_core.errors import TranscriptError
from context_core.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core.readers import Row
    from context_core.readers.notes import Notes

_SHOWN = 60
"""Characters of a damaged line that an error quotes."""


def rows_of(source: IO[bytes] | list[Any] | dict[str, Any], notes: Notes) -> Iterator[Row]:
    """Yield the rows of an open file, an array of messages, or a request body that holds one.

    Raises:
        TranscriptError: the source is binary, or a row is damaged and `notes` does not skip.
    """
    if isinstance(source, (list, dict)):
        yield from _elements(source, notes)
        return
    head = source.read(1 << 16)
    source.seek(0)
    _require_text(head, notes)
    first = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"[" or (first == b"{" and not _is_json_lines(source)):
        yield from _elements(_whole(source, notes), notes)
    else:
        yield from _lines(source, notes)


def _require_text(head: bytes, notes: Notes) -> None:
    if b"\x00" in head:
        raise TranscriptError("looks binary (it holds a NUL byte); expected JSON or JSON Lines", source=notes.source)


def _is_json_lines(source: IO[bytes]) -> bool:
    """Return whether the first line that is not blank is complete in itself, or does not belong to one JSON text."""
    line = b""
    while not line.strip():
        line = source.readline()
    rest = source.readline()
    source.seek(0)
    if not rest.strip():
        return not _is_body(line)
    if line.strip() in (b"{", b"["):
        return False
    return line.strip().endswith(b"}") or rest.lstrip().startswith(b"{")


def _is_body(line: bytes) -> bool:
    try:
        value = loads(line.strip())
    except ValueError:
        return False
    return isinstance(value, dict) and isinstance(value.get("messages"), list)


def _whole(source: IO[bytes], notes: Notes) -> Any:
    data = source.read().removeprefix(b"\xef\xbb\xbf")
    try:
        return loads(data)
    except ValueError as error:
        line = data[: getattr(error, "pos", 0)].count(b"\n") + 1
        raise TranscriptError(
            f"is not valid JSON ({error}); expected an array of messages", source=notes.source, line=line
        ) from None


def _elements(value: Any, notes: Notes) -> Iterator[Row]:
    if isinstance(value, dict):
        value = _of_body(value, notes)
    for number, element in enumerate(value, start=1):
        if isinstance(element, dict):
            yield number, element
        else:
            notes.damaged(number, f"got {type(element).__name__} {_shown(element)}; expected an object")


def _of_body(body: dict[str, Any], notes: Notes) -> list[Any]:
    """Return the messages of a request body, Anthropic's system prompt as a first one of its own role."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return [body]
    if isinstance(body.get("model"), str):
        notes.model = body["model"]
    system = body.get("system")
    return [{"role": "system", "content": system}, *messages] if system else messages


def _lines(source: IO[bytes], notes: Notes) -> Iterator[Row]:
    for number, line in enumerate(source, start=1):
        text = line.strip().removeprefix(b"\xef\xbb\xbf")
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
