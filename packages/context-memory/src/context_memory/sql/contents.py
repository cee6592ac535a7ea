"""The contents of a namespace, and who points to them.

A content has two counts: puts, which `delete` takes back, and holds, one for each appended node and each state of a
manifest entry that points to it. It is gone when both are zero; a delete too many cannot take what a graph needs.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, select, update

from context_core import ContentCorruptedError, ContentExpiredError, ContentNotFoundError
from context_core.hashing import content_id, text_bytes
from context_core.stores import verified
from context_memory.sql.batches import batches
from context_memory.sql.bulk import insert_rows
from context_memory.sql.dictionaries import unpacker
from context_memory.sql.packing import pack
from context_memory.sql.schema import contents, references
from context_memory.sql.tombstones import clear_contents, content_expiry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Table

    from context_memory.sql.packing import Unpacker

HASH_BYTES = 32
"""Bytes of a content id as it is stored."""

_ADD_COUNTS = (
    "ON CONFLICT (namespace, content_id) DO UPDATE SET "
    "puts = content_references.puts + excluded.puts, held = content_references.held + excluded.held, "
    "put_at = CASE WHEN excluded.puts > 0 THEN excluded.put_at ELSE content_references.put_at END"
)


def hash_bytes(name: str) -> bytes | None:
    """Return the bytes of a content id; None where the text is none.

    Example:
        >>> hash_bytes("not a hash") is None, len(hash_bytes("ab" * 32))
        (True, 32)
    """
    try:
        data = bytes.fromhex(name)
    except ValueError:
        return None
    return data if len(data) == HASH_BYTES and data.hex() == name else None


def put_contents(connection: Connection, namespace: str, given: Sequence[bytes]) -> list[str]:
    """Store contents and count a put of each; return their ids in order."""
    content_ids = [content_id(data) for data in given]
    write_contents(connection, namespace, dict(zip(content_ids, given, strict=True)), puts=Counter(content_ids))
    return content_ids


def write_contents(
    connection: Connection,
    namespace: str,
    given: Mapping[str, bytes],
    *,
    puts: Mapping[str, int] | None = None,
    held: Mapping[str, int] | None = None,
) -> None:
    """Write the contents that are not there, and count how often each was put or is held."""
    # Counted first: who counts a content has its row of counts locked, so that nobody drops the content meanwhile.
    # In the order of the ids: writers that lock the same rows in one order never wait for each other in a circle.
    names = sorted(given)
    _count(connection, namespace, names, puts=puts or {}, held=held or {})
    space = text_bytes(namespace)
    hashes = [bytes.fromhex(name) for name in names]
    frames = pack(given[name] for name in names)
    rows = [
        (space, key, len(given[name]), coder, data)
        for name, key, (data, coder) in zip(names, hashes, frames, strict=True)
    ]
    columns = ("namespace", "content_id", "size", "coder", "data")
    insert_rows(connection, contents, columns, rows, "ON CONFLICT (namespace, content_id) DO NOTHING")
    clear_contents(connection, namespace, hashes)


def hold_contents(connection: Connection, namespace: str, held: Mapping[str, int]) -> None:
    """Count holds of contents that are there, in the place of the one put that was made of each for the manifest.

    Raises:
        ContentNotFoundError: some are not there; it names them.
    """
    hashes = {name: data for name in sorted(held) if (data := hash_bytes(name)) is not None}
    _count(connection, namespace, list(hashes), held=held)
    there = there_of(connection, namespace, hashes.values())
    if missing := [name for name in held if hashes.get(name) not in there]:
        raise ContentNotFoundError(*missing)
    for batch in batches(hashes.values()):
        taken = and_(_among(references, namespace, batch), references.c.puts > 0)
        connection.execute(update(references).where(taken).values(puts=references.c.puts - 1))


def get_content(connection: Connection, namespace: str, name: str) -> bytes:
    """Return a content, verified.

    Raises:
        ContentNotFoundError: it is not there.
        ContentExpiredError: it is not there any more.
        ContentCorruptedError: its bytes do not hash to its id.
    """
    data = hash_bytes(name)
    if data is None:
        raise ContentNotFoundError(name)
    query = select(contents.c.data, contents.c.coder, contents.c.size).where(_is(contents, namespace, data))
    row = connection.execute(query).one_or_none()
    if row is None:
        expired_at = content_expiry(connection, namespace, data)
        raise ContentNotFoundError(name) if expired_at is None else ContentExpiredError(name, expired_at)
    return unpacked(unpacker(connection, namespace, {row.coder}), name, row.data, row.coder, row.size)


def unpacked(unpacker: Unpacker, name: str, data: bytes, coder: int | None, size: int) -> bytes:
    """Return the content of a row, verified.

    Raises:
        ContentCorruptedError: the bytes do not unpack to `size` bytes of that hash.
    """
    try:
        return verified(name, unpacker.unpack(data, coder, size))
    except ValueError:
        raise ContentCorruptedError(name) from None


def has_content(connection: Connection, namespace: str, name: str) -> bool:
    """Return whether a content is there."""
    data = hash_bytes(name)
    return data is not None and bool(there_of(connection, namespace, [data]))


def delete_content(connection: Connection, namespace: str, name: str) -> bool:
    """Take back one put; return whether the content is gone now.

    Raises:
        ContentNotFoundError: it is not there.
    """
    data = hash_bytes(name)
    query = select(references.c.puts, references.c.held).with_for_update()
    row = None if data is None else connection.execute(query.where(_is(references, namespace, data))).one_or_none()
    if row is None or data is None:
        raise ContentNotFoundError(name)
    puts = max(row.puts - 1, 0)
    if puts or row.held:
        connection.execute(update(references).where(_is(references, namespace, data)).values(puts=puts))
        return False
    drop_contents(connection, namespace, [data])
    return True


def release_contents(connection: Connection, namespace: str, held: Mapping[bytes, int]) -> list[tuple[bytes, int]]:
    """Take back holds; return hash and size of the contents that nothing needs any more, which are still there."""
    rows: list[dict[str, Any]] = []
    free: list[bytes] = []
    for batch in batches(sorted(held)):
        query = select(references).where(_among(references, namespace, batch)).order_by(references.c.content_id)
        for row in connection.execute(query.with_for_update()):
            left = max(row.held - held[row.content_id], 0)
            rows.append({"name": row.content_id, "left": left})
            if not left and not row.puts:
                free.append(row.content_id)
    if rows:
        this = and_(references.c.namespace == namespace, references.c.content_id == bindparam("name"))
        connection.execute(update(references).where(this).values(held=bindparam("left")), rows)
    sizes: list[tuple[bytes, int]] = []
    for batch in batches(free):
        query = select(contents.c.content_id, contents.c.size).where(_among(contents, namespace, batch))
        sizes += [(row.content_id, row.size) for row in connection.execute(query)]
    return sizes


def drop_contents(connection: Connection, namespace: str, hashes: Iterable[bytes]) -> None:
    """Delete contents and their counts."""
    for batch in batches(hashes):
        for table in (references, contents):
            connection.execute(delete(table).where(_among(table, namespace, batch)))


def there_of(connection: Connection, namespace: str, hashes: Iterable[bytes]) -> set[bytes]:
    """Return those contents that are there."""
    found = set[bytes]()
    for batch in batches(hashes):
        found.update(connection.scalars(select(contents.c.content_id).where(_among(contents, namespace, batch))))
    return found


def _count(
    connection: Connection,
    namespace: str,
    names: Sequence[str],
    *,
    puts: Mapping[str, int] | None = None,
    held: Mapping[str, int] | None = None,
) -> None:
    puts, held, now = puts or {}, held or {}, time.time()
    space = text_bytes(namespace)
    rows = [(space, bytes.fromhex(name), puts.get(name, 0), held.get(name, 0), now) for name in names]
    insert_rows(connection, references, ("namespace", "content_id", "puts", "held", "put_at"), rows, _ADD_COUNTS)


def _is(table: Table, namespace: str, data: bytes) -> ColumnElement[bool]:
    return and_(table.c.namespace == namespace, table.c.content_id == data)


def _among(table: Table, namespace: str, hashes: Iterable[bytes]) -> ColumnElement[bool]:
    return and_(table.c.namespace == namespace, table.c.content_id.in_(list(hashes)))
