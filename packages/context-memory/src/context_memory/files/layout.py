"""Which folders are stores: those with a mark that says so."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from context_core import StoreError
from context_core.json_text import dumps, loads
from context_memory.durable import TEMPORARY, make_folder, write_whole
from context_memory.files.failures import explained

if TYPE_CHECKING:
    from pathlib import Path

MARK = "store.json"
"""The file that marks a folder as a store."""
FORMAT = "context-memory files"
VERSION = 1
"""Version of what is in the folder."""


def prepare(folder: Path) -> None:
    """Make a folder a store of this version, unless it is one.

    Raises:
        StoreError: it cannot be made or read, holds something else, or was written by a newer version; it is left as
            it is.
    """
    mark = folder / MARK
    with explained(folder):
        make_folder(folder)
        if not mark.exists():
            held = any(not name.startswith(TEMPORARY) for name in os.listdir(folder))
            # Another process may have made the store since.
            if held and not mark.exists():
                raise StoreError(f"{folder} holds something else; name an empty folder, or one that is not there")
            if not held:
                write_whole(mark, dumps({"format": FORMAT, "version": VERSION}).encode(), folder)
        _check(folder, mark.read_bytes())


def _check(folder: Path, mark: bytes) -> None:
    try:
        record = loads(mark)
        its_format, version = record["format"], record["version"]
    except (ValueError, KeyError, TypeError):
        its_format, version = None, None
    if its_format != FORMAT or type(version) is not int:
        raise StoreError(f"{folder} is a folder of another program; name an empty folder, or one that is not there")
    if version > VERSION:
        raise StoreError(f"{folder} has version {version}; this release reads {VERSION}: upgrade context-memory")
