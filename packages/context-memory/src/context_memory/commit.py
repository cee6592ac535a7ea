"""Write changes to a session: the state after them, and their manifest entries.

1. The changes are played in order on the states of the nodes they name; each must start from the state that is there.
2. What comes out is written at once: rows to delete, to update, and to insert in the order in which they were added.
3. Edges likewise: first all that go, then all that came and stayed.
4. Each state that a change names holds its content. The present state of a node needs no hold of its own: where it is
   not as appended, it is the state after some change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, update

from context_core import ConflictError
from context_core.json_text import dumps
from context_memory.append import append_edges
from context_memory.batches import batches
from context_memory.contents import hold_contents
from context_memory.saved import Row, Saved, same, saved, saved_rows
from context_memory.schema import changes as change_table
from context_memory.schema import edges as edge_table
from context_memory.schema import nodes as node_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from context_core import Change, Edge

    Key = tuple[str, str, str]


def commit_changes(
    connection: Connection, namespace: str, session_id: str, session: int, changes: Sequence[Change]
) -> None:
    """Write the state after each change and append the changes to the manifest.

    Raises:
        ConflictError: a node is in another state than a change starts from.
        ContentNotFoundError: the store lacks contents that the changes name.
    """
    rows = saved_rows(connection, session, {change.node_id: None for change in changes})
    states, added = _played(session_id, rows, changes)
    named = (state for change in changes for state in (change.before, change.after))
    hold_contents(connection, namespace, (state.content_id for state in named if state is not None))
    _write_nodes(connection, session, rows, states, added)
    _write_edges(connection, session, changes)
    for batch in batches(changes):
        entries = [{"session": session, "record": dumps(change.to_record())} for change in batch]
        connection.execute(insert(change_table), entries)


def _played(
    session_id: str, rows: dict[str, Row], changes: Sequence[Change]
) -> tuple[dict[str, Saved | None], dict[str, None]]:
    """Return the state of each node after the changes, and the nodes that the changes added, in order."""
    states = {node_id: row.present for node_id, row in rows.items()}
    added: dict[str, None] = {}
    for change in changes:
        node_id, before, after = change.node_id, states.get(change.node_id), saved(change.after)
        if not same(before, saved(change.before)):
            raise ConflictError(
                f"node {node_id!r} of session {session_id!r} is in another state than the change starts from; "
                "load the session and compress again"
            )
        if after is None:
            added.pop(node_id, None)
        elif before is None:
            added[node_id] = None
        states[node_id] = after
    return states, added


def _write_nodes(
    connection: Connection,
    session: int,
    rows: dict[str, Row],
    states: dict[str, Saved | None],
    added: dict[str, None],
) -> None:
    going = [name for name, row in rows.items() if name in added or (states[name] is None and row.appended is None)]
    for batch in batches(going):
        connection.execute(delete(node_table).where(node_table.c.session == session, node_table.c.node_id.in_(batch)))
    gone = set(going)
    staying = [_values(name, row, states[name]) for name, row in rows.items() if name not in gone]
    if staying:
        this = update(node_table).where(node_table.c.session == session, node_table.c.node_id == bindparam("name"))
        connection.execute(this, [{"name": values.pop("node_id"), **values} for values in staying])
    coming = [_values(name, rows.get(name), states[name]) for name in added]
    if coming:
        connection.execute(insert(node_table), [{"session": session, **values} for values in coming])


def _values(node_id: str, row: Row | None, state: Saved | None) -> dict[str, object]:
    appended = row.appended if row else None
    present = None if appended is not None and same(appended, state) else state
    return {
        "node_id": node_id,
        "record": appended.record if appended else None,
        "content_id": appended.content_id if appended else None,
        "present_record": present.record if present else None,
        "present_content_id": present.content_id if present else None,
        "removed": state is None,
    }


def _write_edges(connection: Connection, session: int, changes: Sequence[Change]) -> None:
    going: dict[Key, None] = {}
    coming: dict[Key, Edge] = {}
    removed: dict[str, None] = {}
    for change in changes:
        if change.after is None:
            removed[change.node_id] = None
            coming = {key: edge for key, edge in coming.items() if change.node_id not in key[:2]}
        for edge in change.edges_removed:
            going[_key(edge)] = None
            coming.pop(_key(edge), None)
        for edge in change.edges_added:
            coming.setdefault(_key(edge), edge)
    _delete_edges(connection, session, list(going), list(removed))
    append_edges(connection, session, coming.values())


def _delete_edges(connection: Connection, session: int, keys: list[Key], node_ids: list[str]) -> None:
    columns = edge_table.c
    in_session = delete(edge_table).where(columns.session == session)
    if keys:
        names = ("source", "target", "type")
        this = in_session.where(*(columns[name] == bindparam(f"its_{name}") for name in names))
        connection.execute(this, [{f"its_{name}": part for name, part in zip(names, key, strict=True)} for key in keys])
    for batch in batches(node_ids):
        connection.execute(in_session.where(or_(columns.source.in_(batch), columns.target.in_(batch))))


def _key(edge: Edge) -> Key:
    return (edge.source, edge.target, edge.type.value)
