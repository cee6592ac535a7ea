"""Names of files for any string."""

from __future__ import annotations

import hashlib
import re

from context_core.hashing import text_bytes

_UNSAFE = re.compile(r"[^a-z0-9_]+")
_SHOWN_CHARS = 40
_HASH_DIGITS = 24


def safe_name(text: str) -> str:
    """Return a name of a file or folder for a string: what of it is safe, for people, and a hash of all of it.

    Two strings never have one name, also where the disk does not tell capital letters from small ones.

    Example:
        >>> safe_name("../My session")
        'my-session-f6f5b772bc49b457c6232d8c'
    """
    shown = _UNSAFE.sub("-", text.lower()).strip("-")[:_SHOWN_CHARS].rstrip("-")
    return f"{shown or 'x'}-{hashlib.sha256(text_bytes(text)).hexdigest()[:_HASH_DIGITS]}"
