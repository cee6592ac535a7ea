"""The store in a folder of plain files: contents, journals of sessions, and what is known beside them."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from context_core import (
    ConflictError,
    ContentExpiredError,
    ContentNotFoundError,
    Erased,
    SessionInfo,
    SessionNotFoundError,
    SessionState,
    StoreError,
    session_kind,
)
from context_core.hashing import content_id as id_of
from context_core.hashing import text_bytes
from context_core.operations import observed_store
from context_memory.blob_contents import CONTENTS, is_content_id
from context_memory.files.faults import faults
from context_memory.files.garbage import collect
from context_memory.files.layout import prepare
from context_memory.files.space import Space
from context_memory.safe_names import safe_name

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterable, Sequence
    from types import TracebackType

    from context_core import Change, ContextGraph, Edge, Fault, Garbage, Manifest, Node, Revision


@observed_store
class FileStore:
    """A `ManagedStore` in a folder, for several threads and several processes at once.

    A content that a session needs stays, however often it is deleted. What a method has returned from is on the disk.
    Sessions are journals: JSON lines that any tool reads. Needs file locks (`flock`), so not Windows; on network disks,
    those that pass locks on (NFS 4). After a fork, open the folder anew.

    Args:
        folder: it and those above it are made where they are missing.
        namespace: the tenant; sessions and contents of one are unknown to all others.

    Raises:
        StoreError: the folder cannot be opened, holds something else, or was written by a newer version. All methods
            raise it where a file cannot be read or written, is damaged, or others hold the lock for 30 seconds.

    Example:
        >>> import tempfile
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> with tempfile.TemporaryDirectory() as folder, FileStore(f"{folder}/context") as store:
        ...     store.append("s", graph.nodes(), graph.edges())
        ...     [node.content for node in store.load("s").nodes()]
        1
        ['hi']
    """

    def __init__(self, folder: str | os.PathLike[str], namespace: str = "default") -> None:
        if not str(folder):
            raise ValueError("got an empty path; expected that of a folder")
        self.folder = Path(folder).absolute()
        self.namespace = namespace
        self._closed = False
        prepare(self.folder)
        self._space = Space(self.folder / safe_name(namespace))

    # ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        ids = [id_of(data) for data in contents]
        with self._writing() as space:
            if ids:
                space.write_contents(dict(zip(ids, contents, strict=True)))
                space.ledger.add({"step": "put", "contents": ids, "at": time.time()})
        return ids

    def get(self, content_id: str) -> bytes:
        """Return a content.

        Raises:
            ContentNotFoundError: it is not there.
            ContentExpiredError: it is not there any more, since its session has expired.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        self._require_open()
        if not is_content_id(content_id):
            raise ContentNotFoundError(content_id)
        try:
            return self._space.content(content_id)
        except ContentNotFoundError:
            with self._reading() as space:
                expired_at = space.ledger.read().expired_contents.get(content_id)
            if expired_at is None:
                raise
            raise ContentExpiredError(content_id, expired_at) from None

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        self._require_open()
        return is_content_id(content_id) and self._space.contents.has(CONTENTS + content_id)

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now, which it is not while a session needs it.

        Raises:
            ContentNotFoundError: it is not there.
        """
        if not self.has(content_id):
            self.get(content_id)  # raises the error that says why
        with self._writing() as space:
            if not space.contents.has(CONTENTS + content_id):
                raise ContentNotFoundError(content_id)
            if space.ledger.read().puts[content_id]:
                space.ledger.add({"step": "take", "contents": [content_id]})
            if space.ledger.read().is_needed(content_id):
                return False
            space.remove_contents([content_id])
            return True

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new.

        Raises:
            ConflictError: a node has the id of one that is there, and differs from how that was appended.
        """
        arriving, joining = list(nodes), list(edges)
        with self._writing() as space:
            now, journal = time.time(), space.find(session_id)
            state = journal.state if journal else SessionState(session_id, space.content, now)
            revision = state.appending(arriving, joining, now)
            space.write(journal, session_id, [revision] if revision else [], now)
        return len(revision.nodes) if revision else 0

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none.

        Raises:
            SessionNotFoundError: nothing was appended under that id.
            ConflictError: a node is in another state than the change starts from.
            ContentNotFoundError: the store lacks contents that the changes name.
        """
        with self._writing() as space:
            now, journal = time.time(), space.session(session_id)
            revision = journal.state.committing(changes, now)
            space.write(journal, session_id, [revision] if revision else [], now)

    def load(self, session_id: str, *, version: int | None = None) -> ContextGraph:
        """Return the session's graph in its present state, or as it was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: it has expired.
            VersionNotFoundError: the session has no such version.
            ContentCorruptedError: the content of a node does not hash to its id.
        """
        with self._reading() as space:
            return space.session(session_id).state.at(version).graph()

    def manifest(self, session_id: str, *, version: int | None = None) -> Manifest:
        """Return the session's manifest, or as much of it as there was at an earlier version.

        Raises:
            SessionNotFoundError: there is no such session.
            SessionExpiredError: it has expired.
            VersionNotFoundError: the session has no such version.
        """
        with self._reading() as space:
            return space.session(session_id).state.at(version).manifest()

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        with self._reading() as space:
            return space.sessions()

    # ── history ──────────────────────────────────────────────────────────────────────────────────────────────────

    def version(self, session_id: str) -> int:
        """Return how many writes to the session had an effect.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._reading() as space:
            return space.session(session_id).state.version

    def history(self, session_id: str, *, after: int = 0) -> list[Revision]:
        """Return the session's revisions past a version, oldest first.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._reading() as space:
            return space.session(session_id).state.revisions[after:]

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Write revisions to a session as another store's `history` gave them, all or none.

        Raises:
            SessionNotFoundError: there is no such session, and the first revision is not its first.
            ConflictError: the revisions do not follow the session's version, or do not fit its state.
            ContentNotFoundError: the store lacks contents that the revisions name.
        """
        if not revisions:
            return
        with self._writing() as space:
            journal = space.find(session_id)
            if journal is None and revisions[0].version != 1:
                raise SessionNotFoundError(session_id)
            space.write(journal, session_id, revisions, time.time())

    # ── upkeep ───────────────────────────────────────────────────────────────────────────────────────────────────

    def info(self, session_id: str) -> SessionInfo:
        """Return the size and the age of a session.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._reading() as space:
            state = space.session(session_id).state
            return SessionInfo(
                session_id=session_id,
                version=state.version,
                nodes=len(state.nodes),
                content_bytes=sum(len(text_bytes(node.content)) for node in state.nodes.values()),
                created_at=state.created_at,
                written_at=space.ledger.read().written.get(session_id, state.written_at),
                kind=session_kind(state.appended.values()),
            )

    def purge(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session: nodes, edges, manifest, and the contents that nothing else needs.

        No byte of it stays in the folder. Where this is killed on the way, `gc` erases the rest.

        Args:
            session_id: the session.
            version: erase it only if that is its version still.

        Raises:
            SessionNotFoundError: there is no such session.
            ConflictError: it is at another version; nothing was erased.
        """
        with self._writing() as space:
            there = space.session(session_id).state.version
            if version not in (None, there):
                raise ConflictError(f"session {session_id!r} is at version {there}, not {version}; nothing erased")
            journal, gone, size = space.erase(session_id)
            space.ledger.write(space.ledger.read().without(session_id, gone))
            space.sweep()
            return _erased(session_id, journal.state, gone, size)

    def expire(self, session_id: str) -> Erased:
        """Erase a session, and remember that it and its contents were there, for the error of who asks for them.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._writing() as space:
            journal, gone, size = space.erase(session_id)
            space.ledger.add({"step": "expire", "session": session_id, "contents": gone, "at": time.time()})
            return _erased(session_id, journal.state, gone, size)

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Free what nothing points to; return what that is.

        It looks into every journal, and also frees what writers left that were killed. Others wait while it runs.

        Args:
            dry_run: only tell.
            abandoned_seconds: free contents, too, that were put so long ago and that no session points to.

        Raises:
            StoreError: a journal is damaged, so nobody knows what it needs.
        """
        with self._writing() as space:
            return collect(space, dry_run=dry_run, abandoned_seconds=abandoned_seconds)

    def verify(self) -> list[Fault]:
        """Read everything, and return what is not as it was written; contents are hashed anew."""
        self._require_open()
        return list(faults(self._space))

    # ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Close the store; what is called later raises StoreError. No file is open between calls."""
        self._closed = True

    def __enter__(self) -> FileStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FileStore({str(self.folder)!r}, namespace={self.namespace!r})"

    def _require_open(self) -> None:
        if self._closed:
            raise StoreError(f"the store {self.folder} was closed; open it again")

    @contextmanager
    def _reading(self) -> Generator[Space]:
        self._require_open()
        with self._space.reading():
            yield self._space

    @contextmanager
    def _writing(self) -> Generator[Space]:
        self._require_open()
        with self._space.writing():
            yield self._space


def _erased(session_id: str, state: SessionState, gone: list[str], size: int) -> Erased:
    nodes = len(state.nodes.keys() | state.appended.keys())
    return Erased(session_id, nodes, len(state.changes), len(gone), size)
