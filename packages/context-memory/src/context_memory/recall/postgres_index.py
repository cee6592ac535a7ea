"""An index in a PostgreSQL database, beside the tables of a store or apart from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from context_core import StoreError
from context_memory.recall.schema import COUNTER, VERSION, meta, metadata
from context_memory.recall.tsvector import TABLES
from context_memory.sql.postgres import DIALECT
from context_memory.sql.postgres_database import PostgresDatabase

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LOCK = 0x63747832
"""The advisory lock under which the tables are made."""


def postgres_index(url: str) -> PostgresDatabase:
    """Open a database with the tables of an index, which are made in the first schema of its ``search_path``.

    Args:
        url: ``postgresql+psycopg://user:password@host:5432/database``.

    Raises:
        ValueError: the URL is not one of PostgreSQL. The message does not quote it, as it may hold a password.
        MissingExtraError: psycopg is not installed.
        StoreError: the database cannot be reached, or has an index of another version.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(f"got a URL that cannot be read; expected {DIALECT}://user@host:5432/database") from None
    database = PostgresDatabase(parsed.set(drivername=DIALECT))
    try:
        database.write(lambda connection: _bring_up(connection, database.name))
    except BaseException:
        database.close()
        raise
    return database


def _bring_up(connection: Connection, name: str) -> None:
    """Make the tables unless they are there, one process at a time; their version is a comment on one of them."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = sorted(table for table in inspect(connection).get_table_names() if table.startswith("recall_"))
    if not there:
        metadata.create_all(connection)
        connection.execute(insert(meta).values(namespace="", name=COUNTER, value="1"))
        for statement in TABLES:
            connection.execute(text(statement))
        connection.execute(text(f"COMMENT ON TABLE recall_meta IS 'version {VERSION}'"))
        return
    said = connection.scalar(text("SELECT obj_description(to_regclass('recall_meta'), 'pg_class')"))
    if said != f"version {VERSION}":
        raise StoreError(
            f"{name} has an index of recall of {said or 'no known version'}, this release has version {VERSION}; "
            f"drop its tables ({', '.join(there)}) and call refresh(), which makes it anew from the store"
        )
