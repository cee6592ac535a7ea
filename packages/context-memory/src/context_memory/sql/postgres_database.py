"""One PostgreSQL database, through psycopg.

1. Who reads sees one snapshot (REPEATABLE READ); who writes sees what others have written, once it has the lock of the
   session that it writes to (READ COMMITTED).
2. A connection that was lost while it lay in the pool is replaced without a word; one that is lost in a transaction is
   an error, and the next transaction has a new one.
3. At most `CONNECTIONS` are open at once; further threads wait for one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine

from context_core import StoreError
from context_core.extras import need
from context_memory.sql.database import Database
from context_memory.sql.schema import metadata

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy import URL, Connection

CONNECTIONS = 16
"""Open connections of one store, a sixth of what PostgreSQL allows in all unless told otherwise."""

WAIT_SECONDS = 60
"""How long a thread waits for a connection."""

_PASSING = ("40001", "40P01", "23505")
"""Serialization failure, deadlock, and a row that another writer has just inserted: the same transaction may do well
the next time (PostgreSQL, appendix A)."""

_LOST = ("57P01", "57P02", "57P03", "08000", "08003", "08006")
"""The server went down, or the connection did."""


class PostgresDatabase(Database):
    """A database on a server.

    Args:
        url: as SQLAlchemy reads it, of the dialect ``postgresql+psycopg``.

    Raises:
        MissingExtraError: psycopg is not installed.
    """

    def __init__(self, url: URL) -> None:
        self._psycopg = need("psycopg", "postgres", package="context-memory")
        super().__init__(url.render_as_string(hide_password=True))
        self._engine = create_engine(
            url, pool_size=CONNECTIONS, max_overflow=0, pool_timeout=WAIT_SECONDS, pool_pre_ping=True
        )
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        with self._snapshots.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def _dispose(self) -> None:
        self._engine.dispose()

    def _driver_errors(self) -> tuple[type[Exception], ...]:
        return (self._psycopg.Error,)

    def _failure(self, error: Exception) -> StoreError:
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None)
        said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        if state == "53100":
            advice = "does not fit on its disk; free some space and repeat the call, of which nothing was written"
        elif state in _LOST or (state is None and isinstance(cause, self._psycopg.OperationalError)):
            advice = "cannot be reached, or the connection was lost; check the server, and repeat the call"
        elif type(cause).__name__ == "TimeoutError":
            advice = f"had no free connection for {WAIT_SECONDS} s; repeat the call, or use fewer threads"
        else:
            advice = "cannot be used; the cause is in parentheses"
        return StoreError(f"{self.name} {advice} ({said})")

    def _is_passing(self, cause: BaseException | None) -> bool:
        return getattr(cause, "sqlstate", None) in _PASSING

    def scrub(self, *, whole: bool = False) -> None:
        """Write the tables anew where asked for the whole: the server leaves deleted rows in its pages for a time."""
        if whole:
            with self._told(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in metadata.sorted_tables:
                    connection.exec_driver_sql(f"VACUUM FULL {table.name}")
                connection.exec_driver_sql("CHECKPOINT")
