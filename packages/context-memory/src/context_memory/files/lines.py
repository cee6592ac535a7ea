"""Files that only grow, a JSON line a write, each with a checksum.

1. A line is ``["CRC","RECORD"…]``: an array of the CRC-32 of the record's bytes, in hexadecimal, and the record.
2. A last line without its end is what a crash left of a write that nobody was told of. Readers pass it over, and the
   next writer cuts it off.
3. Any other line that does not hold what its checksum says is damage, and an error that names file and line.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from context_core import StoreError
from context_core.hashing import text_bytes
from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from pathlib import Path

_HEAD, _TAIL = b'["00000000",', b"]"


@dataclass(frozen=True, slots=True)
class Lines:
    """What was read of a file.

    Attributes:
        records: of the whole lines, in order.
        ends: the offset behind each of them, in bytes.
    """

    records: tuple[dict[str, Any], ...]
    ends: tuple[int, ...]


def encoded(record: dict[str, Any]) -> bytes:
    """Return the line of a record.

    Example:
        >>> encoded({"a": 1})
        b'["561bacaf",{"a":1}]\\n'
    """
    body = text_bytes(dumps(record))
    return b'["%08x",%s]\n' % (zlib.crc32(body), body)


def decoded(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line without its end, or None where it is damaged.

    Example:
        >>> decoded(b'["561bacaf",{"a":1}]'), decoded(b'["561bacaf",{"a":2}]')
        ({'a': 1}, None)
    """
    body = line[len(_HEAD) : -len(_TAIL)]
    if line != b'["%08x",%s]' % (zlib.crc32(body), body):
        return None
    record = loads(body)
    return record if isinstance(record, dict) else None


def read_lines(path: Path, *, start: int = 0, first: int = 1) -> Lines:
    """Return the records of a file's lines.

    Args:
        path: the file.
        start: offset of the line to begin with, in bytes.
        first: number of that line, for errors.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: a line is damaged.
    """
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    *whole, rest = data.split(b"\n")
    records: list[dict[str, Any]] = []
    for number, line in enumerate(whole, start=first):
        record = decoded(line)
        if record is None:
            raise damaged(path, number)
        records.append(record)
    if rest and decoded(rest[:-1]) is not None:  # whole, but for another byte in the place of its end
        raise damaged(path, first + len(whole))
    lengths = (len(line) + 1 for line in whole)
    return Lines(tuple(records), tuple(accumulate(lengths, initial=start))[1:])


def first_record(path: Path) -> dict[str, Any]:
    """Return the record of a file's first line.

    Raises:
        FileNotFoundError: there is no such file.
        StoreError: the line is damaged.
    """
    with path.open("rb") as file:
        line = file.readline()
    record = decoded(line.removesuffix(b"\n"))
    if record is None or not line.endswith(b"\n"):
        raise damaged(path, 1)
    return record


def damaged(path: Path, line: int) -> StoreError:
    """Return the error that a line is damaged."""
    return StoreError(
        f"{path}:{line} is damaged; restore the file from a backup, or remove it to give up what it holds"
    )


def append_line(path: Path, record: dict[str, Any], *, end: int, flush: bool = True) -> int:
    """Write a line behind the last whole one; return the offset behind it.

    Args:
        path: the file, which is there; the caller holds the lock of its writers.
        record: of the line.
        end: the offset behind the last whole line.
        flush: whether the line must be on the disk when this returns.

    Raises:
        OSError: it cannot be written; the file ends at `end`, or the next writer sees to it.
    """
    line = encoded(record)
    descriptor = os.open(path, os.O_WRONLY)
    try:
        if os.fstat(descriptor).st_size != end:
            os.ftruncate(descriptor, end)
        try:
            _write_at(descriptor, line, end)
            if flush:
                os.fsync(descriptor)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(descriptor, end)
            raise
    finally:
        os.close(descriptor)
    return end + len(line)


def _write_at(descriptor: int, data: bytes, offset: int) -> None:
    os.lseek(descriptor, offset, os.SEEK_SET)
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
