"""The contents of a namespace, and who points to them.

A content has two counts: puts, which `delete` takes back, and holds, one for each appended node and each state of a
manifest entry that points to it. It is gone when both are zero; a delete too many cannot take what a graph needs.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from context_core import ContentNotFoundError
from context_core.hashing import content_id
from context_memory.batches import batches
from context_memory.packing import pack, unpack
from context_memory.schema import contents, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Table


def put_contents(connection: Connection, namespace: str, given: Sequence[bytes]) -> list[str]:
    """Store contents and count a put of each; return their ids in order."""
    content_ids = [content_id(data) for data in given]
    write_contents(connection, namespace, dict(zip(content_ids, given, strict=True)))
    _count(connection, namespace, puts=Counter(content_ids))
    return content_ids


def hold_contents(connection: Connection, namespace: str, content_ids: Iterable[str]) -> None:
    """Count a hold of each content, as often as it is named.

    Raises:
        ContentNotFoundError: some are not there; it names them.
    """
    holds = Counter(content_ids)
    there = _there(connection, namespace, holds)
    if missing := [name for name in holds if name not in there]:
        raise ContentNotFoundError(*missing)
    _count(connection, namespace, holds=holds)


def write_contents(connection: Connection, namespace: str, given: Mapping[str, bytes]) -> None:
    """Write the contents that are not there, without counting; the caller counts in the same transaction."""
    there = _there(connection, namespace, given)
    for batch in batches(name for name in given if name not in there):
        rows = [
            {"namespace": namespace, "content_id": name, "size": len(given[name]), "packed": packed, "data": data}
            for name, (data, packed) in zip(batch, pack(given[name] for name in batch), strict=True)
        ]
        connection.execute(insert(contents), rows)


def get_content(connection: Connection, namespace: str, name: str) -> bytes:
    """Return a content, verified.

    Raises:
        ContentNotFoundError: it is not there.
        ContentCorruptedError: its bytes do not hash to its id.
    """
    query = select(contents.c.data, contents.c.packed, contents.c.size)
    row = connection.execute(query.where(_is(contents, namespace, name))).one_or_none()
    if row is None:
        raise ContentNotFoundError(name)
    return unpack(name, row.data, row.packed, row.size)


def has_content(connection: Connection, namespace: str, name: str) -> bool:
    """Return whether a content is there."""
    return bool(_there(connection, namespace, [name]))


def delete_content(connection: Connection, namespace: str, name: str) -> bool:
    """Take back one put; return whether the content is gone now.

    Raises:
        ContentNotFoundError: it is not there.
    """
    this = _is(references, namespace, name)
    row = connection.execute(select(references.c.puts, references.c.held).where(this)).one_or_none()
    if row is None:
        raise ContentNotFoundError(name)
    puts = max(row.puts - 1, 0)
    if puts or row.held:
        connection.execute(update(references).where(this).values(puts=puts))
        return False
    connection.execute(delete(references).where(this))
    connection.execute(delete(contents).where(_is(contents, namespace, name)))
    return True


def _there(connection: Connection, namespace: str, names: Iterable[str]) -> set[str]:
    query = select(contents.c.content_id).where(contents.c.namespace == namespace)
    found = set[str]()
    for batch in batches(names):
        found.update(connection.scalars(query.where(contents.c.content_id.in_(batch))))
    return found


def _count(
    connection: Connection,
    namespace: str,
    *,
    puts: Mapping[str, int] | None = None,
    holds: Mapping[str, int] | None = None,
) -> None:
    puts, holds = puts or {}, holds or {}
    rows = [
        {"namespace": namespace, "content_id": name, "puts": puts.get(name, 0), "held": holds.get(name, 0)}
        for name in {**puts, **holds}
    ]
    if rows:
        statement = upsert(references)
        added = {name: references.c[name] + statement.excluded[name] for name in ("puts", "held")}
        connection.execute(statement.on_conflict_do_update(set_=added), rows)


def _is(table: Table, namespace: str, name: str) -> ColumnElement[bool]:
    return and_(table.c.namespace == namespace, table.c.content_id == name)
