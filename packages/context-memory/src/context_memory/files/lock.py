"""The lock of a folder: one writer or many readers, among the threads and processes that use it.

Each use opens the lock file anew, so that the operating system's lock (`flock`) also holds between threads. It goes
with the process, however that ends.
"""

from __future__ import annotations

import importlib
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from context_core import StoreError
from context_memory.files.failures import explained

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from types import ModuleType

WAIT_SECONDS = 30.0
"""How long a writer or reader waits for others."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.02


class FolderLock:
    """A lock that a file stands for.

    Args:
        path: the file; it is made where it is missing.

    Raises:
        StoreError: this system has no `flock` (Windows).

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lock = FolderLock(Path(folder, "lock"))
        ...     with lock.held(exclusive=False), lock.held(exclusive=False):
        ...         print("two readers")
        two readers
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._flock = _module(path)

    @contextmanager
    def held(self, *, exclusive: bool) -> Generator[None]:
        """Hold the lock while the block runs: alone, or beside others that are not exclusive.

        Raises:
            StoreError: others held it for `WAIT_SECONDS`, or the file cannot be opened.
        """
        with explained(self._path):
            file = self._path.open("ab")
        with file:
            self._wait(file.fileno(), exclusive)
            yield

    def _wait(self, descriptor: int, exclusive: bool) -> None:
        kind: int = (self._flock.LOCK_EX if exclusive else self._flock.LOCK_SH) | self._flock.LOCK_NB
        give_up, pause = time.monotonic() + WAIT_SECONDS, _FIRST_PAUSE
        while True:
            try:
                self._flock.flock(descriptor, kind)
                return
            except BlockingIOError:
                if time.monotonic() > give_up:
                    raise StoreError(
                        f"{self._path} was held by others for {WAIT_SECONDS:.0f} s; repeat the call"
                    ) from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _module(path: Path) -> ModuleType:
    try:
        return importlib.import_module("fcntl")
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{path} cannot be locked, as this system has no flock; use a store of another kind, such as sqlite:///"
        ) from error
