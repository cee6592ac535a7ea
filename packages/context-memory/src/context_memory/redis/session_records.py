"""The records of a session, but for its nodes."""

from __future__ import annotations

from dataclasses import dataclass

from context_core import ManifestError, StoreError
from context_core.hashing import text_bytes
from context_core.json_text import loads
from context_core.manifest import Change
from context_memory.redis.seal import opened, packed, sealed, unpacked
from context_memory.sql.packing import Unpacker, pack

HASH_BYTES = 32
"""Bytes of a content's hash, as it stands in keys."""


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
