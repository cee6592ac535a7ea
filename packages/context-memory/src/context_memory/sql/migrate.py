"""Bring the tables of a database to this version, in one transaction with all that they hold."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from context_memory.sql.schema import VERSION, metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

FIRST = 1
"""The version of tables that are there without a note of it: the first release kept none that alembic reads."""


def revision_of(version: int) -> str:
    """Return alembic's name of a version.

    Example:
        >>> revision_of(2)
        '0002'
    """
    return f"{version:04d}"


def noted_version(connection: Connection) -> int | None:
    """Return the version that a database notes for alembic; None where it notes none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    noted = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return int(noted) if noted else None


def make_tables(connection: Connection) -> None:
    """Make the tables in an empty database, and note their version as alembic does."""
    metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": revision_of(VERSION)})


def upgrade(connection: Connection, version: int) -> None:
    """Run the steps from an older version to this one.

    Args:
        connection: in the transaction of a writer.
        version: of the tables that are there.
    """
    from alembic import command  # slow to import, and needed once in the life of a store
    from alembic.config import Config

    config = Config(stdout=StringIO())
    config.set_main_option("script_location", "context_memory.sql:migrations")
    config.attributes["connection"] = connection
    if noted_version(connection) is None:
        command.stamp(config, revision_of(version))
    command.upgrade(config, "head")
