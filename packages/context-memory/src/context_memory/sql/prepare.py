"""From a path to a file with this version's tables.

1. Look at what is there, and touch nothing that is not a store: an empty file, or one with our application id.
2. Set the write-ahead log, once: the file remembers it.
3. Make the tables, or bring those of an older release to this version, under the lock of a writer, unless another
   process has done so since.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

from context_core import StoreError
from context_memory.sql.failures import BUSY_SECONDS, sqlite_failure
from context_memory.sql.migrate import make_tables, upgrade
from context_memory.sql.schema import APPLICATION_ID, VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from context_memory.sql.sqlite_database import SQLiteDatabase

_PAUSE_SECONDS = 0.01


def prepare(database: SQLiteDatabase) -> None:
    """Make the file of a database a store of this version, unless it is one.

    Raises:
        StoreError: the file cannot be made or opened, is no store, or is one of a newer version.
    """
    path = database.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            version = _version(connection, path)
            if version == VERSION:
                return
            if version == 0:
                set_write_ahead_log(connection)
    except StoreError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise sqlite_failure(path, error) from error
    database.write(_bring_up)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of the store in a file; 0 where the file is empty."""
    connection.execute("BEGIN")  # of one moment: another process may be making the tables
    [tables], [application], [version] = (
        connection.execute(query).fetchone()
        for query in ("SELECT count(*) FROM sqlite_master", "PRAGMA application_id", "PRAGMA user_version")
    )
    connection.execute("COMMIT")
    if application != APPLICATION_ID:
        if application or version or tables:
            raise StoreError(f"{path} is a SQLite database of another program; name another file")
        return 0
    if version > VERSION:
        raise StoreError(
            f"{path} has schema version {version}; this release reads up to {VERSION}: upgrade context-memory"
        )
    return version


def _bring_up(connection: Connection) -> None:
    """Make or upgrade the tables; another process may have done so since it was looked at."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar() or 0
    if version == VERSION:
        return
    if version:
        upgrade(connection, version)
    else:
        make_tables(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def set_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Set the journal mode, waiting by hand: SQLite does not wait for other processes when it changes this."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE_SECONDS)
