"""An index in one SQLite file, or in the memory of this process."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from sqlalchemy import StaticPool, create_engine, event, insert

from context_core import StoreError
from context_memory.recall.fts5 import TABLES
from context_memory.recall.schema import APPLICATION_ID, COUNTER, VERSION, meta, metadata
from context_memory.sql.database import Database
from context_memory.sql.failures import BUSY_SECONDS, sqlite_failure
from context_memory.sql.prepare import set_write_ahead_log
from context_memory.sql.sqlite_database import SQLiteDatabase

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from sqlalchemy import Connection

ADVICE = "delete it and call refresh(), which makes it anew from the store"


class IndexFile(SQLiteDatabase):
    """The file of an index; it can be made anew, so its errors say to do that.

    Args:
        path: its absolute path; it and its folders are made where they are missing.

    Raises:
        StoreError: the file cannot be opened, is no index, or is one of another version.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                if _is_empty(connection, path):
                    set_write_ahead_log(connection)
            self.write(_bring_up)
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise (error if isinstance(error, StoreError) else self._failure(error)) from error

    def _failure(self, error: Exception) -> StoreError:
        told = str(sqlite_failure(self.path, error))
        if "is damaged" in told or "not a SQLite database" in told:
            cause = getattr(error, "orig", None) or error
            return StoreError(f"{self.path} is not a whole index of recall; {ADVICE} ({cause})")
        return StoreError(told)


class IndexInMemory(Database):
    """An index that ends with the process: one connection, which threads use one after another."""

    def __init__(self) -> None:
        super().__init__("in memory")
        self._turn = RLock()
        connect = {"check_same_thread": False, "isolation_level": None}
        self._engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=connect)
        event.listen(self._engine, "begin", _begin)
        self.write(_bring_up)

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with self._turn, self._engine.begin() as connection:
            yield connection

    _writing = _reading

    def _dispose(self) -> None:
        self._engine.dispose()

    def _driver_errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error,)

    def _failure(self, error: Exception) -> StoreError:
        return StoreError(f"the index in memory cannot be used ({getattr(error, 'orig', None) or error})")

    def _is_passing(self, cause: BaseException | None) -> bool:
        return False

    def scrub(self, *, whole: bool = False) -> None:
        """Do nothing: there is no file."""


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _is_empty(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether nothing is in a file yet; raise unless it is an index of this version."""
    [application], [version], [tables] = (
        connection.execute(query).fetchone()
        for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
    )
    if not (application or version or tables):
        return True
    if application != APPLICATION_ID:
        raise StoreError(f"{path} is a SQLite database of another program; name another file for the index")
    if version != VERSION:
        raise StoreError(f"{path} is an index of version {version}, this release has {VERSION}; {ADVICE}")
    return False


def _bring_up(connection: Connection) -> None:
    """Make the tables, unless another process has done so since it was looked at."""
    if connection.exec_driver_sql("PRAGMA user_version").scalar():
        return
    metadata.create_all(connection)
    connection.execute(insert(meta).values(namespace="", name=COUNTER, value="1"))
    for statement in TABLES:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
