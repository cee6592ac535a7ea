"""A content as it is stored: how it is packed, its size, and its bytes, as a zstd frame where that is smaller."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from context_core import ContentCorruptedError
from context_core.stores import verified
from context_memory.sql.packing import PLAIN_FRAME, Unpacker, pack

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = struct.Struct(">BQ")


def content_values(contents: Iterable[bytes]) -> list[bytes]:
    """Return what to store of each content.

    Example:
        >>> [len(value) for value in content_values([b"a" * 10_000, b"short"])]
        [28, 14]
    """
    given = list(contents)
    frames = zip(given, pack(given), strict=True)
    return [_HEAD.pack(0 if coder is None else 1, len(content)) + data for content, (data, coder) in frames]


def content_of(unpacker: Unpacker, name: str, value: bytes) -> bytes:
    """Return the content of a stored value, verified.

    Raises:
        ContentCorruptedError: the bytes do not unpack to those of that hash.
    """
    try:
        kind, size = _HEAD.unpack_from(value)
        data = unpacker.unpack(value[_HEAD.size :], PLAIN_FRAME if kind else None, size)
    except (ValueError, struct.error):
        raise ContentCorruptedError(name) from None
    return verified(name, data)


def content_size(head: bytes) -> int:
    """Return the bytes of a content from the head of its value; 0 where it is damaged."""
    return _HEAD.unpack_from(head)[1] if len(head) >= _HEAD.size else 0
