"""Move sessions that are not used from a store into an archive.

1. The oldest go first: those past the age, and then as many as the size asks for.
2. Sessions of one kind share a dictionary: the one that the archive has, or one that is trained on them now.
3. Each is packed, written, read back and compared; then it is erased where it was, at the version that was packed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import ConflictError, SessionNotFoundError, StoreError
from context_memory.archive.parcel import content_ids, packed_session, unpacked_session
from context_memory.tiers.evict import evict
from context_memory.tiers.policy import Move

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core import ManagedStore, SessionInfo
    from context_memory.archive.archive import Archive
    from context_memory.tiers.policy import TierPolicy

TRAINING_BYTES = 16_000_000
"""Bytes of sessions that are held in memory to train a dictionary on."""


def going_cold(infos: Sequence[SessionInfo], policy: TierPolicy, now: float) -> Iterator[tuple[SessionInfo, str]]:
    """Yield the sessions to move, oldest first, each with the reason.

    Args:
        infos: of all sessions, oldest first.
        policy: the rule.
        now: seconds since the epoch.
    """
    size = sum(info.content_bytes for info in infos)
    for info in infos:
        too_old = policy.warm_seconds is not None and now - info.written_at > policy.warm_seconds
        too_large = policy.warm_bytes is not None and size > policy.warm_bytes
        if (too_old or too_large) and not (policy.stays is not None and policy.stays(info)):
            size -= info.content_bytes
            yield info, "age" if too_old else "size"


def dictionaries(store: ManagedStore, archive: Archive, infos: Sequence[SessionInfo]) -> dict[str, str | None]:
    """Return the name of a dictionary for each kind of some sessions; they are trained where there is none yet."""
    found: dict[str, str | None] = {}
    for kind in dict.fromkeys(info.kind for info in infos):
        found[kind] = archive.dictionary_for(kind)
        if found[kind] is None:
            of_kind = [info for info in infos if info.kind == kind]
            found[kind] = archive.train(kind, list(_samples(store, of_kind)))
    return found


def _samples(store: ManagedStore, infos: Sequence[SessionInfo]) -> Iterator[tuple[str, bytes]]:
    size = 0
    for info in infos:
        if size >= TRAINING_BYTES:
            return
        try:
            data, _ = packed_session(store, info.session_id)
        except SessionNotFoundError:
            continue  # another process has moved or erased it
        size += len(data)
        yield info.session_id, data


def demote(
    store: ManagedStore, archive: Archive, info: SessionInfo, dictionary: str | None, reason: str
) -> Move | None:
    """Move one session into an archive; return None where somebody wrote to it, or moved it, meanwhile.

    Raises:
        StoreError: the archive cannot be written, or gives back other bytes than were written; the session stays.
    """
    session_id = info.session_id
    try:
        data, version = packed_session(store, session_id)
    except SessionNotFoundError:
        return None
    revisions = unpacked_session(data)[2]
    archived = archive.write(info, data, content_ids(revisions), dictionary)
    if archive.read(session_id) != data:
        archive.remove(session_id)
        raise StoreError(f"session {session_id!r} came back from the archive changed; check the archive's backend")
    try:
        evict(store, session_id, version)
    except (ConflictError, SessionNotFoundError):
        return None
    return Move(session_id, "warm", "cold", info.content_bytes, archived.stored_bytes, reason)
