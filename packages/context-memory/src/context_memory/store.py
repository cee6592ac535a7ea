"""The embedded store: contents, sessions and manifests in one SQLite file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from context_memory.append import append_edges, append_nodes, arrivals
from context_memory.commit import commit_changes
from context_memory.connection import Database
from context_memory.contents import delete_content, get_content, has_content, put_contents
from context_memory.load import load_graph, load_manifest, load_originals
from context_memory.prepare import prepare
from context_memory.sessions import list_sessions, session_key, touch_session

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from context_core import Change, ContextGraph, Edge, Manifest, Node


class SQLiteStore:
    """A `Store` in one SQLite file, for several threads and several processes at once.

    A content that a node or a manifest points to stays, however often it is deleted. Close the store, or use it as a
    context manager. After a fork, open the file anew.

    Args:
        path: the file; it and its folders are made where they are missing.
        namespace: the tenant; sessions and contents of one are unknown to all others.

    Raises:
        ValueError: the path is empty or ``:memory:``.
        StoreError: the file cannot be opened, is not a store, or was written by a newer version. All methods raise it
            where the file cannot be read or written.

    Example:
        >>> import tempfile
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> with tempfile.TemporaryDirectory() as folder, SQLiteStore(f"{folder}/context.db") as store:
        ...     store.append("s", graph.nodes(), graph.edges())
        ...     [node.content for node in store.load("s").nodes()]
        1
        ['hi']
    """

    def __init__(self, path: str | os.PathLike[str], *, namespace: str = "default") -> None:
        if str(path) in {"", ":memory:"}:
            raise ValueError(f"got path {str(path)!r}; expected a file's, or memory:// as URL of a store in memory")
        self.path = Path(path).absolute()
        self.namespace = namespace
        self._database = Database(self.path)
        prepare(self._database)

    # ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, all or none; return their ids in order."""
        with self._database.writing() as connection:
            return put_contents(connection, self.namespace, contents)

    def get(self, content_id: str) -> bytes:
        """Return a content.

        Raises:
            ContentNotFoundError: it is not there.
            ContentCorruptedError: its bytes do not hash to its id.
        """
        with self._database.reading() as connection:
            return get_content(connection, self.namespace, content_id)

    def has(self, content_id: str) -> bool:
        """Return whether a content is there."""
        with self._database.reading() as connection:
            return has_content(connection, self.namespace, content_id)

    def delete(self, content_id: str) -> bool:
        """Take back one put; return whether the content is gone now, which it is not while a session points to it.

        Raises:
            ContentNotFoundError: it is not there.
        """
        with self._database.writing() as connection:
            return delete_content(connection, self.namespace, content_id)

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Store nodes and edges that are not there yet, all or none; return how many nodes were new.

        Raises:
            ConflictError: a node has the id of one that is there, and differs from how that was appended.
        """
        arriving, joining = arrivals(session_id, nodes), list(edges)
        with self._database.writing() as connection:
            session = touch_session(connection, self.namespace, session_id)
            fresh = append_nodes(connection, self.namespace, session_id, session, arriving)
            append_edges(connection, session, joining)
        return fresh

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Write the state after each change and append the changes to the session's manifest, all or none.

        Raises:
            SessionNotFoundError: nothing was appended under that id.
            ConflictError: a node is in another state than the change starts from.
            ContentNotFoundError: the store lacks contents that the changes name.
        """
        with self._database.writing() as connection:
            session_key(connection, self.namespace, session_id)
            session = touch_session(connection, self.namespace, session_id)
            commit_changes(connection, self.namespace, session_id, session, changes)

    def load(self, session_id: str) -> ContextGraph:
        """Return the session's graph in its present state.

        Raises:
            SessionNotFoundError: there is no such session.
            ContentCorruptedError: the content of a node does not hash to its id.
        """
        with self._database.reading() as connection:
            session = session_key(connection, self.namespace, session_id)
            return load_graph(connection, self.namespace, session_id, session, partial(self._originals, session))

    def _originals(self, session: int, node_ids: Sequence[str]) -> list[Node]:
        with self._database.reading() as connection:
            return load_originals(connection, self.namespace, session, node_ids)

    def manifest(self, session_id: str) -> Manifest:
        """Return the session's manifest; an empty one where nothing was compressed.

        Raises:
            SessionNotFoundError: there is no such session.
        """
        with self._database.reading() as connection:
            session = session_key(connection, self.namespace, session_id)
            return load_manifest(connection, session_id, session)

    def sessions(self) -> list[str]:
        """Return the ids of all sessions, the last one written to last."""
        with self._database.reading() as connection:
            return list_sessions(connection, self.namespace)

    # ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Close the file; what is called later raises StoreError."""
        self._database.close()

    def __enter__(self) -> SQLiteStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self.path)!r}, namespace={self.namespace!r})"
