"""Bytes as zstd frames, where that makes them smaller.

What stands in the column ``coder`` says how: NULL, the bytes as they are; 0, a frame; else a frame that needs the
dictionary of that key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEVEL = 3
"""Compression level of what is written: zstd's own default, about as fast as the hashing."""

SHORTEST = 64
"""Bytes below which a frame of its own saves nothing worth its time; a dictionary may."""

PLAIN_FRAME = 0
"""The coder of a frame without a dictionary."""


def pack(contents: Iterable[bytes]) -> list[tuple[bytes, int | None]]:
    """Return each content's bytes to store, and their coder.

    Example:
        >>> [coder for _, coder in pack([b"a" * 1000, b"short"])]
        [0, None]
    """
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    return [
        _smaller(compressor.compress(content), content, PLAIN_FRAME) if len(content) >= SHORTEST else (content, None)
        for content in contents
    ]


def _smaller(frame: bytes, content: bytes, coder: int) -> tuple[bytes, int | None]:
    return (frame, coder) if len(frame) < len(content) else (content, None)


class Unpacker:
    """Turns stored bytes back into what they were; one thread's own.

    Args:
        dictionaries: by key; those of the namespace that are needed.
    """

    def __init__(self, dictionaries: Mapping[int, bytes] | None = None) -> None:
        self._plain = zstandard.ZstdDecompressor()
        self._decompressors = {
            key: zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(data))
            for key, data in (dictionaries or {}).items()
        }

    def unpack(self, data: bytes, coder: int | None, size: int | None = None) -> bytes:
        """Return the bytes that were packed.

        Args:
            data: the stored bytes.
            coder: how they were packed.
            size: bytes that must come out; what the frame's header says unless given.

        Raises:
            ValueError: they are damaged, or would unpack to another size. Nothing is allocated for a size that is not
                the one given.
        """
        if coder is None:
            return data
        try:
            # The size in the frame's header is what the decoder allocates, so a damaged one must not reach it.
            said = zstandard.frame_content_size(data)
            if said < 0 or (said != size if size is not None else said > LARGEST):
                raise ValueError(f"a frame says that it holds {said:,} bytes")
            decompressor = self._plain if coder == PLAIN_FRAME else self._decompressors.get(coder)
            if decompressor is None:
                raise ValueError(f"dictionary {coder} is gone")
            return decompressor.decompress(data)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None


LARGEST = 1 << 28
"""Bytes that a record of a node or of a change may have: far more than any, and no danger to the process."""


def pack_with(contents: Iterable[bytes], dictionary: bytes, key: int, level: int) -> list[tuple[bytes, int | None]]:
    """Return each content's bytes to store when packed with a dictionary, and their coder."""
    shared = zstandard.ZstdCompressionDict(dictionary)
    compressor = zstandard.ZstdCompressor(level=level, dict_data=shared)
    return [_smaller(compressor.compress(content), content, key) for content in contents]
