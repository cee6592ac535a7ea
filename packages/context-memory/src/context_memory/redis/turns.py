"""Writing to a session, all or none, while others do.

1. A writer watches the session's meta data, which every write changes; reads what it needs; and sends its commands as
   one transaction, which the server refuses if what was watched has changed.
2. Where it was refused, it takes the session's lock, and begins again. Whoever finds the lock taken waits for it before
   reading, so the one that has it is in nobody's way and nobody starves.
3. The lock only orders writers. It runs out by itself should its owner die; should its owner only be slow, the watch
   still keeps a turn from being lost or written twice.
"""

from __future__ import annotations

import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from context_core import ContextError, StoreError
from context_memory.redis import scripts
from context_memory.redis.server import Contended
from context_memory.redis.space import look

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from context_memory.redis.space import Seen, Space

    T = TypeVar("T")
    Step = Callable[[Any, Seen], T]

LOCK_SECONDS = 30
"""How long a writer may keep the others waiting."""

BUSY_SECONDS = 120
"""How long a writer waits for its turn."""

_LONGEST_NAP = 0.02


def in_turn(space: Space, session_id: str, step: Step[T], *, watched: tuple[bytes, ...] = ()) -> T:
    """Return what a step returns, once the transaction that it sends has been written.

    Args:
        space: the namespace.
        session_id: whose session is written.
        step: given a pipeline and the session as it is, reads what it needs by the one, begins the transaction by
            ``multi``, and sends it. It is run again, from the start, where another writer came between.
        watched: further keys that must not change meanwhile.

    Raises:
        StoreError: others have kept the session for `BUSY_SECONDS`; nothing was written.
    """
    try:
        return _attempt(space, session_id, step, watched, waits=True)
    except Contended:
        deadline = time.monotonic() + BUSY_SECONDS
    with _locked(space, session_id, deadline):
        while time.monotonic() < deadline:
            try:
                return _attempt(space, session_id, step, watched, waits=False)
            except Contended:
                continue
    raise _busy(session_id)


def _attempt(space: Space, session_id: str, step: Step[T], watched: tuple[bytes, ...], *, waits: bool) -> T:
    with space.server.using() as client, client.pipeline(transaction=True) as pipe:
        pipe.watch(space.keys.meta(session_id), *watched)
        seen = look(space, pipe, session_id)
        if waits and seen.is_locked:
            raise Contended
        try:
            return step(pipe, seen)
        except ContextError:
            # It may have seen half of what another writer did; then it is done again.
            pipe.multi()
            pipe.execute()
            raise


@contextmanager
def _locked(space: Space, session_id: str, deadline: float) -> Generator[None]:
    key, token = space.keys.lock(session_id), uuid4().hex.encode()
    nap = 0.001
    while True:
        with space.server.using() as client:
            if client.set(key, token, nx=True, px=LOCK_SECONDS * 1000):
                break
        if time.monotonic() > deadline:
            raise _busy(session_id)
        time.sleep(random.uniform(0, nap))
        nap = min(nap * 2, _LONGEST_NAP)
    try:
        yield
    finally:
        # What was to be done is done or has failed by now; a lock that is not let go runs out.
        with suppress(StoreError), space.server.using() as client:
            client.eval(scripts.UNLOCK, 1, key, token)


def _busy(session_id: str) -> StoreError:
    return StoreError(
        f"session {session_id!r} was being written by others for {BUSY_SECONDS} s; repeat the call, of which nothing "
        "was written"
    )
