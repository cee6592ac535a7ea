"""Contents as zstd frames, where that makes them smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zstandard

from context_core import ContentCorruptedError
from context_core.stores import verified

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LEVEL = 3
"""Compression level: zstd's own default, about as fast as the hashing."""


def pack(contents: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each content's bytes to store, and whether they are a zstd frame.

    Example:
        >>> [packed for _, packed in pack([b"a" * 1000, b"short"])]
        [True, False]
    """
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    for content in contents:
        frame = compressor.compress(content)
        yield (frame, True) if len(frame) < len(content) else (content, False)


def unpack(content_id: str, data: bytes, packed: bool, size: int) -> bytes:
    """Return the content of stored bytes.

    Args:
        content_id: what it must hash to.
        data: the stored bytes.
        packed: whether they are a zstd frame.
        size: bytes of the content.

    Raises:
        ContentCorruptedError: the bytes do not unpack to `size` bytes of that hash.
    """
    return verified(content_id, _inflated(content_id, data, size) if packed else data)


def _inflated(content_id: str, data: bytes, size: int) -> bytes:
    try:
        # The size in the frame's header is what the decoder allocates, so a damaged one must not reach it.
        if zstandard.frame_content_size(data) != size:
            raise ContentCorruptedError(content_id)
        return zstandard.ZstdDecompressor().decompress(data)
    except zstandard.ZstdError:
        raise ContentCorruptedError(content_id) from None
