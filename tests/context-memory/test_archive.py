"""The archive: dictionaries, erasure, damage, and moves that are broken off."""

import itertools
import time

import pytest

from context_core import (
    ContentNotFoundError,
    ContextGraph,
    MemoryStore,
    SessionExpiredError,
    SessionNotFoundError,
    StoreError,
    graph_bytes,
)
from context_core.testing.graph_store import compressed
from context_memory import Archive, MemoryBlobs, TieredStore, TierPolicy

ALL = TierPolicy(warm_seconds=0)


def later():
    return time.time() + 60


@pytest.fixture
def blobs():
    return MemoryBlobs()


# ── erasure ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def chats(store, count=40):
    """Append sessions of one kind, each with a secret of its own; return the secrets by session."""
    secrets = {}
    for number in range(count):
        graph = ContextGraph(f"chat-{number}")
        secrets[graph.session_id] = f"canary-{number:04d}-{hash(str(number)) & 0xFFFFFF:06x}"
        for turn in range(40):
            words = " ".join(f"word{(turn * 31 + number * 7 + each) % 977}" for each in range(90))
            graph.add_message("user" if turn % 2 == 0 else "assistant", f"{secrets[graph.session_id]} {turn} {words}")
        store.append(graph.session_id, graph.nodes(), graph.edges())
    return secrets


def test_sessions_share_a_dictionary(blobs):
    """Sessions of a kind are packed with one dictionary, which makes them smaller, and the next ones use it, too."""
    plain, shared = Archive(MemoryBlobs()), Archive(blobs)
    one, other = MemoryStore(), MemoryStore()
    for store in (one, other):
        chats(store)
    alone = sum(move.stored_bytes for name in one.sessions() for move in [demote_alone(one, plain, name)])
    moves = TieredStore(None, other, shared, ALL).migrate(now=later()).moves
    assert {each.dictionary is not None for each in shared.sessions()} == {True}
    assert len(list(blobs.names("dictionaries/"))) == 1
    assert sum(move.stored_bytes for move in moves) < 0.9 * alone
    later_store = TieredStore(None, MemoryStore(), shared, ALL)
    graph = ContextGraph("another")
    graph.add_message("user", "hi")
    later_store.append("another", graph.nodes(), graph.edges())
    later_store.migrate(now=later())
    assert shared.about("another").dictionary is not None
    assert len(list(blobs.names("dictionaries/"))) == 1


def demote_alone(store, archive, name):
    from context_memory.tiers.demotion import demote

    return demote(store, archive, store.info(name), None, "age")


def test_purging_an_archived_session(blobs):
    """A purged session is in no blob, nor in a dictionary that was trained on it, and all others are still there."""
    store = TieredStore(MemoryStore(), MemoryStore(), Archive(blobs), ALL)
    secrets = chats(store)
    store.migrate(now=later())
    [dictionary] = blobs.names("dictionaries/")
    sources = Archive(blobs)._heads()
    [(_, head)] = sources
    gone = head["sources"][0]
    assert secrets[gone].encode() in blobs.read(dictionary)
    others = [name for name in secrets if name != gone][:5]
    before = [graph_bytes(store.load(name)) for name in others]
    store.purge(gone)
    assert all(secrets[gone].encode() not in blobs.read(name) for name in blobs.names(""))
    assert not list(blobs.names("dictionaries/"))
    with pytest.raises(SessionNotFoundError):
        store.load(gone)
    assert [graph_bytes(store.load(name)) for name in others] == before
    assert store.verify() == []


def test_expiring_an_archived_session(blobs):
    """A session that expires in the archive is told apart from one that never was."""
    store = TieredStore(None, MemoryStore(), Archive(blobs), ALL)
    _, changes = compressed(store)
    store.migrate(now=later())
    store.expire("example")
    with pytest.raises(SessionExpiredError):
        store.load("example")
    assert list(blobs.names("")) == []
    with pytest.raises(ContentNotFoundError):
        store.get(changes[0].before.content_id)


# ── damage and crashes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_damaged_archive(blobs):
    """A damaged blob is an error of the store and a fault that names the session; nothing is taken for it."""
    store = TieredStore(None, MemoryStore(), Archive(blobs), ALL)
    compressed(store)
    store.migrate(now=later())
    for name in [*blobs.names("sessions/"), *blobs.names("bodies/")]:
        healthy = blobs.read(name)
        for at in range(0, len(healthy), 37):
            damaged = bytearray(healthy)
            damaged[at] ^= 4
            blobs.write(name, bytes(damaged))
            with pytest.raises(StoreError, match="damaged"):
                Archive(blobs).read("example")
        blobs.write(name, healthy)
    body = next(iter(blobs.names("bodies/")))
    blobs.write(body, b"damaged")
    [fault] = store.verify()
    assert (fault.kind, fault.name) == ("session", "example")
    with pytest.raises(StoreError, match="damaged"):
        store.load("example")


class Stopping(MemoryBlobs):
    """A backend that stops at its n-th step, as a process does that is killed there."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def _step(self):
        self.steps -= 1
        if self.steps < 0:
            raise KeyboardInterrupt

    def write(self, name, data):
        self._step()
        super().write(name, data)

    def remove(self, name):
        self._step()
        super().remove(name)


@pytest.mark.parametrize("wanted", ["migrate", "load"])
def test_a_move_that_is_broken_off(wanted):
    """Broken off at any step, on the way there or back, a move leaves the session whole, and can be made again."""
    for steps in itertools.count():
        blobs, warm = Stopping(10_000), MemoryStore()
        store = TieredStore(None, warm, Archive(blobs), ALL)
        graph, changes = compressed(store)
        if wanted == "load":
            store.migrate(now=later())
        blobs.steps = steps
        try:
            store.migrate(now=later()) if wanted == "migrate" else store.load("example")
            finished = True
        except KeyboardInterrupt:
            finished = False
        blobs.steps = 10_000
        again = TieredStore(None, warm, Archive(blobs), ALL)
        assert again.sessions() == ["example"]
        assert graph_bytes(again.load("example")) == graph_bytes(graph)
        again.migrate(now=later())
        assert again.manifest("example").changes == tuple(changes)
        again.gc(dry_run=False)
        assert len(list(blobs.names(""))) == (0 if warm.sessions() else 2)
        if finished:
            break
    assert steps >= 2
