"""Originals as plain files, for agents that have a tool to read files and none to ask a store.

1. Before a commit, the original of each node whose content it takes away is written to
   ``FOLDER/SESSION/REFERENCE.txt``, under the reference that stands in the prompt. So a file is there before anything
   points to it.
2. The original is the node as it was before its first change; that it was shortened twice makes no second file.
3. A file stays when its node is restored, as an older prompt may still name it. It goes when its session does.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from context_core import ContentNotFoundError, Manifest, SessionNotFoundError, is_reference
from context_core.hashing import bytes_text
from context_memory.durable import TEMPORARY, make_folder, write_whole
from context_memory.files.failures import explained
from context_memory.safe_names import safe_name
from context_memory.wrappers.delegating import Delegating

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from context_core import Change, Erased, ManagedStore, Revision

_SUFFIX = ".txt"


class ReadableFiles(Delegating):
    """A `ManagedStore` that also keeps originals as text files in a folder.

    The files are for reading: what is restored comes from the store below. They are UTF-8; a lone surrogate, which
    UTF-8 cannot write, stands as ``?``. A commit that fails may leave files; the next one of these nodes writes them
    anew. Give each namespace a folder of its own.

    Args:
        store: the one below.
        folder: for the files; it and those above it are made with the first one.

    Raises:
        TypeError: the store has no sessions, history or upkeep.
        StoreError: by writes, a file cannot be written; the store below was not written to.

    Example:
        >>> import tempfile
        >>> from context_core import MemoryStore, replace
        >>> from context_core.testing.examples import example_graph, pointer
        >>> graph = example_graph("my session")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = ReadableFiles(MemoryStore(), folder)
        ...     _ = store.append("my session", graph.nodes(), graph.edges())
        ...     changes = replace(graph, pointer(graph), store)
        ...     store.commit("my session", changes)
        ...     store.path("my session", changes[0].reference).read_text()[:12]
        '0: größe = 0'
    """

    def __init__(self, store: ManagedStore, folder: str | os.PathLike[str]) -> None:
        super().__init__(store)
        self.folder = Path(folder).absolute()

    def path(self, session_id: str, reference: str) -> Path:
        """Return the file in which the original of a reference stands, there or not."""
        name = reference if is_reference(reference) else safe_name(reference)
        return self._session_folder(session_id) / (name + _SUFFIX)

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the originals that the changes take away as files, then commit the changes."""
        self._write(self._store.manifest(session_id), changes)
        self._store.commit(session_id, changes)

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write the originals that the revisions take away as files, then record the revisions."""
        try:
            manifest = self._store.manifest(session_id)
        except SessionNotFoundError:
            manifest = Manifest(session_id)
        self._write(manifest, [change for revision in revisions for change in revision.changes])
        self._store.record(session_id, revisions)

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session and its files."""
        if version in (None, self._store.version(session_id)):
            self._remove(session_id)
        return self._store.purge(session_id, version=version)

    def expire(self, session_id: str) -> Erased:
        """Erase a session and its files, and remember that it and its contents were there."""
        self._remove(session_id)
        return self._store.expire(session_id)

    def refresh(self, session_id: str) -> list[Path]:
        """Write the files of a session whose changes were committed without them, or which were removed; return those.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        manifest = self._store.manifest(session_id)
        missing = [each for each in manifest.changes if not self.path(session_id, each.reference).exists()]
        return self._write(manifest, missing)

    def _write(self, manifest: Manifest, changes: Iterable[Change]) -> list[Path]:
        """Write the originals that changes take away; return their files, in order, each once."""
        changes = list(changes)
        whole, written = manifest.extended(changes), dict[Path, None]()
        for change in changes:
            original = whole.original(change.node_id)
            path = self.path(manifest.session_id, change.reference)
            if original is None or path in written or _keeps(change, original.content_id):
                continue
            try:
                text = bytes_text(self._store.get(original.content_id))
            except ContentNotFoundError:
                continue  # where a change needs it, the store below refuses the change
            with explained(path):
                make_folder(path.parent)
                write_whole(path, text.encode("utf-8", "replace"), path.parent)
            written[path] = None
        return list(written)

    def _remove(self, session_id: str) -> None:
        """Remove a session's files; its folder stays where the user keeps something else in it."""
        folder = self._session_folder(session_id)
        with explained(folder):
            if not folder.is_dir():
                return
            for path in list(folder.iterdir()):
                if path.suffix == _SUFFIX or path.name.startswith(TEMPORARY):
                    path.unlink(missing_ok=True)
            with suppress(OSError):
                folder.rmdir()

    def _session_folder(self, session_id: str) -> Path:
        return self.folder / safe_name(session_id)


def _keeps(change: Change, content_id: str) -> bool:
    return change.after is not None and change.after.content_id == content_id
