"""Pack what has piled up: train a dictionary on it, and write it anew with that.

1. What was written since the last packing is the tail: its contents and records of nodes lie as they were written.
2. A dictionary is trained on the tail (zstd's COVER algorithm). Parts of one session repeat each other's paths, names
   and phrases, which a frame of its own cannot tell, and a shared dictionary can.
3. Rows that get smaller are written anew, in one transaction with the dictionary.

Since a dictionary holds pieces of the rows that it was trained on, it goes with the first of them that is erased: the
others are packed anew with another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zstandard
from sqlalchemy import and_, func, insert, select, update

from context_memory.sql.batches import batches
from context_memory.sql.bulk import update_rows
from context_memory.sql.dictionaries import add_dictionary, drop_dictionaries, unpacker
from context_memory.sql.packing import pack, pack_with
from context_memory.sql.schema import contents, nodes, packed, sessions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Table

    Row = tuple[int, bytes]

PACK_BYTES = 4_000_000
"""Bytes of contents in a tail that is packed without being asked for: some ten sessions."""

SEGMENT_BYTES = 16_000_000
"""Bytes that are packed in one transaction, with one dictionary: half a second's work."""

SAMPLE_BYTES = 100_000
"""Bytes of one content that a dictionary is trained on: the start tells enough of a large one."""

TRAINING_BYTES = 2_000_000
"""Bytes that a dictionary is trained on: twenty times its size, evenly from the rows; more makes it no better."""

TRAINED_ON = 40
"""Bytes of rows to a byte of their dictionary, which lies in the file, too."""

SMALLEST_DICTIONARY = 4_096
"""Bytes below which a dictionary is not worth training."""

LEVEL = 6
"""Compression level of what is packed: slower than what is written, and read as fast."""


@dataclass(frozen=True, slots=True)
class _Packable:
    """A column of rows that can be packed.

    Attributes:
        table: where it is.
        data: the column.
        dictionary_bytes: the largest dictionary for it.
    """

    table: Table
    data: Column[bytes]
    dictionary_bytes: int

    def of(self, namespace: str) -> ColumnElement[bool]:
        """Return the condition that rows are those of a namespace."""
        if self.table is contents:
            return contents.c.namespace == namespace
        return nodes.c.session.in_(select(sessions.c.key).where(sessions.c.namespace == namespace))


_CONTENTS = _Packable(contents, contents.c.data, 112_640)
_RECORDS = _Packable(nodes, nodes.c.record, 65_536)


def tail_bytes(connection: Connection, namespace: str) -> int:
    """Return how many bytes of contents were written since the last packing."""
    upto = _upto(connection, namespace)[0]
    these = and_(contents.c.namespace == namespace, contents.c.key > upto)
    return int(connection.scalar(select(func.coalesce(func.sum(contents.c.size), 0)).where(these)) or 0)


def pack_tail(connection: Connection, namespace: str) -> bool:
    """Pack a segment of the tail; return whether there is more of it."""
    content_key, node_key = _upto(connection, namespace, lock=True)
    last_content, more = _pack_after(connection, namespace, _CONTENTS, content_key)
    last_node, further = _pack_after(connection, namespace, _RECORDS, node_key)
    values = {"content_key": last_content, "node_key": last_node}
    connection.execute(update(packed).where(packed.c.namespace == namespace).values(values))
    return more or further


def forget_dictionaries(connection: Connection, namespace: str, session: int, hashes: Collection[bytes]) -> None:
    """Delete the dictionaries that know pieces of a session or of contents, and pack anew what else needs them."""
    going = set(hashes)
    tainted = set[int]()
    for batch in batches(going):
        these = and_(contents.c.namespace == namespace, contents.c.content_id.in_(batch), contents.c.coder > 0)
        tainted.update(connection.scalars(select(contents.c.coder).where(these).distinct()))
    its_records = and_(nodes.c.session == session, nodes.c.coder > 0)
    of_records = set(connection.scalars(select(nodes.c.coder).where(its_records).distinct()))
    for key in tainted:
        query = select(contents.c.key, contents.c.data, contents.c.coder, contents.c.content_id)
        rows = [row for row in connection.execute(query.where(contents.c.coder == key)) if row.content_id not in going]
        _rewrite(connection, namespace, _CONTENTS, _plain(connection, namespace, rows))
    for key in of_records:
        query = select(nodes.c.key, nodes.c.record, nodes.c.coder)
        rows = list(connection.execute(query.where(nodes.c.coder == key, nodes.c.session != session)))
        _rewrite(connection, namespace, _RECORDS, _plain(connection, namespace, rows))
    drop_dictionaries(connection, namespace, tainted | of_records)


def _upto(connection: Connection, namespace: str, *, lock: bool = False) -> tuple[int, int]:
    """Return the keys of the last content and the last node that were packed."""
    query = select(packed.c.content_key, packed.c.node_key).where(packed.c.namespace == namespace)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None and lock:
        first = {"namespace": namespace, "content_key": 0, "node_key": 0}
        connection.execute(insert(packed).values(first))
    return (0, 0) if row is None else (row.content_key, row.node_key)


def _pack_after(connection: Connection, namespace: str, what: _Packable, key: int) -> tuple[int, bool]:
    """Pack a segment of the rows behind a key; return the last row's key, and whether there are more."""
    columns = what.table.c
    query = select(columns.key, what.data, columns.coder).where(what.of(namespace), columns.key > key)
    rows: list[Any] = []
    size = 0
    with connection.execute(query.order_by(columns.key).execution_options(yield_per=500)) as found:
        for row in found:
            rows.append(row)
            size += len(row[1])
            if size >= SEGMENT_BYTES // 2:
                break
    if not rows:
        return key, False
    _rewrite(connection, namespace, what, _plain(connection, namespace, rows))
    return rows[-1].key, size >= SEGMENT_BYTES // 2


def _plain(connection: Connection, namespace: str, rows: Sequence[Any]) -> list[Row]:
    """Return keys and bytes of rows, unpacked."""
    unpack = unpacker(connection, namespace, {row.coder for row in rows})
    return [(row.key, unpack.unpack(row[1], row.coder)) for row in rows]


def _rewrite(connection: Connection, namespace: str, what: _Packable, rows: Sequence[Row]) -> None:
    """Write rows anew with a dictionary that is trained on them; without one where they are too few for that."""
    if not rows:
        return
    plain = [data for _, data in rows]
    dictionary = _trained(plain, what.dictionary_bytes)
    if dictionary is None:
        frames = pack(plain)
    else:
        frames = pack_with(plain, dictionary, add_dictionary(connection, namespace, dictionary), LEVEL)
    update_rows(
        connection,
        what.table,
        (what.data.name, "coder"),
        [(frame, how, key) for (key, _), (frame, how) in zip(rows, frames, strict=True)],
    )


def _trained(samples: Sequence[bytes], dictionary_bytes: int) -> bytes | None:
    """Return a dictionary trained on samples; None where they are too few, or too short."""
    cut: list[Any] = [sample[:SAMPLE_BYTES] for sample in samples if sample]
    size = sum(map(len, cut))
    fitting = min(dictionary_bytes, size // TRAINED_ON)
    if fitting < SMALLEST_DICTIONARY:
        return None
    try:
        return zstandard.train_dictionary(fitting, cut[:: 1 + size // TRAINING_BYTES]).as_bytes()
    except zstandard.ZstdError:
        return None
