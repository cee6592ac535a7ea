"""The contents of a namespace, and who points to them.

A content has two counts: puts, which `delete` takes back, and holds, one for each appended node and each state of a
manifest entry that points to it. It is gone when both are zero, or when its time is over: the end of the time of
whichever of its puts and sessions lasts longest.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from context_core import ContentExpiredError, ContentNotFoundError
from context_core.hashing import content_id
from context_memory.blob_contents import is_content_id
from context_memory.redis import scripts
from context_memory.redis.content_value import content_of, content_values
from context_memory.sql.batches import batches
from context_memory.sql.packing import Unpacker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from context_memory.redis.space import Space

_COUNTS = struct.Struct(">ii")

BATCH_BYTES = 1 << 22
"""Bytes of contents that are sent or fetched at once: the server serves others in between."""

SECURE_MILLISECONDS = 60_000
"""How long contents live at least whose holds are about to be written."""


def put_contents(space: Space, given: Sequence[bytes]) -> list[str]:
    """Store contents and count a put of each, all or none; return their ids in order."""
    names = [content_id(data) for data in given]
    if names:
        puts: dict[str, int] = {}
        for name in names:
            puts[name] = puts.get(name, 0) + 1
        with space.server.using() as client, client.pipeline(transaction=True) as pipe:
            till = 0 if space.ttl is None else server_time(client) + space.ttl
            hold(space, pipe, dict(zip(names, given, strict=True)), till, puts=puts)
            pipe.execute()
    return names


def hold(
    space: Space,
    pipe: Any,
    given: Mapping[str, bytes],
    till: int,
    *,
    puts: Mapping[str, int] | None = None,
    held: Mapping[str, int] | None = None,
) -> int:
    """Have a transaction write contents and count puts and holds; return how many replies it will give.

    Args:
        space: the namespace.
        pipe: the transaction. Each of its replies lists hashes of counted contents that are not there.
        given: contents by id; those that are only counted, and are there, need not be among them.
        till: when the time of all these is over at the earliest; 0 for never.
        puts: to add, by id; where negative, at most so many are taken back.
        held: to add, by id.
    """
    puts, held = puts or {}, held or {}
    replies = 0
    for names in _batches_of(given, dict.fromkeys([*given, *puts, *held])):
        new = [name for name in names if name in given]
        values = dict(zip(new, content_values(given[name] for name in new), strict=True))
        arguments: list[bytes] = []
        for name in names:
            arguments += (
                bytes.fromhex(name),
                _COUNTS.pack(puts.get(name, 0), held.get(name, 0)),
                values.get(name, b""),
            )
        scripts.run(pipe, scripts.HOLD, space.keys, till, *arguments)
        replies += 1
    return replies


def _batches_of(given: Mapping[str, bytes], names: Iterable[str]) -> Iterator[list[str]]:
    """Yield names in lists, of which each is small enough not to keep the server from others for long."""
    batch: list[str] = []
    size = 0
    for name in names:
        batch.append(name)
        size += len(given.get(name, b""))
        if len(batch) >= 1_000 or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def get_content(space: Space, name: str) -> bytes:
    """Return a content, verified.

    Raises:
        ContentNotFoundError: it is not there.
        ContentExpiredError: it is not there any more.
        ContentCorruptedError: its bytes do not hash to its id.
    """
    if not is_content_id(name):
        raise ContentNotFoundError(name)
    key = bytes.fromhex(name)
    with space.server.using() as client:
        value = client.get(space.keys.content(key))
        if value is not None:
            return content_of(Unpacker(), name, value)
        over = client.zscore(space.keys.until, key)
        over = client.zscore(space.keys.tombs, b"c" + key) if over is None else over
    raise ContentNotFoundError(name) if over is None else ContentExpiredError(name, over / 1000)


def has_content(space: Space, name: str) -> bool:
    """Return whether a content is there."""
    with space.server.using() as client:
        return is_content_id(name) and bool(client.exists(space.keys.content(bytes.fromhex(name))))


def delete_content(space: Space, name: str) -> bool:
    """Take back one put; return whether the content is gone now.

    Raises:
        ContentNotFoundError: it is not there.
    """
    with space.server.using() as client:
        if not is_content_id(name):
            raise ContentNotFoundError(name)
        left = scripts.run(client, scripts.DELETE, space.keys, bytes.fromhex(name))
    if left < 0:
        raise ContentNotFoundError(name)
    return left == 1


def fetch(space: Space, client: Any, sizes: Mapping[bytes, int]) -> dict[bytes, bytes]:
    """Return the stored values of contents, by hash; those that are not there are left out.

    Args:
        space: the namespace.
        client: to read with.
        sizes: bytes of each content, about which many are fetched at once.
    """
    found: dict[bytes, bytes] = {}
    batch: list[bytes] = []
    size = 0
    for key in [*sizes, None]:
        if batch and (key is None or len(batch) >= 1_000 or size >= BATCH_BYTES):
            values = client.mget([space.keys.content(each) for each in batch])
            found.update((each, value) for each, value in zip(batch, values, strict=True) if value is not None)
            batch, size = [], 0
        if key is not None:
            batch.append(key)
            size += sizes[key]
    return found


def secured(space: Space, client: Any, names: Sequence[str]) -> dict[str, bytes]:
    """Return the heads of contents that are there, by id; they stay for `SECURE_MILLISECONDS`, unless erased."""
    heads: dict[str, bytes] = {}
    for batch in batches(name for name in names if is_content_id(name)):
        keys = [bytes.fromhex(name) for name in batch]
        found = scripts.run(client, scripts.SECURE, space.keys, SECURE_MILLISECONDS, *keys)
        heads.update((name, head) for name, head in zip(batch, found, strict=True) if head)
    return heads


def live_until(space: Space, client: Any, hashes: Iterable[bytes], till: int) -> None:
    """Have contents live until a time, or for ever if that is 0; what lives longer still does."""
    for batch in batches(hashes):
        scripts.run(client, scripts.LIVE, space.keys, till, *batch)


def server_time(client: Any) -> int:
    """Return the server's time, in milliseconds since the epoch."""
    seconds, microseconds = client.time()
    return seconds * 1000 + microseconds // 1000
