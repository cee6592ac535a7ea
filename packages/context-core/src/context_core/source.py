"""Open a source: a path, bytes, a text or an open file become bytes that are read as they are asked for."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from context_core.errors import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Source = str | bytes | os.PathLike[str] | IO[bytes] | IO[str] | list[Any] | dict[str, Any]

CHUNK = 1 << 16
"""Bytes, or characters, asked of a file at once."""


def open_source(source: str | bytes | os.PathLike[str] | IO[bytes] | IO[str]) -> tuple[str, io.BufferedReader]:
    """Return a name for the source, and its bytes; an open file stays open and is read from where it stands.

    Raises:
        TranscriptError: the path is a folder.
        FileNotFoundError: there is no file at the path.
        TypeError: the source is of another type.
    """
    if isinstance(source, bytes):
        return "bytes", _buffered([source])
    if isinstance(source, str) and (source.lstrip()[:1] in ("{", "[") or "\n" in source):
        return "text", _buffered([source.encode("utf-8", "surrogatepass")])
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.is_dir():
            raise TranscriptError("is a folder; expected a file", source=str(path))
        return str(path), open(path, "rb")
    if not hasattr(source, "read"):
        raise TypeError(f"got {type(source).__name__}; expected a path, bytes, text, an open file or messages")
    return str(getattr(source, "name", "file")), _buffered(_chunks(source))


def _chunks(file: IO[bytes] | IO[str]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else chunk


def _buffered(chunks: Any) -> io.BufferedReader:
    return io.BufferedReader(_Chunks(iter(chunks)), CHUNK)


class _Chunks(io.RawIOBase):
    """Bytes that come in chunks of any size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
