"""The store on a server: one PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from context_core import StoreError
from context_memory.sql.migrate import make_tables, noted_version, upgrade
from context_memory.sql.postgres_database import PostgresDatabase
from context_memory.sql.schema import VERSION, metadata
from context_memory.sql.store import SQLStore

if TYPE_CHECKING:
    from sqlalchemy import Connection

DIALECT = "postgresql+psycopg"

_LOCK = 0x63747831
"""The advisory lock under which the tables are made."""


class PostgresStore(SQLStore):
    """A `ManagedStore` in a PostgreSQL database, for many machines at once.

    The tables are made in the first schema of the connection's ``search_path``; nothing else there is touched.

    Args:
        url: ``postgresql+psycopg://user:password@host:5432/database``, with libpq's parameters behind a ``?``.
        namespace: the tenant; sessions and contents of one are unknown to all others.

    Raises:
        ValueError: the URL is not one of PostgreSQL. The message does not quote it, as it may hold a password.
        MissingExtraError: psycopg is not installed.
        StoreError: the database cannot be reached, or its tables are another program's, or of a newer version.

    Needs the extra ``postgres``.
    """

    def __init__(self, url: str, *, namespace: str = "default") -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise ValueError(f"got a URL that cannot be read; expected {DIALECT}://user@host:5432/database") from None
        if parsed.drivername not in (DIALECT, "postgresql", "postgres"):
            raise ValueError(f"got a URL of scheme {parsed.drivername!r}; expected {DIALECT}://user@host:5432/database")
        database = PostgresDatabase(parsed.set(drivername=DIALECT))
        try:
            database.write(lambda connection: _bring_up(connection, database.name))
        except BaseException:
            database.close()
            raise
        super().__init__(database, namespace)


def _bring_up(connection: Connection, name: str) -> None:
    """Make or upgrade the tables, one process at a time."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    version = noted_version(connection)
    if version is None:
        taken = set(inspect(connection).get_table_names()) & set(metadata.tables)
        if taken:
            raise StoreError(
                f"{name} has tables of another program: {', '.join(sorted(taken))}; "
                "name another database, or another schema by ?options=-csearch_path%3Dname"
            )
        make_tables(connection)
        # The bytes are compressed already; PostgreSQL need not try again.
        for table, column in (("contents", "data"), ("changes", "record")):
            connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL"))
    elif version > VERSION:
        raise StoreError(f"{name} has schema version {version}; this release reads up to {VERSION}: upgrade it")
    elif version < VERSION:
        upgrade(connection, version)
