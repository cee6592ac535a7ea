"""What stands in the values of keys.

All but contents are msgpack behind a CRC-32 over the name of the key, or of the node, and the bytes: a flipped bit is
found, and so is a record in the place of another one. A content is a byte that says how it is packed, its size, and its
bytes, perhaps as a zstd frame; its id is its checksum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

from context_core import ContentCorruptedError, ManifestError, StoreError
from context_core.extras import need
from context_core.hashing import bytes_text, text_bytes
from context_core.json_text import loads
from context_core.manifest import Change
from context_core.stores import verified
from context_memory.edge_events import EdgeEvent
from context_memory.sql.packing import PLAIN_FRAME, Unpacker, pack
from context_memory.standing import Saved, Standing, parted

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = struct.Struct(">BQ")
_CHECK = struct.Struct(">I")

HASH_BYTES = 32
"""Bytes of a content's hash, as it stands in keys."""


def sealed(name: bytes, body: bytes) -> bytes:
    """Return a body behind its checksum.

    Example:
        >>> opened(b"name", sealed(b"name", b"body"))
        b'body'
    """
    return _CHECK.pack(crc32(body, crc32(name))) + body


def opened(name: bytes, data: bytes) -> bytes:
    """Return the body that was sealed under a name.

    Raises:
        ValueError: it is not as it was.
    """
    if sealed(name, data[_CHECK.size :]) != data:
        raise ValueError("its checksum is wrong")
    return data[_CHECK.size :]


def packed(name: bytes, value: Any) -> bytes:
    """Return a value of lists, numbers and bytes as a sealed record."""
    return sealed(name, need("msgpack", "redis", package="context-memory").packb(value))


def unpacked(name: bytes, data: bytes, what: str) -> Any:
    """Return the value of a record.

    Raises:
        StoreError: it is damaged; the message says what it is.
    """
    try:
        return need("msgpack", "redis", package="context-memory").unpackb(opened(name, data), use_list=False)
    except ValueError as error:
        raise StoreError(f"{what} is damaged ({error}); restore the server from a backup") from None


# ── contents ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def content_values(contents: Iterable[bytes]) -> list[bytes]:
    """Return what to store of each content.

    Example:
        >>> [len(value) for value in content_values([b"a" * 10_000, b"short"])]
        [30, 14]
    """
    given = list(contents)
    frames = zip(given, pack(given), strict=True)
    return [_HEAD.pack(0 if coder is None else 1, len(content)) + data for content, (data, coder) in frames]


def content_of(unpacker: Unpacker, name: str, value: bytes) -> bytes:
    """Return the content of a stored value, verified.

    Raises:
        ContentCorruptedError: the bytes do not unpack to those of that hash.
    """
    try:
        kind, size = _HEAD.unpack_from(value)
        data = unpacker.unpack(value[_HEAD.size :], PLAIN_FRAME if kind else None, size)
    except (ValueError, struct.error):
        raise ContentCorruptedError(name) from None
    return verified(name, data)


def content_size(head: bytes) -> int:
    """Return the bytes of a content from the head of its value; 0 where it is damaged."""
    return _HEAD.unpack_from(head)[1] if len(head) >= _HEAD.size else 0


# ── nodes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SessionMeta:
    """What is known of a session without looking into it.

    Attributes:
        made: tells it from another one that had its id before.
        version: the present one.
        positions: the position of the node that comes next.
        events: the number of the event that comes next.
        ids: nodes that it has or had.
        nodes: nodes in its present state.
        size: bytes of their contents.
        created_at: seconds since the epoch.
        written_at: seconds since the epoch.
        kind: the transcript format that its first nodes name, or ``plain``.
        expires: when its time is over, in milliseconds since the epoch; 0 for never.
        until: when that of its contents is, at the earliest.
    """

    made: bytes
    version: int
    positions: int
    events: int
    ids: int
    nodes: int
    size: int
    created_at: float
    written_at: float
    kind: str
    expires: int
    until: int


def meta_value(session_id: str, meta: SessionMeta) -> bytes:
    """Return what to store of a session's meta data."""
    fields = [getattr(meta, name) for name in SessionMeta.__slots__]
    return packed(b"meta:" + text_bytes(session_id), fields)


def meta_of(session_id: str, value: bytes) -> SessionMeta:
    """Return the meta data of a stored value.

    Raises:
        StoreError: it is damaged.
    """
    return SessionMeta(*unpacked(b"meta:" + text_bytes(session_id), value, f"the entry of session {session_id!r}"))


def change_value(session_id: str, version: int, record: bytes) -> bytes:
    """Return what to store of an entry of the manifest."""
    [(data, coder)] = pack([record])
    return packed(b"changes:" + text_bytes(session_id), (version, coder, data))


def change_of(unpacker: Unpacker, session_id: str, value: bytes) -> tuple[int, Change]:
    """Return the version of a change, and the change.

    Raises:
        ManifestError: it is damaged.
    """
    try:
        version, coder, data = unpacked(b"changes:" + text_bytes(session_id), value, "the record")
        return version, Change.from_record(loads(unpacker.unpack(data, coder)))
    except (ValueError, StoreError) as error:
        raise ManifestError(f"a change of session {session_id!r} is damaged: {error}") from error


def time_value(session_id: str, seconds: float) -> bytes:
    """Return what to store of the time of a version."""
    return packed(b"times:" + text_bytes(session_id), seconds)


def time_of(session_id: str, value: bytes) -> float:
    """Return the time of a version.

    Raises:
        StoreError: it is damaged.
    """
    return unpacked(b"times:" + text_bytes(session_id), value, f"a time of session {session_id!r}")


def holds_value(session_id: str, hashes: bytes) -> bytes:
    """Return what to store of contents that are held: their hashes in a row."""
    return sealed(b"holds:" + text_bytes(session_id), hashes)


def holds_of(session_id: str, value: bytes) -> list[bytes]:
    """Return the hashes of contents that are held.

    Raises:
        StoreError: the value is damaged.
    """
    try:
        row = opened(b"holds:" + text_bytes(session_id), value)
    except ValueError as error:
        raise StoreError(f"the holds of session {session_id!r} are damaged ({error})") from None
    return hashes_in(row)


def hashes_in(row: bytes) -> list[bytes]:
    """Return hashes that stand in a row.

    Example:
        >>> [len(each) for each in hashes_in(bytes(64))]
        [32, 32]
    """
    return [row[at : at + HASH_BYTES] for at in range(0, len(row), HASH_BYTES)]
