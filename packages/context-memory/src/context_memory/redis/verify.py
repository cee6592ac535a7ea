"""Read everything of a namespace, and tell what is not as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core import ContentCorruptedError, ContextError, Fault, ManifestError, SessionNotFoundError, StoreError
from context_core.hashing import bytes_text
from context_memory.edge_events import entering
from context_memory.redis.content_value import content_of
from context_memory.redis.contents import fetch
from context_memory.redis.entry import entry_of
from context_memory.redis.load import all_values, list_items
from context_memory.redis.session_records import change_of, holds_of, time_of
from context_memory.redis.space import find, list_sessions
from context_memory.sql.batches import batches
from context_memory.sql.packing import Unpacker
from context_memory.standing import node_of, parted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_memory.redis.entry import Entry
    from context_memory.redis.space import Space

_GONE = "it is gone; restore the server from a backup"


def faults(space: Space) -> Iterator[Fault]:
    """Yield what is wrong with a namespace: contents, then sessions, their nodes, edges and changes."""
    yield from _content_faults(space)
    for session_id in list_sessions(space):
        try:
            made = find(space, session_id).made
            found = list(_session_faults(space, session_id))
            # What is missing from a session that was erased meanwhile is no fault.
            if find(space, session_id).made == made:
                yield from found
        except SessionNotFoundError:
            continue
        except StoreError as error:
            yield Fault("session", session_id, session_id, str(error))


def _content_faults(space: Space) -> Iterator[Fault]:
    unpacker = Unpacker()
    with space.server.using() as client:
        counted = {*client.hkeys(space.keys.held), *client.hkeys(space.keys.puts)}
        for keys in batches(sorted(counted)):
            # The sizes are not known, so as few are fetched at once as if each were large.
            for few in (keys[at : at + 50] for at in range(0, len(keys), 50)):
                values = fetch(space, client, dict.fromkeys(few, 0))
                for key in few:
                    if key in values:
                        yield from _content_fault(unpacker, key.hex(), values[key])


def _content_fault(unpacker: Unpacker, name: str, value: bytes) -> Iterator[Fault]:
    try:
        content_of(unpacker, name, value)
    except ContentCorruptedError as error:
        yield Fault("content", name, None, str(error))


def _session_faults(space: Space, session_id: str) -> Iterator[Fault]:
    for node_id, value in all_values(space, session_id).items():
        name = node_id.decode("utf-8", "replace")
        try:
            entry = entry_of(node_id, value)
        except StoreError as error:
            yield Fault("node", name, session_id, str(error))
            continue
        yield from _entry_faults(space, session_id, node_id, entry)
    yield from _change_faults(space, session_id)
    for key, read in ((space.keys.times(session_id), time_of), (space.keys.holds(session_id), holds_of)):
        for value in list_items(space, key):
            try:
                read(session_id, value)
            except StoreError as error:
                yield Fault("session", session_id, session_id, str(error))


def _entry_faults(space: Space, session_id: str, node_id: bytes, entry: Entry) -> Iterator[Fault]:
    name = node_id.decode("utf-8", "replace")
    for state in entry.states:
        record, edges = parted(state.record)
        try:
            if node_of(record, b"").id != bytes_text(node_id):
                raise StoreError("its record is another node's; restore the server from a backup")
            entering(name, edges)
        except ContextError as error:
            yield Fault("node", name, session_id, str(error))
    with space.server.using() as client:
        for content in _missing(space, client, {state.content for state in entry.states}):
            yield Fault("node", name, session_id, f"its content {content.hex()}: {_GONE}")


def _missing(space: Space, client: Any, keys: set[bytes]) -> list[bytes]:
    return [key for key in keys if not client.exists(space.keys.content(key))]


def _change_faults(space: Space, session_id: str) -> Iterator[Fault]:
    unpacker = Unpacker()
    for number, value in enumerate(list_items(space, space.keys.changes(session_id))):
        try:
            change_of(unpacker, session_id, value)
        except ManifestError as error:
            yield Fault("change", str(number), session_id, str(error))
