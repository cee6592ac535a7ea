"""What a write to a session is about to change: kept here until all of it is sent as one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from context_core import ContentNotFoundError, StoreError
from context_core.hashing import text_bytes
from context_core.revision import PLAIN
from context_memory.redis import scripts
from context_memory.redis.content_value import content_size
from context_memory.redis.contents import hold, live_until, secured
from context_memory.redis.entry import DatedEvent, Entry, NodeState, entry_of, entry_value
from context_memory.redis.session_records import (
    SessionMeta,
    change_value,
    holds_of,
    holds_value,
    meta_value,
    time_value,
)
from context_memory.sql.batches import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from context_memory.edge_events import EdgeEvent
    from context_memory.redis.space import Seen, Space

HOLDS_AT_ONCE = 1_000
"""Hashes in one element of a session's holds."""

SLACK = 4
"""Contents live longer than their session by up to this part of its time: so their time is renewed but now and then."""


class Draft:
    """A session with a write on top of it.

    Args:
        space: the namespace.
        client: to read with.
        seen: the session as it is; where it is not there, it is made.
        created_at: when it was made, in that case.

    Attributes:
        meta: of the session as it will be.
    """

    def __init__(self, space: Space, client: Any, seen: Seen, created_at: float) -> None:
        self.session_id = seen.session_id
        self._space = space
        self._client = client
        self._seen = seen
        self._is_new = seen.meta is None
        new = SessionMeta(uuid4().bytes, 0, 0, 0, 0, 0, 0, created_at, created_at, PLAIN, 0, 0)
        self.meta = seen.meta or new
        self._there: dict[str, Entry] = {}
        self._changed: dict[str, Entry] = {}
        self._contents: dict[str, bytes] = {}
        self._held = Counter[str]()
        self._taken = Counter[str]()
        self._changes: list[bytes] = []
        self._times: list[bytes] = []

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, node_ids: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of nodes; an empty one for a node of which nothing is known."""
        wanted = list(node_ids)
        if not self._is_new:
            for batch in batches(each for each in dict.fromkeys(wanted) if each not in self._there):
                names = [text_bytes(each) for each in batch]
                values = self._client.hmget(self._space.keys.nodes(self.session_id), names)
                for node_id, name, value in zip(batch, names, values, strict=True):
                    self._there[node_id] = Entry() if value is None else entry_of(name, value)
        there, none = self._there, Entry()
        return {each: there.get(each, none) for each in wanted}

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """Return the sizes of contents.

        Raises:
            ContentNotFoundError: some are not there; it names them.
        """
        wanted = list(dict.fromkeys(names))
        found = {name: len(self._contents[name]) for name in wanted if name in self._contents}
        heads = secured(self._space, self._client, [name for name in wanted if name not in found])
        found.update((name, content_size(head)) for name, head in heads.items())
        if missing := [name for name in wanted if name not in found]:
            raise ContentNotFoundError(*missing)
        return found

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────

    def add_state(self, node_id: str, state: NodeState) -> None:
        """Have a state of a node begin."""
        entry = self._entry(node_id)
        self._put(node_id, Entry((*entry.states, state), entry.events), is_new=not entry.states)
        self.meta = replace(self.meta, nodes=self.meta.nodes + 1, size=self.meta.size + state.size)

    def add_fresh(self, nodes: Mapping[str, NodeState], contents: Mapping[str, bytes]) -> None:
        """Have nodes begin that the session never had, with their contents."""
        for node_id, state in nodes.items():
            self._changed[node_id] = self._there[node_id] = Entry((state,), self._entry(node_id).events)
        self._contents.update(contents)
        self._held.update(state.content.hex() for state in nodes.values())
        size = sum(state.size for state in nodes.values())
        meta = self.meta
        self.meta = replace(meta, ids=meta.ids + len(nodes), nodes=meta.nodes + len(nodes), size=meta.size + size)

    def end_state(self, node_id: str, version: int) -> None:
        """Have the present state of a node end with a version."""
        entry = self._entry(node_id)
        last = entry.states[-1]
        self._put(node_id, Entry((*entry.states[:-1], replace(last, until=version)), entry.events))
        self.meta = replace(self.meta, nodes=self.meta.nodes - 1, size=self.meta.size - last.size)

    def add_events(self, version: int, events: Sequence[EdgeEvent]) -> None:
        """Note what happened to edges, in order."""
        self.entries(event.target for event in events)
        for number, event in enumerate(events, self.meta.events):
            entry = self._entry(event.target)
            self._put(event.target, Entry(entry.states, (*entry.events, DatedEvent(number, version, event))))
        self.meta = replace(self.meta, events=self.meta.events + len(events))

    def add_changes(self, version: int, records: Iterable[bytes], held: Counter[str]) -> None:
        """Add entries of the manifest, and hold what they name in the place of the one put made of each."""
        self._changes += [change_value(self.session_id, version, record) for record in records]
        self._held.update(held)
        self._taken.update(dict.fromkeys(held, 1))

    def stamp(self, *, version: int, positions: int, kind: str, written_at: float) -> None:
        """Make the session the last one written to; a version that is new is noted with its time."""
        # Clocks are set back at times; a session's own times never run backwards.
        written_at = max(written_at, self.meta.written_at)
        if version != self.meta.version:
            self._times.append(time_value(self.session_id, written_at))
        self.meta = replace(self.meta, version=version, positions=positions, kind=kind, written_at=written_at)

    def _entry(self, node_id: str) -> Entry:
        return self._there.get(node_id) or Entry()

    def _put(self, node_id: str, entry: Entry, *, is_new: bool = False) -> None:
        self._there[node_id] = self._changed[node_id] = entry
        if is_new:
            self.meta = replace(self.meta, ids=self.meta.ids + 1)

    # ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, pipe: Any) -> None:
        """Send it all as one transaction on the pipeline that watches the session.

        Raises:
            StoreError: a content that the changes name has run out while they were written.
        """
        keys, name = self._space.keys, text_bytes(self.session_id)
        self._renew()
        pipe.multi()
        replies = hold(
            self._space,
            pipe,
            self._contents,
            self.meta.until,
            puts={each: -count for each, count in self._taken.items()},
            held=self._held,
        )
        self._send_entries(pipe)
        for key, values in (
            (keys.changes(self.session_id), self._changes),
            (keys.times(self.session_id), self._times),
            (keys.holds(self.session_id), list(self._rows_of_holds())),
        ):
            for batch in batches(values):
                pipe.rpush(key, *batch)
        pipe.set(keys.meta(self.session_id), meta_value(self.session_id, self.meta))
        pipe.zadd(keys.sessions, {name: self.meta.written_at})
        pipe.zrem(keys.tombs, b"s" + name)
        self._send_expiry(pipe)
        if any(pipe.execute()[:replies]):
            raise StoreError(
                f"contents that a change of session {self.session_id!r} names ran out while it was written; "
                "give the store a longer ttl_seconds"
            )

    def _send_entries(self, pipe: Any) -> None:
        key = self._space.keys.nodes(self.session_id)
        for batch in batches(self._changed.items()):
            named = ((text_bytes(node_id), entry) for node_id, entry in batch)
            pairs = [part for node_id, entry in named for part in (node_id, entry_value(node_id, entry))]
            pipe.execute_command("HSET", key, *pairs)

    def _send_expiry(self, pipe: Any) -> None:
        keys, name, expires = self._space.keys, text_bytes(self.session_id), self.meta.expires
        before = 0 if self._seen.meta is None else self._seen.meta.expires
        for key in keys.of_session(self.session_id):
            if expires:
                pipe.pexpireat(key, expires)
            elif before:
                pipe.persist(key)
        if expires:
            pipe.zadd(keys.due, {name: expires})
        elif before:
            pipe.zrem(keys.due, name)

    def _rows_of_holds(self) -> Iterable[bytes]:
        hashes = (bytes.fromhex(name) for name in self._held.elements())
        while row := b"".join(islice(hashes, HOLDS_AT_ONCE)):
            yield holds_value(self.session_id, row)

    def _renew(self) -> None:
        """Set when the session's time is over, and see to it that the contents it holds live as long."""
        if self._space.ttl is None:
            expires = until = 0
        else:
            expires = int(self._seen.now * 1000) + self._space.ttl
            until = self.meta.until
            if until < expires:
                until = expires + self._space.ttl // SLACK
        if until != self.meta.until and not self._is_new:
            self._renew_contents(until)
        self.meta = replace(self.meta, expires=expires, until=until)

    def _renew_contents(self, until: int) -> None:
        key = self._space.keys.holds(self.session_id)
        at = 0
        while rows := self._client.lrange(key, at, at + 99):
            hashes = (each for row in rows for each in holds_of(self.session_id, row))
            live_until(self._space, self._client, dict.fromkeys(hashes), until)
            at += len(rows)


def begin(space: Space, pipe: Any, seen: Seen, *, created_at: float) -> Draft:
    """Return a draft of a session, which is made where it is not there."""
    if seen.meta is None and seen.was_due:
        retire_expired(space, pipe, seen)
    return Draft(space, pipe, seen, created_at)


def retire_expired(space: Space, client: Any, seen: Seen) -> bytes:
    """Put aside what a session held whose time is over, for `release`; return the token of that."""
    token = new_token(0)  # nobody waits for these, so any collection may take them back at once
    expired_at = int((seen.expired_at or seen.now) * 1000)
    name = text_bytes(seen.session_id)
    scripts.run(client, scripts.RETIRE, space.keys, name, token, expired_at, b"")
    return token


def new_token(now: float) -> bytes:
    """Return a new name for holds that are to be taken back; it begins with the time, in milliseconds."""
    return b"%013d-%s" % (int(now * 1000), uuid4().hex.encode())
