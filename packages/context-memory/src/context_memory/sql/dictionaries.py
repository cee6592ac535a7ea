"""The dictionaries that frames of a namespace share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select

from context_memory.sql.packing import Unpacker
from context_memory.sql.schema import dictionaries

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection


def unpacker(connection: Connection, namespace: str, coders: Collection[int | None] | None = None) -> Unpacker:
    """Return what unpacks rows of a namespace.

    Args:
        connection: to read the dictionaries with.
        namespace: whose they are.
        coders: those that the rows name; all of the namespace unless given.
    """
    if coders is not None and not any(coders):
        return Unpacker()
    query = select(dictionaries.c.key, dictionaries.c.data).where(dictionaries.c.namespace == namespace)
    if coders is not None:
        query = query.where(dictionaries.c.key.in_([coder for coder in coders if coder]))
    return Unpacker({row.key: row.data for row in connection.execute(query)})


def add_dictionary(connection: Connection, namespace: str, data: bytes) -> int:
    """Keep a dictionary; return its key."""
    statement = insert(dictionaries).values(namespace=namespace, data=data).returning(dictionaries.c.key)
    return connection.scalars(statement).one()


def drop_dictionaries(connection: Connection, namespace: str, keys: Collection[int]) -> None:
    """Delete dictionaries that no row names."""
    these = and_(dictionaries.c.namespace == namespace, dictionaries.c.key.in_(list(keys)))
    connection.execute(delete(dictionaries).where(these))
