"""Blobs that only the holder of a key can read, names included.

1. A blob is AES-256-GCM under a random nonce of 96 bits, with its name as associated data: a blob that was moved to
   another name does not open (NIST SP 800-38D; at most 2³² blobs a key).
2. A content's id is a hash of its plaintext, which would tell who guesses it. So each part of a name is AES-SIV (RFC
   5297), a MAC of the part that can be turned back by who has the key: equal names hide alike, so they are found, and
   lists of names can be read without reading the blobs.
3. Each key is marked in the clear by an id, a MAC that tells nothing of the key, so that a missing key is an error
   that says so, not an empty store.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from context_core import ContentCorruptedError, StoreError
from context_core.extras import need
from context_memory.blobs.protocol import checked, checked_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_memory.blobs.protocol import Blobs

KEY_BYTES = 32
"""Bytes of a key."""
_NONCE_BYTES = 12
_MARKS = "keys/"


class Encrypted:
    """Blobs under a key; needs the extra ``encryption``.

    Args:
        blobs: where they are kept.
        keys: each of 32 random bytes (``secrets.token_bytes(32)``). The first one encrypts, all of them decrypt. To
            change a key, open with the new and the old one, call `rotate`, and from then on give the new one alone.

    Raises:
        MissingExtraError: the extra is not installed.
        ValueError: there is no key, or one is not of 32 bytes.
        StoreError: there are blobs under keys that were not given.
        ContentCorruptedError: by `read`, a blob is not as it was written, or was moved here from another name.

    Example, with the extra ``encryption``:
        >>> import secrets
        >>> from context_memory.blobs.memory import MemoryBlobs
        >>> inner = MemoryBlobs()
        >>> blobs = Encrypted(inner, secrets.token_bytes(32))
        >>> blobs.write("contents/1", b"secret")
        >>> blobs.read("contents/1"), list(blobs.names())
        (b'secret', ['contents/1'])
        >>> any(b"secret" in inner.read(name) or "contents" in name for name in inner.names())
        False
    """

    def __init__(self, blobs: Blobs, *keys: bytes) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"got keys of {[len(key) for key in keys]} bytes; expected one or more of {KEY_BYTES}")
        self._blobs = blobs
        self._keys = [_Key(key) for key in keys]
        self._is_marked = False
        given = {key.id for key in self._keys}
        there = {name.removeprefix(_MARKS) for name in blobs.names(_MARKS)}
        if missing := sorted(there - given):
            raise StoreError(
                f"got keys of ids {', '.join(sorted(given))}; there are blobs under keys of ids {', '.join(missing)}: "
                "give these keys, too"
            )

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None."""
        checked(name)
        for key in self._keys:
            sealed = self._blobs.read(key.hidden(name))
            if sealed is not None:
                return key.opened(name, sealed)
        return None

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name under the first key."""
        checked(name)
        if not self._is_marked:
            self._blobs.write(_MARKS + self._keys[0].id, b"")
            self._is_marked = True
        self._blobs.write(self._keys[0].hidden(name), self._keys[0].sealed(name, data))
        for key in self._keys[1:]:
            self._blobs.remove(key.hidden(name))

    def remove(self, name: str) -> None:
        """Remove a name."""
        checked(name)
        for key in self._keys:
            self._blobs.remove(key.hidden(name))

    def has(self, name: str) -> bool:
        """Return whether a name is there."""
        checked(name)
        return any(self._blobs.has(key.hidden(name)) for key in self._keys)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix; names that no key reveals are not of these blobs."""
        checked_prefix(prefix)
        found: dict[str, None] = {}
        for key in self._keys:
            found.update(dict.fromkeys(self._under(key, prefix)))
        return iter(found)

    def rotate(self) -> int:
        """Write under the first key what is under the others, and unmark these; return how many blobs that were.

        Call it while nobody writes under the others.
        """
        moved = 0
        for key in self._keys[1:]:
            for name in list(self._under(key, "")):
                data = self.read(name)
                if data is not None:
                    self.write(name, data)
                    moved += 1
            self._blobs.remove(_MARKS + key.id)
        return moved

    def _under(self, key: _Key, prefix: str) -> Iterator[str]:
        for hidden in self._blobs.names(key.hidden(prefix) if prefix else ""):
            name = key.revealed(hidden)
            if name is not None:
                yield name

    def __repr__(self) -> str:
        return f"Encrypted({self._blobs!r}, key ids: {', '.join(key.id for key in self._keys)})"


class _Key:
    """What one key does. Contents, names and the id have keys of their own, derived by HMAC."""

    def __init__(self, key: bytes) -> None:
        aead = need("cryptography.hazmat.primitives.ciphers.aead", "encryption", package="context-memory")
        self._invalid_tag: type[Exception] = need(
            "cryptography.exceptions", "encryption", package="context-memory"
        ).InvalidTag
        self.id = _derived(key, b"id")[:8].hex()
        self._contents = aead.AESGCM(_derived(key, b"contents")[:KEY_BYTES])
        self._names = aead.AESSIV(_derived(key, b"names"))

    def sealed(self, name: str, data: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._contents.encrypt(nonce, data, name.encode())

    def opened(self, name: str, sealed: bytes) -> bytes:
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        if len(nonce) < _NONCE_BYTES:
            raise ContentCorruptedError(name)
        try:
            return self._contents.decrypt(nonce, body, name.encode())
        except self._invalid_tag:
            raise ContentCorruptedError(name) from None

    def hidden(self, name: str) -> str:
        """Return a name, or a prefix, with each part hidden; a part hides otherwise below other parts."""
        parts = name.split("/")
        return "/".join(self._hidden(part, parts[:place]) for place, part in enumerate(parts))

    def revealed(self, hidden: str) -> str | None:
        """Return the name that was hidden, or None where it was not hidden with this key."""
        parts: list[str] = []
        for part in hidden.split("/"):
            try:
                sealed = base64.b32decode(part.upper() + "=" * (-len(part) % 8))
                parts.append(self._names.decrypt(sealed, ["/".join(parts).encode()]).decode())
            except (ValueError, self._invalid_tag):
                return None
        return "/".join(parts)

    def _hidden(self, part: str, above: list[str]) -> str:
        if not part:  # behind the last slash of a prefix
            return ""
        sealed: bytes = self._names.encrypt(part.encode(), ["/".join(above).encode()])
        return base64.b32encode(sealed).decode().rstrip("=").lower()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"context-memory " + purpose, hashlib.sha512)
