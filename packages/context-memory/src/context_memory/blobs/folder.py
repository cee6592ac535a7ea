"""Blobs as files in a folder.

``kind/rest`` stands in ``folder/kind/re/rest``: a folder for each first two characters, as a folder of a hundred
thousand files is slow to list. Further slashes of a name are written as ``~``, which no name has.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from context_memory.blobs.protocol import checked, checked_prefix, is_name
from context_memory.durable import TEMPORARY, flush_folder, make_folder, write_whole
from context_memory.files.failures import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRATCH = ".scratch"
_SHARD_CHARS = 2


class FolderBlobs:
    """Blobs as files; what a write has returned from is on the disk, and no reader sees half of it.

    Several processes may share a folder. A writer that was killed may leave a file in ``.scratch``: `sweep` removes it.

    Args:
        folder: it and those above it are made with the first write.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     blobs = FolderBlobs(folder)
        ...     blobs.write("contents/2cf24d", b"hello")
        ...     [path.relative_to(folder).as_posix() for path in Path(folder).rglob("2cf24d")]
        ['contents/2c/2cf24d']
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).absolute()
        self._scratch = self.folder / _SCRATCH

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None."""
        path = self.path(name)
        with explained(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name."""
        path = self.path(name)
        with explained(path):
            make_folder(self._scratch)
            make_folder(path.parent)
            write_whole(path, data, self._scratch)

    def remove(self, name: str) -> None:
        """Remove a name."""
        path = self.path(name)
        with explained(path):
            try:
                path.unlink()
            except FileNotFoundError:
                return
            flush_folder(path.parent)

    def has(self, name: str) -> bool:
        """Return whether a name is there."""
        path = self.path(name)
        with explained(path):
            return path.is_file()

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix."""
        kind, _, rest = checked_prefix(prefix).partition("/")
        start = rest.replace("/", "~")
        shard = start[:_SHARD_CHARS] if len(start) >= _SHARD_CHARS else ""
        for its_kind in [kind] if kind else _listed(self.folder):
            for its_shard in [shard] if shard else _listed(self.folder / its_kind):
                for file in _listed(self.folder / its_kind / its_shard):
                    name = f"{its_kind}/{file.replace('~', '/')}"
                    if file.startswith(start) and is_name(name):
                        yield name

    def size(self, name: str) -> int:
        """Return how many bytes the file of a name has; 0 where it is not there."""
        path = self.path(name)
        with explained(path):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                return 0

    def path(self, name: str) -> Path:
        """Return the file in which a name stands, there or not."""
        kind, _, rest = checked(name).partition("/")
        file = rest.replace("/", "~")
        return self.folder / kind / file[:_SHARD_CHARS] / file

    def sweep(self) -> int:
        """Remove what killed writers left half written; return how many files.

        Call it while nobody writes.
        """
        left = [self._scratch / file for file in _listed(self._scratch, hidden=True) if file.startswith(TEMPORARY)]
        for path in left:
            with explained(path):
                path.unlink(missing_ok=True)
        return len(left)

    def __repr__(self) -> str:
        return f"FolderBlobs({str(self.folder)!r})"


def _listed(folder: Path, *, hidden: bool = False) -> list[str]:
    with explained(folder):
        try:
            return [name for name in os.listdir(folder) if hidden or not name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
