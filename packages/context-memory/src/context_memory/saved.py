"""Nodes as they stand in the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from context_core import Node, StoreError
from context_core.hashing import bytes_text
from context_core.json_text import dumps, loads
from context_memory.batches import batches
from context_memory.schema import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from context_core import State


@dataclass(frozen=True, slots=True)
class Saved:
    """A node at one time.

    Attributes:
        record: its fields but its content, as JSON text.
        content_id: the id of its content.
    """

    record: str
    content_id: str


@dataclass(frozen=True, slots=True)
class Row:
    """A node's row.

    Attributes:
        appended: as it was appended; None where a commit added it.
        present: as it is now; None where it was removed.
    """

    appended: Saved | None
    present: Saved | None


def saved(state: State | None) -> Saved | None:
    """Return a state as the table holds it."""
    return None if state is None else Saved(dumps(dict(state.record)), state.content_id)


def same(one: Saved | None, other: Saved | None) -> bool:
    """Return whether two are equal as values: the order of keys and the way a number is written do not count."""
    if one is None or other is None or one.content_id != other.content_id:
        return one is other
    return one.record == other.record or loads(one.record) == loads(other.record)


def saved_rows(connection: Connection, session: int, node_ids: Iterable[str]) -> dict[str, Row]:
    """Return the rows of those nodes that have one, by node id."""
    query = select(nodes).where(nodes.c.session == session)
    found: dict[str, Row] = {}
    for batch in batches(node_ids):
        for row in connection.execute(query.where(nodes.c.node_id.in_(batch))):
            appended = None if row.record is None else Saved(row.record, row.content_id)
            changed = None if row.present_record is None else Saved(row.present_record, row.present_content_id)
            found[row.node_id] = Row(appended, None if row.removed else changed or appended)
    return found


def node_of(record: str, content: bytes) -> Node:
    """Return the node of a record and its content.

    Raises:
        StoreError: the record is damaged.
    """
    try:
        return Node.from_record(loads(record), bytes_text(content))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"a node's record is damaged ({error!r}); restore the store from a backup") from error
