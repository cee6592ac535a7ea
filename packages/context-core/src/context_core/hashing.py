"""Ids, all derived by hash, so that every process gives the same.

Content ids are SHA-256 over the bytes. Message ids of formats that have none are a hash chain: the id of a message
commits to its own bytes and to those of all before it, so two genuine "ok"s stay two, a grown transcript keeps the
ids it had, and an edited one becomes a branch.
"""

from __future__ import annotations

import hashlib


def text_bytes(text: str) -> bytes:
    """Return the bytes a text is stored as: UTF-8, lone surrogates passed through.

    Example:
        >>> text_bytes("ü")
        b'\\xc3\\xbc'
    """
    return text.encode("utf-8", "surrogatepass")


def bytes_text(data: bytes) -> str:
    """Return the text that `text_bytes` wrote."""
    return data.decode("utf-8", "surrogatepass")


def content_id(data: bytes) -> str:
    """Return the id of a content: the SHA-256 of its bytes, 64 hexadecimal digits.

    Example:
        >>> content_id(b"hello")[:12]
        '2cf24dba5fb0'
    """
    return hashlib.sha256(data).hexdigest()


def chain_id(parent: str | None, *parts: bytes) -> str:
    """Return the id of a message from its parent's id and its own bytes: 20 hexadecimal digits.

    Example:
        >>> chain_id(None, b"ok") != chain_id(chain_id(None, b"ok"), b"ok")
        True
    """
    digest = hashlib.blake2b((parent or "").encode("utf-8", "surrogatepass"), digest_size=10)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
