"""What goes wrong with files and folders, in words that say what to do."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

from context_core import StoreError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_ADVICE = {
    errno.ENOSPC: "does not fit on its disk; free some space and repeat the call, of which nothing was written",
    errno.EDQUOT: "does not fit into its quota; free some space and repeat the call, of which nothing was written",
    errno.EFBIG: "would pass the limit on the size of files; raise it (ulimit -f) and repeat the call",
    errno.EACCES: "may not be read or written; change the permissions of the file and its folder",
    errno.EPERM: "may not be read or written; change the permissions of the file and its folder",
    errno.EROFS: "cannot be written, as its disk is read-only; name a folder elsewhere",
    errno.ENOTDIR: "lies below a file; expected the path of a folder",
    errno.EEXIST: "is a file; expected the path of a folder",
    errno.EMFILE: "cannot be opened beside so many open files; raise their limit (ulimit -n)",
    errno.ENAMETOOLONG: "has too long a name for its disk; name a shorter path",
    errno.EIO: "cannot be read or written; check the disk",
}


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Raise the operating system's errors of a block as `StoreError`.

    Raises:
        StoreError: the block raised an OSError.

    Example:
        >>> from pathlib import Path
        >>> with explained(Path("a/b")):
        ...     raise OSError(errno.EROFS, "Read-only file system")
        Traceback (most recent call last):
        context_core.errors.StoreError: a/b cannot be written, as its disk is read-only; name a folder elsewhere
        (Read-only file system)
    """
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "cannot be used; the cause is in parentheses")
        raise StoreError(f"{path} {advice} ({error.strerror or error})") from error
