"""Blobs with a time to live."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING

from context_core import ContentCorruptedError, ContentExpiredError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from context_memory.blobs.protocol import Blobs

_HEAD = struct.Struct(">Bd")
_ALIVE, _SWEPT = 0, 1


class Expiring:
    """Blobs that can be read for a time from when they were written; written again, they live again.

    The time is kept in the blob itself, so that it holds in every process. `sweep` frees what has expired; until then
    the bytes are there, and not readable here.

    Args:
        blobs: where they are kept.
        seconds: how long a blob can be read.
        clock: returns seconds since the epoch.

    Raises:
        ValueError: the seconds are not above zero.
        ContentExpiredError: by `read`, the blob's time is over.

    Example:
        >>> from context_memory.blobs.memory import MemoryBlobs
        >>> now = 1000.0
        >>> blobs = Expiring(MemoryBlobs(), 60, clock=lambda: now)
        >>> blobs.write("contents/1", b"one")
        >>> now = 1060.0
        >>> blobs.has("contents/1")
        False
    """

    def __init__(self, blobs: Blobs, seconds: float, *, clock: Callable[[], float] = time.time) -> None:
        if not seconds > 0:
            raise ValueError(f"got seconds={seconds}; expected how long a blob can be read, above 0")
        self._blobs = blobs
        self._seconds = seconds
        self._clock = clock

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None."""
        stored = self._blobs.read(name)
        if stored is None:
            return None
        kind, expires_at = _head(name, stored)
        if kind == _SWEPT or self._clock() >= expires_at:
            raise ContentExpiredError(name, expires_at)
        return stored[_HEAD.size :]

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name; its time begins anew."""
        self._blobs.write(name, _HEAD.pack(_ALIVE, self._clock() + self._seconds) + data)

    def remove(self, name: str) -> None:
        """Remove a name, and the word that it ever was."""
        self._blobs.remove(name)

    def has(self, name: str) -> bool:
        """Return whether a name is there and its time is not over; this reads the blob."""
        try:
            return self.read(name) is not None
        except ContentExpiredError:
            return False
        except ContentCorruptedError:
            return True  # it is there, and whoever reads it is told

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix and whose time is not over; this reads their blobs."""
        return (name for name in self._blobs.names(prefix) if self.has(name))

    def sweep(self) -> int:
        """Free the bytes of what has expired, leaving only the word that it did; return how many blobs."""
        swept = 0
        for name in list(self._blobs.names()):
            stored = self._blobs.read(name)
            if stored is None:
                continue
            kind, expires_at = _head(name, stored)
            if kind == _ALIVE and self._clock() >= expires_at:
                self._blobs.write(name, _HEAD.pack(_SWEPT, expires_at))
                swept += 1
        return swept

    def __repr__(self) -> str:
        return f"Expiring({self._blobs!r}, {self._seconds})"


def _head(name: str, stored: bytes) -> tuple[int, float]:
    if len(stored) < _HEAD.size or stored[0] not in (_ALIVE, _SWEPT):
        raise ContentCorruptedError(name)
    kind, expires_at = _HEAD.unpack_from(stored)
    return kind, expires_at
