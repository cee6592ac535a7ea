"""The embedded store: one SQLite file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from context_memory.sql.prepare import prepare
from context_memory.sql.sqlite_database import SQLiteDatabase
from context_memory.sql.store import SQLStore

if TYPE_CHECKING:
    import os


class SQLiteStore(SQLStore):
    """A `ManagedStore` in one SQLite file, for several threads and several processes at once.

    After a fork, open the file anew. After a power failure the last writes may be missing, and the file is consistent
    (``synchronous = NORMAL`` with a write-ahead log); after the end of a process nothing is missing.

    Args:
        path: the file; it and its folders are made where they are missing.
        namespace: the tenant; sessions and contents of one are unknown to all others.

    Raises:
        ValueError: the path is empty or ``:memory:``.
        StoreError: the file cannot be opened, is not a store, or was written by a newer version.

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
        database = SQLiteDatabase(self.path)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        super().__init__(database, namespace)
