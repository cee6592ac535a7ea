"""What goes wrong with a SQLite file, in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import StoreError

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS = 30
"""How long a writer waits for another one."""

_CAUSES = (
    ("not a database", "is not a SQLite database; name another file"),
    ("malformed", "is damaged; restore it from a backup"),
    ("readonly", "cannot be written; make the file and its folder writable"),
    ("is full", "does not fit on its disk; free some space and repeat the call, of which nothing was written"),
    ("is locked", f"was being written by another process for {BUSY_SECONDS} s; repeat the call"),
    ("unable to open", "cannot be opened; expected the path of a file in a folder that can be written"),
    ("disk I/O", "cannot be read or written; check the disk, its free space and its limits"),
)


def sqlite_failure(path: Path, error: Exception) -> StoreError:
    """Return the error to raise in the place of a driver's or the operating system's.

    Example:
        >>> from pathlib import Path
        >>> print(sqlite_failure(Path("a.db"), OSError("database or disk is full")))
        a.db does not fit on its disk; free some space and repeat the call, of which nothing was written (database or
        disk is full)
    """
    cause = getattr(error, "orig", None) or error
    said = str(cause)
    advice = next((words for mark, words in _CAUSES if mark in said), "cannot be used; the cause is in parentheses")
    return StoreError(f"{path} {advice} ({said})")
