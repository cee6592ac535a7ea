"""Write to a session: an append, a commit, or revisions that another store has had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core import ConflictError
from context_core.revision import PLAIN
from context_memory.append_plan import plan_append
from context_memory.commit_plan import plan_commit
from context_memory.edge_events import NODE_REMOVED, edge_key, merged
from context_memory.redis.draft import Draft, begin
from context_memory.redis.entry import NodeState
from context_memory.redis.turns import in_turn
from context_memory.standing import arrivals, joined, session_kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from context_core import Change, Edge, Revision
    from context_memory.edge_events import Key
    from context_memory.redis.entry import Entry
    from context_memory.redis.space import Seen, Space
    from context_memory.standing import Arrival, Standing


def append(space: Space, session_id: str, arriving: Mapping[str, Arrival], edges: Sequence[Edge]) -> int:
    """Store the nodes and edges that are not there yet; return how many nodes were new.

    Raises:
        ConflictError: a node differs from the one that was appended under its id.
    """

    def step(pipe: Any, seen: Seen) -> int:
        draft = begin(space, pipe, seen, created_at=seen.now)
        fresh = _append(draft, arriving, edges, seen.now)
        draft.send(pipe)
        return fresh

    return in_turn(space, session_id, step)


def commit(space: Space, session_id: str, changes: Sequence[Change]) -> None:
    """Write the state after each change and append the changes to the manifest.

    Raises:
        SessionNotFoundError: nothing was appended under that id.
        ConflictError: a node is in another state than a change starts from.
        ContentNotFoundError: the store lacks contents that the changes name.
    """

    def step(pipe: Any, seen: Seen) -> None:
        seen.there()
        draft = begin(space, pipe, seen, created_at=seen.now)
        _commit(draft, changes, seen.now)
        draft.send(pipe)

    in_turn(space, session_id, step, watched=(space.keys.dropped,))


def record(space: Space, session_id: str, revisions: Sequence[Revision]) -> None:
    """Write revisions as another store's history gave them.

    Raises:
        SessionNotFoundError: there is no such session, and the first revision is not its first.
        ConflictError: the revisions do not follow the session's version, or do not fit its state.
        ContentNotFoundError: the store lacks contents that the changes name.
    """

    def step(pipe: Any, seen: Seen) -> None:
        if revisions[0].version != 1:
            seen.there()
        draft = begin(space, pipe, seen, created_at=revisions[0].written_at or seen.now)
        for revision in revisions:
            _record(draft, revision)
        draft.send(pipe)

    if revisions:
        in_turn(space, session_id, step, watched=(space.keys.dropped,))


def _append(draft: Draft, arriving: Mapping[str, Arrival], edges: Iterable[Edge], written_at: float) -> int:
    meta = draft.meta
    plan = plan_append(
        draft.session_id,
        arriving,
        edges,
        there=_standings(draft.entries(arriving)),
        known=lambda targets: _known_edges(draft, targets),
        positions=meta.positions,
    )
    version = meta.version + 1 if plan else meta.version
    fresh = {
        node.node_id: NodeState(
            node.position,
            version,
            None,
            True,
            bytes.fromhex(node.saved.content_id),
            len(plan.contents[node.saved.content_id]),
            joined(node.saved.record, node.edges),
        )
        for node in plan.nodes
    }
    draft.add_fresh(fresh, plan.contents)
    draft.add_events(version, plan.events)
    kind = (session_kind_of(arriving) or PLAIN) if meta.kind == PLAIN and plan.nodes else meta.kind
    draft.stamp(version=version, positions=plan.positions, kind=kind, written_at=written_at)
    return len(plan.nodes)


def _commit(draft: Draft, changes: Sequence[Change], written_at: float) -> None:
    meta = draft.meta
    there = _standings(draft.entries(change.node_id for change in changes))
    plan = plan_commit(draft.session_id, changes, there=there, positions=meta.positions)
    version = meta.version + 1 if changes else meta.version
    sizes = draft.sizes(plan.held)
    for node_id in plan.ended:
        draft.end_state(node_id, version)
    for each in plan.begun:
        content = each.saved.content_id
        record = joined(each.saved.record, each.edges)
        state = NodeState(each.position, version, None, False, bytes.fromhex(content), sizes[content], record)
        draft.add_state(each.node_id, state)
    draft.add_events(version, plan.events)
    draft.add_changes(version, plan.records, plan.held)
    draft.stamp(version=version, positions=plan.positions, kind=meta.kind, written_at=written_at)


def _record(draft: Draft, revision: Revision) -> None:
    expected = draft.meta.version + 1
    if revision.version != expected:
        raise ConflictError(f"got revision {revision.version} of session {draft.session_id!r}; expected {expected}")
    if revision.changes:
        _commit(draft, revision.changes, revision.written_at)
    else:
        fresh = _append(draft, arrivals(draft.session_id, revision.nodes), revision.edges, revision.written_at)
        if fresh != len(revision.nodes):
            raise ConflictError(
                f"revision {revision.version} of session {draft.session_id!r} appends a node that is there"
            )
    if draft.meta.version != revision.version:
        raise ConflictError(f"revision {revision.version} of session {draft.session_id!r} has no effect here")


def _standings(entries: Mapping[str, Entry]) -> dict[str, Standing]:
    return {node_id: standing for node_id, entry in entries.items() if (standing := entry.standing()) is not None}


def _known_edges(draft: Draft, targets: Sequence[str]) -> set[Key]:
    """Return the keys of the edges that enter some nodes.

    What happened to them stands with these nodes, or with those that the edges leave, should one have been removed.
    """
    entries = draft.entries(targets)
    incoming = sorted(
        (standing.position, node_id, standing.edges)
        for node_id, standing in _standings(entries).items()
        if standing.present
    )
    events = {each.number: each.event for entry in entries.values() for each in entry.events}
    sources = {edge.source for edge in merged(incoming, [])}
    sources.update(event.edge.source for event in events.values() if event.edge is not None)
    for entry in draft.entries(sources).values():
        events.update((each.number, each.event) for each in entry.events if each.event.action == NODE_REMOVED)
    return {edge_key(edge) for edge in merged(incoming, [events[number] for number in sorted(events)])}
