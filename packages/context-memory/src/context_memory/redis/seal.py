"""Records behind checksums.

All values but contents are msgpack behind a CRC-32 over a name and the bytes: a flipped bit is found, and so is a
record in the place of another one. The name is that of the node, or of the key without the namespace.
"""

from __future__ import annotations

import struct
from typing import Any
from zlib import crc32

from context_core import StoreError
from context_core.extras import need

_CHECK = struct.Struct(">I")


def sealed(name: bytes, body: bytes) -> bytes:
    """Return a body behind its checksum.

    Example:
        >>> opened(b"name", sealed(b"name", b"body"))
        b'body'
    """
    return _CHECK.pack(crc32(body, crc32(name))) + body


def opened(name: bytes, data: bytes) -> bytes:
    """Return the body that was sealed under a name.

    Raises:
        ValueError: it is not as it was.
    """
    if sealed(name, data[_CHECK.size :]) != data:
        raise ValueError("its checksum is wrong")
    return data[_CHECK.size :]


def packed(name: bytes, value: Any) -> bytes:
    """Return a value of lists, numbers and bytes as a sealed record."""
    return sealed(name, need("msgpack", "redis", package="context-memory").packb(value))


def unpacked(name: bytes, data: bytes, what: str) -> Any:
    """Return the value of a record.

    Raises:
        StoreError: it is damaged; the message says what it is.
    """
    try:
        return need("msgpack", "redis", package="context-memory").unpackb(opened(name, data), use_list=False)
    except ValueError as error:
        raise StoreError(f"{what} is damaged ({error}); restore the server from a backup") from None
