"""What a backend of bytes by name does, and which names there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = r"[a-z0-9_][a-z0-9._-]*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})+")
_PREFIX = re.compile(rf"(?:{_PART}/)*")
MAX_NAME = 240
"""Characters of a name: what every file system takes."""


@runtime_checkable
class Blobs(Protocol):
    """Bytes by name.

    A name is two or more parts joined by slashes, its kind first: ``contents/2cf2…``. A part is made of small letters,
    digits, ``_``, ``.`` and ``-``, and begins with a letter, a digit or ``_``, so no name leads out of a folder.
    A name does not stand below another one, as a file does not below a file: ``a/b`` and ``a/b/c`` are not both used.
    """

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None where it is not there.

        Raises:
            ValueError: it is no name. All methods raise it.
            StoreError: the backend cannot be read.
            ContentCorruptedError: the bytes are not those that were written.
            ContentExpiredError: its time is over.
        """
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name, whole or not at all; replace those that are there.

        Raises:
            StoreError: the backend cannot be written.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a name; where it is not there, do nothing.

        Raises:
            StoreError: the backend cannot be written.
        """
        ...

    def has(self, name: str) -> bool:
        """Return whether a name is there.

        Raises:
            StoreError: the backend cannot be read.
        """
        ...

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix, in no certain order.

        Args:
            prefix: whole parts, such as ``contents/``; empty for all names.

        Raises:
            StoreError: the backend cannot be read.
        """
        ...


def is_name(text: str) -> bool:
    """Return whether a text is a name of a blob.

    Example:
        >>> is_name("contents/2cf2"), is_name("contents")
        (True, False)
    """
    return len(text) <= MAX_NAME and _NAME.fullmatch(text) is not None


def checked(name: str) -> str:
    """Return a name of a blob.

    Raises:
        ValueError: it is none.

    Example:
        >>> checked("contents/2cf2")
        'contents/2cf2'
        >>> checked("contents/../secret")
        Traceback (most recent call last):
        ValueError: got blob name 'contents/../secret'; expected two or more parts of a-z, 0-9, '_', '.' and '-',
        joined by '/'
    """
    if len(name) > MAX_NAME:
        raise ValueError(f"got a blob name of {len(name):,} characters; expected at most {MAX_NAME}")
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"got blob name {name!r}; expected two or more parts of a-z, 0-9, '_', '.' and '-', joined by '/'"
        )
    return name


def checked_prefix(prefix: str) -> str:
    """Return a prefix of names.

    Raises:
        ValueError: it is not made of whole parts.

    Example:
        >>> checked_prefix("contents/"), checked_prefix("")
        ('contents/', '')
    """
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"got prefix {prefix!r}; expected parts of a name, each with its '/', or nothing")
    return prefix
