"""What a commit writes: found out from what is there, before anything is written.

The changes are played in order on the states of the nodes they name; each must start from the state that is there. What
comes out is written at once: states that end, states that begin, and what happened to edges.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import ConflictError
from context_core.hashing import text_bytes
from context_core.json_text import dumps
from context_memory.edge_events import ADDED, NODE_REMOVED, REMOVED, EdgeEvent
from context_memory.standing import same, saved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import Change
    from context_memory.standing import Saved, Standing


@dataclass(frozen=True, slots=True)
class NewState:
    """A state that begins.

    Attributes:
        node_id: the node.
        position: its place in the order of the session.
        saved: what is kept of it.
        edges: the edges that came with the node, as JSON.
    """

    node_id: str
    position: int
    saved: Saved
    edges: bytes


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """What a commit writes.

    Attributes:
        ended: ids of nodes whose present state ends.
        begun: the states that begin.
        events: what happened to edges, in order.
        records: the entries of the manifest, as JSON, in order.
        held: how often the entries name each content.
        positions: the position that comes next.
    """

    ended: tuple[str, ...]
    begun: tuple[NewState, ...]
    events: tuple[EdgeEvent, ...]
    records: tuple[bytes, ...]
    held: Counter[str]
    positions: int


def plan_commit(
    session_id: str, changes: Sequence[Change], *, there: Mapping[str, Standing], positions: int
) -> CommitPlan:
    """Return what a commit writes.

    Args:
        session_id: the session.
        changes: in order.
        there: those of the changed nodes that the session has, or had.
        positions: the position that comes next.

    Raises:
        ConflictError: a node is in another state than a change starts from.
    """
    states = {node_id: standing.present for node_id, standing in there.items()}
    added = _play(session_id, changes, states)
    place = {node_id: standing.position for node_id, standing in there.items()}
    place.update({node_id: position for position, node_id in enumerate(added, positions)})
    changed = [
        node_id
        for node_id, state in states.items()
        if node_id in added or node_id not in there or not same(there[node_id].present, state)
    ]
    last = positions + len(added)
    named = (state for change in changes for state in (change.before, change.after))
    return CommitPlan(
        ended=tuple(node_id for node_id in changed if node_id in there and there[node_id].present is not None),
        begun=tuple(
            NewState(node_id, place[node_id], state, b"" if node_id in added else there[node_id].edges)
            for node_id in changed
            if (state := states[node_id]) is not None
        ),
        events=tuple(event for change in changes for event in _events(change, last)),
        records=tuple(text_bytes(dumps(change.to_record())) for change in changes),
        held=Counter(state.content_id for state in named if state is not None),
        positions=last,
    )


def _play(session_id: str, changes: Sequence[Change], states: dict[str, Saved | None]) -> dict[str, None]:
    """Bring the states up to what they are after the changes; return the nodes that the changes added, in order."""
    added: dict[str, None] = {}
    for change in changes:
        before, after = states.get(change.node_id), saved(change.after)
        if not same(before, saved(change.before)):
            raise ConflictError(
                f"node {change.node_id!r} of session {session_id!r} is in another state than the change starts from; "
                "load the session and compress again"
            )
        if after is None:
            added.pop(change.node_id, None)
        elif before is None:
            added[change.node_id] = None
        states[change.node_id] = after
    return added


def _events(change: Change, position: int) -> Iterator[EdgeEvent]:
    if change.after is None:
        yield EdgeEvent(NODE_REMOVED, position, change.node_id)
    for edge in change.edges_removed:
        yield EdgeEvent(REMOVED, position, edge.target, edge)
    for edge in change.edges_added:
        yield EdgeEvent(ADDED, position, edge.target, edge)
