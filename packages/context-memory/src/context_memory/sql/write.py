"""Write to a session: an append, a commit, or revisions that another store has had."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import zstandard

from context_core import ConflictError
from context_core.revision import PLAIN
from context_memory.append_plan import plan_append
from context_memory.commit_plan import plan_commit
from context_memory.sql.bulk import insert_rows
from context_memory.sql.contents import hold_contents, write_contents
from context_memory.sql.nodes import (
    checksum,
    end_states,
    insert_events,
    insert_nodes,
    known_edges,
    standings,
)
from context_memory.sql.packing import LEVEL
from context_memory.sql.schema import changes as change_table
from context_memory.sql.sessions import find_session, open_session, write_session
from context_memory.standing import arrivals, session_kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from context_core import Change, Edge, Revision
    from context_memory.edge_events import Key
    from context_memory.sql.sessions import SessionRow
    from context_memory.standing import Arrival


def append(
    connection: Connection, namespace: str, session_id: str, arriving: Mapping[str, Arrival], edges: Sequence[Edge]
) -> int:
    """Store the nodes and edges that are not there yet; return how many nodes were new.

    Raises:
        ConflictError: a node differs from the one that was appended under its id.
    """
    session = open_session(connection, namespace, session_id, time.time())
    _, fresh = _append(connection, namespace, session, arriving, edges, time.time())
    return fresh


def _append(
    connection: Connection,
    namespace: str,
    session: SessionRow,
    arriving: Mapping[str, Arrival],
    edges: Iterable[Edge],
    written_at: float,
) -> tuple[SessionRow, int]:
    is_new = session.version == 0

    there = {} if is_new else standings(connection, namespace, session.key, arriving)

    def known(targets: Sequence[str]) -> set[Key]:
        if is_new:
            return set()
        # A node that is new has no row, so what enters it already is in the events alone.
        stored = [target for target in targets if target in there or target not in arriving]
        return known_edges(connection, namespace, session.key, targets, stored)

    plan = plan_append(
        session.session_id,
        arriving,
        edges,
        there=there,
        known=known,
        positions=session.positions,
    )
    version = session.version + 1 if plan else session.version
    if plan.nodes:
        held = Counter(node.saved.content_id for node in plan.nodes)
        write_contents(connection, namespace, plan.contents, held=held)
        insert_nodes(connection, session.key, version, plan.nodes, appended=True)
    insert_events(connection, session.key, version, plan.events)
    kind = (session_kind_of(arriving) or PLAIN) if session.kind == PLAIN and plan.nodes else session.kind
    written = write_session(
        connection, session, version=version, positions=plan.positions, kind=kind, written_at=written_at
    )
    return written, len(plan.nodes)


def commit(connection: Connection, namespace: str, session_id: str, changes: Sequence[Change]) -> None:
    """Write the state after each change and append the changes to the manifest.

    Raises:
        SessionNotFoundError: nothing was appended under that id.
        ConflictError: a node is in another state than a change starts from.
        ContentNotFoundError: the store lacks contents that the changes name.
    """
    session = find_session(connection, namespace, session_id, lock=True)
    _commit(connection, namespace, session, changes, time.time())


def _commit(
    connection: Connection, namespace: str, session: SessionRow, changes: Sequence[Change], written_at: float
) -> SessionRow:
    there = standings(connection, namespace, session.key, {change.node_id: None for change in changes})
    plan = plan_commit(session.session_id, changes, there=there, positions=session.positions)
    version = session.version + 1 if changes else session.version
    hold_contents(connection, namespace, plan.held)
    end_states(connection, session.key, version, plan.ended)
    insert_nodes(connection, session.key, version, plan.begun, appended=False)
    insert_events(connection, session.key, version, plan.events)
    _insert_changes(connection, session.key, version, plan.records)
    return write_session(
        connection, session, version=version, positions=plan.positions, kind=session.kind, written_at=written_at
    )


def record(connection: Connection, namespace: str, session_id: str, revisions: Sequence[Revision]) -> None:
    """Write revisions as another store's history gave them.

    Raises:
        SessionNotFoundError: there is no such session, and the first revision is not its first.
        ConflictError: the revisions do not follow the session's version, or do not fit its state.
        ContentNotFoundError: the store lacks contents that the changes name.
    """
    if revisions[0].version == 1:
        session = open_session(connection, namespace, session_id, revisions[0].written_at)
    else:
        session = find_session(connection, namespace, session_id, lock=True)
    for revision in revisions:
        if revision.version != session.version + 1:
            raise ConflictError(
                f"got revision {revision.version} of session {session_id!r}; expected {session.version + 1}"
            )
        session = _record(connection, namespace, session, revision)
        if session.version != revision.version:
            raise ConflictError(f"revision {revision.version} of session {session_id!r} has no effect here")


def _record(connection: Connection, namespace: str, session: SessionRow, revision: Revision) -> SessionRow:
    if revision.changes:
        return _commit(connection, namespace, session, revision.changes, revision.written_at)
    arriving = arrivals(session.session_id, revision.nodes)
    written, fresh = _append(connection, namespace, session, arriving, revision.edges, revision.written_at)
    if fresh != len(revision.nodes):
        raise ConflictError(
            f"revision {revision.version} of session {session.session_id!r} appends a node that is there"
        )
    return written


def _insert_changes(connection: Connection, session: int, version: int, records: Sequence[bytes]) -> None:
    compressor = zstandard.ZstdCompressor(level=LEVEL)
    frames = [compressor.compress(record) for record in records]
    rows = [(session, version, frame, checksum(frame)) for frame in frames]
    insert_rows(connection, change_table, ("session", "since", "record", "checksum"), rows)
