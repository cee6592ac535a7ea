"""Rows into a table, many at a time: prepared statements on SQLite, COPY on PostgreSQL.

The rows are tuples that the driver takes as they are, so that writing costs little more than the driver's own time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Float, Integer, LargeBinary, Text

from context_memory.sql.exact_text import ExactText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

COPY_FROM = 50
"""Rows from which COPY is worth its own round trips."""


def insert_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], conflict: str = ""
) -> None:
    """Insert rows into a table.

    Args:
        connection: in a transaction.
        table: the table.
        columns: those that the rows give, in order.
        rows: what to insert, as the driver takes it: an `ExactText` as bytes.
        conflict: what to do with a row that is there, as SQL: ``ON CONFLICT …``.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"{_into(table, columns)} VALUES ({marks}) {conflict}", list(rows))
    elif len(rows) < COPY_FROM:
        marks = ", ".join(["%s"] * len(columns))
        connection.exec_driver_sql(f"{_into(table, columns)} VALUES ({marks}) {conflict}", list(rows))
    else:
        _copy(connection, table, columns, rows, conflict)


def update_rows(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Set columns of rows, each tuple giving their values and then the row's key."""
    if rows:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        values = ", ".join(f"{column} = {mark}" for column in columns)
        connection.exec_driver_sql(f"UPDATE {table.name} SET {values} WHERE key = {mark}", list(rows))


def _copy(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], conflict: str
) -> None:
    """Copy rows to a table; where some may be there, those that are go the other way.

    Where another writer inserts the same meanwhile, the database says so, and the transaction is run again.
    """
    if conflict:
        there = _there(connection, table, columns, rows)
        known = [row for row in rows if row[1] in there]
        rows = [row for row in rows if row[1] not in there]
        if known:
            marks = ", ".join(["%s"] * len(columns))
            connection.exec_driver_sql(f"{_into(table, columns)} VALUES ({marks}) {conflict}", known)
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(_types(table, columns))
        for row in rows:
            copy.write_row(row)
    cursor.close()


def _there(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> set[bytes]:
    """Return which names of rows are there: a row with conflicts begins with its namespace and its name."""
    query = f"SELECT {columns[1]} FROM {table.name} WHERE {columns[0]} = %s AND {columns[1]} = ANY(%s)"
    found = connection.exec_driver_sql(query, (rows[0][0], [row[1] for row in rows]))
    return {bytes(row[0]) for row in found}


@cache
def _into(table: Table, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(columns)})"


@cache
def _types(table: Table, columns: tuple[str, ...]) -> list[str]:
    return [_TYPES[type(table.c[column].type)] for column in columns]


_TYPES: dict[type, str] = {
    ExactText: "bytea",
    LargeBinary: "bytea",
    BigInteger: "int8",
    Integer: "int4",
    Float: "float8",
    Text: "text",
}
"""PostgreSQL's names of the columns' types."""
