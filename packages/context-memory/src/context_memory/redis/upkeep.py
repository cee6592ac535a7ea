"""Sizes, erasure, and what is left of sessions whose time is over.

1. A session is erased in one step, but for what it held: that is put aside under a token.
2. What was put aside is released bit by bit, and contents that nothing else needs go. A process that ends in between
   leaves the rest to the next collection.
3. Where the server has freed a session, what it held is put aside when that is found out, and released the same way.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from context_core import ConflictError, Erased, Garbage, SessionInfo
from context_core.hashing import bytes_text, text_bytes
from context_memory.redis import scripts
from context_memory.redis.content_value import content_size
from context_memory.redis.contents import server_time
from context_memory.redis.draft import new_token, retire_expired
from context_memory.redis.load import list_items
from context_memory.redis.server import Contended
from context_memory.redis.session_records import hashes_in
from context_memory.redis.space import find, look
from context_memory.redis.turns import in_turn
from context_memory.sql.batches import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_memory.redis.space import Seen, Space

REMEMBERED_SECONDS = 30 * 24 * 3600
"""How long the store can tell what expired from what never was."""

STALE_SECONDS = 600
"""After this time, whoever erased a session and has not released all that it held is thought to have ended."""


class Freed(NamedTuple):
    """A content that went.

    Attributes:
        key: its hash.
        size: its bytes.
        stored: the bytes it took in the store.
    """

    key: bytes
    size: int
    stored: int


def session_info(space: Space, session_id: str) -> SessionInfo:
    """Return the size and the age of a session."""
    meta = find(space, session_id)
    return SessionInfo(
        session_id=session_id,
        version=meta.version,
        nodes=meta.nodes,
        content_bytes=meta.size,
        created_at=meta.created_at,
        written_at=meta.written_at,
        kind=meta.kind,
    )


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def erase_session(space: Space, session_id: str, version: int | None, *, expired: bool) -> Erased:
    """Delete a session, and the contents that only it pointed to.

    Args:
        space: the namespace.
        session_id: the session.
        version: that it must be at; any unless given.
        expired: remember that it was there.

    Raises:
        SessionNotFoundError: there is no such session.
        ConflictError: it is at another version.
    """

    def step(pipe: Any, seen: Seen) -> tuple[bytes, int, int]:
        meta = seen.there()
        if version not in (None, meta.version):
            raise ConflictError(f"session {session_id!r} is at version {meta.version}, not {version}; nothing erased")
        changes = pipe.llen(space.keys.changes(session_id))
        token, over = new_token(seen.now), int(seen.now * 1000) if expired else 0
        # Not in a transaction: a server that is out of memory would not take it, and this is how to get it some.
        name = text_bytes(session_id)
        if not scripts.run(pipe, scripts.RETIRE, space.keys, name, token, over, seen.value):
            raise Contended
        return token, meta.ids, changes

    # Else contents would stay for the sake of sessions whose time is over.
    release_expired(space)
    token, nodes, changes = in_turn(space, session_id, step)
    freed = list(release(space, token))
    return Erased(session_id, nodes, changes, len(freed), sum(each.size for each in freed))


def release(space: Space, token: bytes) -> Iterator[Freed]:
    """Take back the holds that were put aside under a token; yield the contents that went."""
    is_done = False
    while not is_done:
        with space.server.using() as client:
            is_done, freed = scripts.run(client, scripts.RELEASE, space.keys, token)
        yield from (Freed(key, content_size(head), stored) for key, head, stored in freed)


def release_expired(space: Space) -> list[Freed]:
    """Take back what sessions held whose time is over, or which nobody goes on erasing; return what went."""
    with space.server.using() as client:
        tokens = _left_behind(space, client)
        for session_id in _overdue(space, client):
            seen = look(space, client, session_id)
            if seen.meta is None and seen.was_due:
                tokens.append(retire_expired(space, client, seen))
    return [freed for token in tokens for freed in release(space, token)]


def _overdue(space: Space, client: Any) -> list[str]:
    found = client.zrangebyscore(space.keys.due, "-inf", f"({server_time(client)}")
    return [bytes_text(name) for name in found]


def _left_behind(space: Space, client: Any) -> list[bytes]:
    before = new_token(server_time(client) / 1000 - STALE_SECONDS)
    return [token for token in client.hkeys(space.keys.releases) if token < before]


# ── garbage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def garbage(space: Space, *, abandoned_seconds: float | None, dry_run: bool) -> Garbage:
    """Free what nothing points to, and what is left of what expired; return what that is."""
    loose = _told(space) if dry_run else {each.key: each.stored for each in release_expired(space)}
    abandoned = {} if abandoned_seconds is None else _abandoned(space, abandoned_seconds, dry_run=dry_run)
    if not dry_run:
        _bury(space)
    return Garbage(_names(loose), _names(abandoned), sum((loose | abandoned).values()), dry_run)


def _told(space: Space) -> dict[bytes, int]:
    """Return the contents that would go with what sessions held whose time is over, and the bytes they take."""
    with space.server.using() as client:
        lists = [space.keys.release(token) for token in _left_behind(space, client)]
        lists += [space.keys.holds(each) for each in _overdue(space, client)]
        over = Counter(key for each in lists for row in list_items(space, each) for key in hashes_in(row[4:]))
        going: dict[bytes, int] = {}
        for keys in batches(over):
            held = client.hmget(space.keys.held, keys)
            puts = client.hmget(space.keys.puts, keys)
            free = [
                key
                for key, holds, put in zip(keys, held, puts, strict=True)
                if put is None and int(holds or 0) <= over[key]
            ]
            with client.pipeline(transaction=False) as pipe:
                for key in free:
                    pipe.strlen(space.keys.content(key))
                sizes = pipe.execute()
            going.update((key, size) for key, size in zip(free, sizes, strict=True) if size)
    return going


def _abandoned(space: Space, seconds: float, *, dry_run: bool) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    with space.server.using() as client:
        before = server_time(client) - int(seconds * 1000)
        for keys in batches(client.zrangebyscore(space.keys.put_at, "-inf", before)):
            freed = scripts.run(client, scripts.ABANDON, space.keys, before, int(dry_run), *keys)
            found.update((key, size) for key, size in freed)
    return found


def _bury(space: Space) -> None:
    """Forget the counts of contents whose time is over, and what expired too long ago."""
    with space.server.using() as client:
        now = server_time(client)
        for keys in batches(client.zrangebyscore(space.keys.until, "-inf", f"({now}")):
            scripts.run(client, scripts.BURY, space.keys, *keys)
        client.zremrangebyscore(space.keys.tombs, "-inf", now - REMEMBERED_SECONDS * 1000)


def _names(keys: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted(key.hex() for key in keys))
