"""Blobs on any file system that fsspec knows: object stores, servers, memory."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from context_core import StoreError
from context_core.extras import need
from context_memory.blobs.protocol import checked, checked_prefix

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator


class FsspecBlobs:
    """Blobs below a URL that fsspec opens, such as ``s3://bucket/folder`` (with s3fs installed) or ``memory://folder``.

    Needs the extra ``fsspec``. An object store writes an object whole or not at all, and lists what it wrote; on local
    disks that is done by renaming, but `FolderBlobs` is faster there, and flushes to the disk.

    Args:
        url: the folder; it is made with the first write.
        options: what the file system of that URL takes: keys, endpoints. They are kept out of messages and of `repr`,
            and so is the URL but for its scheme, as it may hold a password.

    Raises:
        MissingExtraError: fsspec, or what it needs for the URL, is not installed.
        StoreError: the URL cannot be opened.

    Example:
        >>> blobs = FsspecBlobs("memory://example")
        >>> blobs.write("contents/1", b"one")
        >>> list(blobs.names()), blobs
        (['contents/1'], FsspecBlobs('memory://…'))
    """

    def __init__(self, url: str, **options: Any) -> None:
        core = need("fsspec.core", "fsspec", package="context-memory")
        self._scheme = url.partition("://")[0] if "://" in url else "file"
        with self._explained("opened"):
            self._fs, root = core.url_to_fs(url, **options)
        self._root: str = root.rstrip("/")
        self._renames = "file" in self._protocols()

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a name, or None."""
        path = self._path(name)
        with self._explained("read", name):
            try:
                return self._fs.cat_file(path)
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        """Write the bytes of a name."""
        path = self._path(name)
        with self._explained("written", name):
            try:
                self._pipe(path, data)
            except FileNotFoundError:  # not an object store: there are folders to be made
                self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
                self._pipe(path, data)

    def remove(self, name: str) -> None:
        """Remove a name."""
        path = self._path(name)
        with self._explained("removed", name):
            try:
                self._fs.rm_file(path)
            except FileNotFoundError:
                return

    def has(self, name: str) -> bool:
        """Return whether a name is there."""
        path = self._path(name)
        with self._explained("looked for", name):
            self._fs.invalidate_cache()
            return bool(self._fs.isfile(path))

    def names(self, prefix: str = "") -> Iterator[str]:
        """Yield the names that begin with a prefix."""
        folder = f"{self._root}/{checked_prefix(prefix)}".rstrip("/")
        with self._explained("listed"):
            # Listings may be cached by the file system, and other processes write.
            self._fs.invalidate_cache()
            try:
                paths: list[str] = self._fs.find(folder or "/")
            except FileNotFoundError:
                paths = []
        names = (path.removeprefix(self._root).lstrip("/") for path in paths)
        return (name for name in names if "/" in name and not name.startswith("."))

    def _pipe(self, path: str, data: bytes) -> None:
        if not self._renames:
            self._fs.pipe_file(path, data)
            return
        temporary = f"{self._root}/.tmp-{secrets.token_hex(12)}"
        self._fs.pipe_file(temporary, data)
        self._fs.mv(temporary, path)

    def _path(self, name: str) -> str:
        return f"{self._root}/{checked(name)}"

    def _protocols(self) -> tuple[str, ...]:
        protocol = self._fs.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    @contextmanager
    def _explained(self, what: str, name: str = "") -> Generator[None]:
        """Raise whatever a file system's library raises as `StoreError`: each has errors of its own."""
        try:
            yield
        except ImportError as error:
            raise StoreError(
                f"what fsspec needs for {self._scheme}:// is not installed; install the library of that file system"
            ) from error
        except Exception as error:
            place = f"blob {name!r} of {self._scheme}://…" if name else f"{self._scheme}://…"
            raise StoreError(
                f"{place} could not be {what} ({type(error).__name__}); check the URL, its keys and the connection, "
                "and repeat the call"
            ) from error

    def __repr__(self) -> str:
        return f"FsspecBlobs('{self._scheme}://…')"
