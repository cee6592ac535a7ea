"""Read a session: its graph, its manifest and its history, each as of one version."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, NamedTuple

from context_core import ContentNotFoundError, Manifest, Revision, StoreError, assemble
from context_core.hashing import bytes_text, text_bytes
from context_memory.edge_events import ADDED, entering, merged
from context_memory.redis.content_value import content_of
from context_memory.redis.contents import fetch
from context_memory.redis.entry import entry_of
from context_memory.redis.session_records import change_of, time_of
from context_memory.sql.batches import batches
from context_memory.sql.packing import Unpacker
from context_memory.standing import node_of, parted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core import Change, ContextGraph, Node
    from context_core.value_index import Originals
    from context_memory.redis.entry import DatedEvent, Entry, NodeState
    from context_memory.redis.space import Space

READ_AT_ONCE = 1_000
"""Values of one answer: the server serves others in between."""


class ReadNode(NamedTuple):
    """A node that was read.

    Attributes:
        position: its place in the order of the session.
        since: the version with which its state begins.
        node: the node.
        edges: the edges that came with it, as JSON.
    """

    position: int
    since: int
    node: Node
    edges: bytes


def load_graph(space: Space, session_id: str, version: int, originals: Originals) -> ContextGraph:
    """Return the graph; `originals` looks up what compression changed, should it be asked for.

    An edge is left out while an end of it is not there: one writer may have removed the summary that another one joins.

    Raises:
        ContentNotFoundError: the content of a node is not there.
        ContentCorruptedError: the content of a node does not hash to its id.
        StoreError: a record is damaged.
    """
    entries = all_entries(space, session_id)
    states = [
        (node_id, state) for node_id, entry in entries.items() for state in entry.states if state.holds_at(version)
    ]
    stored = _nodes(space, states)
    there = {each.node.id for each in stored}
    events = [each.event for each in _events(entries) if each.since <= version]
    incoming = ((each.position, each.node.id, each.edges) for each in stored)
    edges = (edge for edge in merged(incoming, events) if edge.source in there and edge.target in there)
    return assemble(session_id, (each.node for each in stored), edges, originals=originals)


def load_originals(space: Space, session_id: str, node_ids: Sequence[str]) -> list[Node]:
    """Return nodes as they were appended; ids of nodes that only a commit added are passed over.

    Raises:
        ContentNotFoundError: the content of a node is not there.
        ContentCorruptedError: the content of a node does not hash to its id.
    """
    states: list[tuple[bytes, NodeState]] = []
    with space.server.using() as client:
        for names in batches(text_bytes(node_id) for node_id in node_ids):
            values = client.hmget(space.keys.nodes(session_id), names)
            for name, value in zip(names, values, strict=True):
                if value is not None:
                    states += ((name, state) for state in entry_of(name, value).states if state.appended)
    return [each.node for each in _nodes(space, states)]


def load_manifest(space: Space, session_id: str, version: int) -> Manifest:
    """Return the manifest of a session, as much of it as there was at a version.

    Raises:
        ManifestError: an entry is damaged.
    """
    return Manifest(session_id, [change for since, change in _changes(space, session_id) if since <= version])


def load_history(space: Space, session_id: str, version: int, after: int) -> list[Revision]:
    """Return the revisions of a session past a version, up to another one, oldest first."""
    times = list_items(space, space.keys.times(session_id))
    if len(times) < version:
        raise StoreError(f"session {session_id!r} has lost the times of its versions; restore the server from a backup")
    entries = all_entries(space, session_id)
    appended = [
        (node_id, state)
        for node_id, entry in entries.items()
        for state in entry.states
        if state.appended and after < state.since <= version
    ]
    stored = _nodes(space, appended)
    with_nodes = {since: list(each) for since, each in groupby(stored, key=attrgetter("since"))}
    made: dict[int, list[Change]] = {}
    for since, change in _changes(space, session_id):
        made.setdefault(since, []).append(change)
    late: dict[int, list[DatedEvent]] = {}
    for event in _events(entries):
        late.setdefault(event.since, []).append(event)
    return [
        _revision(number, time_of(session_id, times[number - 1]), made, with_nodes, late)
        for number in range(max(after, 0) + 1, version + 1)
    ]


def _revision(
    version: int,
    written_at: float,
    made: dict[int, list[Change]],
    with_nodes: dict[int, list[ReadNode]],
    late: dict[int, list[DatedEvent]],
) -> Revision:
    if version in made:
        return Revision(version, written_at, changes=tuple(made[version]))
    new = with_nodes.get(version, [])
    edges = [edge for each in new for edge in entering(each.node.id, each.edges)]
    came = [each.event for each in late.get(version, []) if each.event.action == ADDED]
    edges += [event.edge for event in came if event.edge is not None]
    return Revision(version, written_at, tuple(each.node for each in new), tuple(edges))


def all_entries(space: Space, session_id: str) -> dict[bytes, Entry]:
    """Return the entries of all nodes, by the bytes of their ids, in no order.

    Raises:
        StoreError: one is damaged.
    """
    return {node_id: entry_of(node_id, value) for node_id, value in all_values(space, session_id).items()}


def all_values(space: Space, session_id: str) -> dict[bytes, bytes]:
    """Return the values of all nodes' entries, by the bytes of their ids, in no order."""
    found: dict[bytes, bytes] = {}
    cursor = None
    with space.server.using() as client:
        while cursor != 0:
            cursor, some = client.hscan(space.keys.nodes(session_id), cursor or 0, count=READ_AT_ONCE)
            found.update(some)
    return found


def list_items(space: Space, key: bytes) -> list[bytes]:
    """Return the elements of a list that only grows."""
    found: list[bytes] = []
    with space.server.using() as client:
        while some := client.lrange(key, len(found), len(found) + READ_AT_ONCE - 1):
            found += some
    return found


def _nodes(space: Space, states: Iterable[tuple[bytes, NodeState]]) -> list[ReadNode]:
    """Return the nodes of states, verified, by position."""
    ordered = sorted(((state.position, node_id, state) for node_id, state in states), key=itemgetter(0))
    with space.server.using() as client:
        values = fetch(space, client, {state.content: state.size for _, _, state in ordered})
    unpacker = Unpacker()
    return [_node(unpacker, node_id, state, values) for _, node_id, state in ordered]


def _node(unpacker: Unpacker, node_id: bytes, state: NodeState, values: dict[bytes, bytes]) -> ReadNode:
    name = state.content.hex()
    if state.content not in values:
        raise ContentNotFoundError(name, node_ids=(bytes_text(node_id),))
    content = content_of(unpacker, name, values[state.content])
    record, edges = parted(state.record)
    return ReadNode(state.position, state.since, node_of(record, content), edges)


def _events(entries: dict[bytes, Entry]) -> list[DatedEvent]:
    """Return what happened to edges, in order."""
    found = (event for entry in entries.values() for event in entry.events)
    return sorted(found, key=attrgetter("number"))


def _changes(space: Space, session_id: str) -> Iterator[tuple[int, Change]]:
    unpacker = Unpacker()
    for value in list_items(space, space.keys.changes(session_id)):
        yield change_of(unpacker, session_id, value)
