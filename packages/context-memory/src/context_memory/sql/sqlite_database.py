"""One SQLite file.

1. The driver is in autocommit mode and the transaction is begun by hand, since the driver's own way begins it only
   with the first write (SQLAlchemy documentation, "SQLite", on serializable transactions).
2. A writer begins with BEGIN IMMEDIATE: it waits for other writers at once, and never fails later for having read
   what another one has changed since.
3. The threads of a process take turns by a lock; SQLite's own waiting, between processes, is polling.
4. What is deleted is overwritten (``secure_delete``), so that a purged session is in no free page.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import URL, create_engine, event

from context_memory.sql.database import Database
from context_memory.sql.failures import BUSY_SECONDS, sqlite_failure

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from context_core import StoreError


CHECKPOINT_PAGES = 4_000
"""Pages of the write-ahead log, 4 kB each, after which it is moved into the file: one write in some hundreds waits."""


class SQLiteDatabase(Database):
    """A file.

    Args:
        path: its absolute path.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path
        self._engine = _engine(path)
        self._writing_engine = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._turn = Lock()

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        with self._turn, self._writing_engine.begin() as connection:
            yield connection

    def _dispose(self) -> None:
        self._engine.dispose()

    def _driver_errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error,)

    def _failure(self, error: Exception) -> StoreError:
        return sqlite_failure(self.path, error)

    def _is_passing(self, cause: BaseException | None) -> bool:
        return False

    def scrub(self, *, whole: bool = False) -> None:
        """Move the write-ahead log into the file and cut it off, as it holds pages as they were."""
        with self._told(), self._turn, self._engine.connect() as connection:
            connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
        # A thread never waits for a connection: one costs little, and threads that write wait for their turn anyway.
        max_overflow=-1,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA cache_size = -16000")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
