"""One SQLite file: short transactions on pooled connections.

1. The driver is in autocommit mode and the transaction is begun by hand, since the driver's own way begins it only
   with the first write (SQLAlchemy documentation, "SQLite", on serializable transactions).
2. A writer begins with BEGIN IMMEDIATE: it waits for other writers at once, and never fails later for having read
   what another one has changed since.
3. The threads of a process take turns by a lock; SQLite's own waiting, between processes, is polling.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import URL, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from context_core import StoreError
from context_memory.failures import BUSY_SECONDS, failure

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Connection, Engine


class Database:
    """An open file; errors of the driver come out as `StoreError`.

    Args:
        path: the absolute path of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)
        self._writing_engine = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._turn = Lock()
        self._closed = False

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Give a connection that sees one state of the file while the block runs."""
        with self._transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Give a connection that writes all that the block does, or nothing where the block raises."""
        with self._turn, self._transaction(self._writing_engine) as connection:
            yield connection

    def close(self) -> None:
        """Close the connections; transactions begun later raise StoreError."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Generator[Connection]:
        if self._closed:
            raise StoreError(f"the store {self.path} was closed; open it again")
        try:
            with engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise failure(self.path, error) from getattr(error, "orig", error)


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
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
