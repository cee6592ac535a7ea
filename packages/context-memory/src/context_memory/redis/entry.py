"""What a session knows under the id of one node."""

from __future__ import annotations

from dataclasses import dataclass

from context_core.hashing import bytes_text
from context_memory.edge_events import EdgeEvent
from context_memory.redis.seal import packed, unpacked
from context_memory.standing import Saved, Standing, parted


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node from one version to another.

    Attributes:
        position: its place in the order of the session.
        since: the version with which the state begins.
        until: the version with which it ends; None while it holds.
        appended: whether the node came so; False where a commit made the state.
        content: the hash of its content.
        size: bytes of its content.
        record: its fields but the content, and the edges that came with it (`standing.joined`).
    """

    position: int
    since: int
    until: int | None
    appended: bool
    content: bytes
    size: int
    record: bytes

    def holds_at(self, version: int) -> bool:
        """Return whether the node is in this state at a version."""
        return self.since <= version and (self.until is None or self.until > version)


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """What happened to an edge that enters a node, or that the node was removed.

    Attributes:
        number: its place among all events of the session.
        since: the version with which it happened.
        event: what happened.
    """

    number: int
    since: int
    event: EdgeEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """All that a session knows under the id of one node: the states it has had, and what happened to its edges."""

    states: tuple[NodeState, ...] = ()
    events: tuple[DatedEvent, ...] = ()

    def standing(self) -> Standing | None:
        """Return where the node stands; None where the session never had it."""
        if not self.states:
            return None
        last = self.states[-1]
        record, edges = parted(last.record)
        came = next((state for state in self.states if state.appended), None)
        return Standing(
            last.position,
            None if came is None else Saved(parted(came.record)[0], came.content.hex()),
            None if last.until is not None else Saved(record, last.content.hex()),
            edges,
        )


def entry_value(node_id: bytes, entry: Entry) -> bytes:
    """Return what to store of an entry."""
    states = [
        (state.position, state.since, state.until, state.appended, state.content, state.size, state.record)
        for state in entry.states
    ]
    events = [
        (each.number, each.since, each.event.action, each.event.position, each.event.to_json()) for each in entry.events
    ]
    return packed(node_id, (states, events))


def entry_of(node_id: bytes, value: bytes) -> Entry:
    """Return the entry of a stored value.

    Raises:
        StoreError: it is damaged.
    """
    states, events = unpacked(node_id, value, f"node {node_id.decode('utf-8', 'replace')!r}")
    if not events:
        return Entry(tuple(NodeState(*state) for state in states))
    target = bytes_text(node_id)
    return Entry(
        tuple(NodeState(*state) for state in states),
        tuple(
            DatedEvent(number, since, EdgeEvent.from_json(action, position, target, record))
            for number, since, action, position, record in events
        ),
    )
