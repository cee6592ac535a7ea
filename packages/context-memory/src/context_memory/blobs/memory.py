"""Blobs in the memory of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_memory.blobs.protocol import checked, checked_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryBlobs:
    """Blobs in a dict, for tests and for what may end with the process.

    Example:
        >>> blobs = MemoryBlobs()
        >>> blobs.write("contents/1", b"one")
        >>> blobs.read("contents/1"), list(blobs.names("contents/"))
        (b'one', ['contents/1'])
    """

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None."""
        return self._blobs.get(checked(name))

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name."""
        self._blobs[checked(name)] = bytes(data)

    def remove(self, name: str) -> None:
        """Remove a name."""
        self._blobs.pop(checked(name), None)

    def has(self, name: str) -> bool:
        """Return whether a name is there."""
        return checked(name) in self._blobs

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix."""
        start = checked_prefix(prefix)
        return (name for name in list(self._blobs) if name.startswith(start))
