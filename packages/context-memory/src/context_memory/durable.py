"""Writes that last: what was written is on the disk when the call returns, whole or not at all.

A file is written under another name, flushed, and renamed; then its folder is flushed, which holds the name (POSIX,
`rename` and `fsync`).
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY = ".tmp-"
"""How the names of files begin that were not renamed yet."""


def write_whole(path: Path, data: bytes, scratch: Path) -> None:
    """Write a file, or replace it, in one step.

    Args:
        path: the file, in a folder that is there.
        data: its bytes.
        scratch: a folder on the same disk, for the file while it is written.

    Raises:
        OSError: it cannot be written; the file is as it was.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as name:
        ...     write_whole(Path(name, "a"), b"bytes", Path(name))
        ...     [(path.name, path.read_bytes()) for path in Path(name).iterdir()]
        [('a', b'bytes')]
    """
    temporary = scratch / f"{TEMPORARY}{secrets.token_hex(12)}"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            if data:  # an empty file has nothing to flush but its name
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are missing."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Have the names in a folder on the disk."""
    if os.name == "nt":  # folders cannot be opened there, and renames are written through
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
