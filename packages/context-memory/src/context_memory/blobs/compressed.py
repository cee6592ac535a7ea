"""Blobs as zstd frames, where that makes them smaller.

A stored blob is a head and a body. The head says whether the body is a frame, how many bytes it unpacks to, with which
dictionary, and the CRC-32 of these bytes; it ends with a CRC-32 of its own. The body is not unpacked where it promises
any other size.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import TYPE_CHECKING

import zstandard

from context_core import ContentCorruptedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_memory.blobs.protocol import Blobs

LEVEL = 3
"""Compression level: zstd's own default."""
MAX_BYTES = 1 << 30
"""Bytes of a blob that are unpacked unless told otherwise."""
_HEAD = struct.Struct(">BQ8sI")
_CHECK = struct.Struct(">I")
_BODY = _HEAD.size + _CHECK.size
_RAW, _FRAME = 0, 1
_NO_DICTIONARY = bytes(8)


class Compressed:
    """Blobs that take less room.

    Args:
        blobs: where they are kept.
        level: of zstd, 1 to 22.
        dictionary: bytes that the blobs resemble, or a dictionary trained by zstd: small blobs shrink much more. What
            was written with one is read with the same only.
        max_bytes: of a blob before compression; larger ones are neither written nor unpacked.

    Raises:
        StoreError: by `read`, a blob was written with another dictionary, or says that it is larger than `max_bytes`.
        ContentCorruptedError: by `read`, a blob is not as it was written.

    Example:
        >>> from context_memory.blobs.memory import MemoryBlobs
        >>> inner = MemoryBlobs()
        >>> blobs = Compressed(inner)
        >>> blobs.write("contents/1", b"the same line\\n" * 1000)
        >>> len(blobs.read("contents/1")), len(inner.read("contents/1")) < 100
        (14000, True)
    """

    def __init__(
        self, blobs: Blobs, *, level: int = LEVEL, dictionary: bytes | None = None, max_bytes: int = MAX_BYTES
    ) -> None:
        self._blobs = blobs
        self._level = level
        self._max_bytes = max_bytes
        self._dictionary = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        self._fingerprint = hashlib.sha256(dictionary).digest()[:8] if dictionary else _NO_DICTIONARY

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None."""
        stored = self._blobs.read(name)
        return None if stored is None else self._unpacked(name, stored)

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name."""
        if len(data) > self._max_bytes:
            raise StoreError(self._too_large(name, len(data)))
        compressor = zstandard.ZstdCompressor(level=self._level, dict_data=self._dictionary)
        frame = compressor.compress(data)
        kind, body = (_FRAME, frame) if len(frame) < len(data) else (_RAW, data)
        fingerprint = self._fingerprint if kind == _FRAME else _NO_DICTIONARY
        head = _HEAD.pack(kind, len(data), fingerprint, zlib.crc32(data))
        self._blobs.write(name, head + _CHECK.pack(zlib.crc32(head)) + body)

    def remove(self, name: str) -> None:
        """Remove a name."""
        self._blobs.remove(name)

    def has(self, name: str) -> bool:
        """Return whether a name is there."""
        return self._blobs.has(name)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix."""
        return self._blobs.names(prefix)

    def _unpacked(self, name: str, stored: bytes) -> bytes:
        head, check, body = stored[: _HEAD.size], stored[_HEAD.size : _BODY], stored[_BODY:]
        if check != _CHECK.pack(zlib.crc32(head)):
            raise ContentCorruptedError(name)
        kind, size, fingerprint, checksum = _HEAD.unpack(head)
        data = self._inflated(name, body, size, fingerprint) if kind == _FRAME else body
        if len(data) != size or zlib.crc32(data) != checksum:
            raise ContentCorruptedError(name)
        return data

    def _inflated(self, name: str, frame: bytes, size: int, fingerprint: bytes) -> bytes:
        try:
            # The size in the frame is what the decoder allocates, so a damaged one must not reach it.
            if zstandard.frame_content_size(frame) != size:
                raise ContentCorruptedError(name)
            if size > self._max_bytes:
                raise StoreError(self._too_large(name, size))
            if fingerprint != self._fingerprint:
                raise StoreError(
                    f"blob {name!r} was compressed with another dictionary; give the one it was written with"
                )
            decompressor = zstandard.ZstdDecompressor(dict_data=self._dictionary)
            return decompressor.decompress(frame, allow_extra_data=False)
        except zstandard.ZstdError:
            raise ContentCorruptedError(name) from None

    def _too_large(self, name: str, size: int) -> str:
        return f"blob {name!r} is of {size:,} bytes; expected at most {self._max_bytes:,}: raise max_bytes"

    def __repr__(self) -> str:
        return f"Compressed({self._blobs!r})"
