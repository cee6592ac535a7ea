"""Tiers pass the contracts of a store, also when everything moves all the time, and moves lose nothing."""

import itertools
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings

from context_core import (
    ContentNotFoundError,
    ContextGraph,
    MemoryStore,
    SessionExpiredError,
    SessionNotFoundError,
    StoreError,
    graph_bytes,
    replace,
    restore,
)
from context_core.hashing import text_bytes
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import GraphStoreContract, compressed
from context_core.testing.graph_store_machine import graph_store_machine
from context_core.testing.journal import JournalContract, lived
from context_core.testing.upkeep import UpkeepContract
from context_memory import Archive, FolderBlobs, MemoryBlobs, SQLiteStore, TieredStore, TierPolicy
from context_memory.wrappers.delegating import Delegating

ALL = TierPolicy(hot_seconds=-0.0, warm_seconds=0)


def later():
    return time.time() + 60


def restless(name):
    def method(self, *args, **kwargs):
        self._store.migrate(now=later())
        return getattr(self._store, name)(*args, **kwargs)

    return method


METHODS = [
    *("put", "get", "has", "delete", "append", "commit", "load", "manifest", "sessions"),
    *("version", "history", "record", "info", "purge", "expire", "gc", "verify"),
]
Restless = type("Restless", (Delegating,), {name: restless(name) for name in METHODS})
"""A store of tiers in which all sessions move to the archive before each call."""


@pytest.fixture
def blobs():
    return MemoryBlobs()


class TestTieredStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract):
    @pytest.fixture(params=["hot", "no hot"])
    def store(self, request):
        hot = MemoryStore() if request.param == "hot" else None
        return TieredStore(hot, MemoryStore(), Archive(MemoryBlobs()), ALL)


class TestRestlessStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract):
    @pytest.fixture
    def store(self, tmp_path):
        with SQLiteStore(tmp_path / "warm.db") as warm:
            yield Restless(TieredStore(MemoryStore(), warm, Archive(FolderBlobs(tmp_path / "cold")), ALL))


def start():
    folder = Path(tempfile.mkdtemp())
    return Restless(TieredStore(MemoryStore(), MemoryStore(), Archive(FolderBlobs(folder)), ALL))


TestRestlessSessions = graph_store_machine(start).TestCase
TestRestlessSessions.settings = settings(max_examples=10, stateful_step_count=20, deadline=None)


# ── moves ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_move_and_the_way_back(tmp_path, blobs):
    """An old session moves to the archive whole, and comes back at every version when it is asked for."""
    with SQLiteStore(tmp_path / "warm.db") as warm:
        store = TieredStore(None, warm, Archive(blobs), ALL)
        states = lived(store)
        before = store.manifest("example")
        migration = store.migrate(now=later())
        [move] = migration.moves
        assert (move.session_id, move.source, move.target, move.reason) == ("example", "warm", "cold", "age")
        assert move.stored_bytes > 0
        assert warm.sessions() == []
        assert store.sessions() == ["example"]
        assert store.info("example").version == store.version("example") == 7
        assert warm.sessions() == []
        assert [graph_bytes(store.load("example", version=v)) for v in range(8)] == states
        assert store.manifest("example") == before
        assert warm.sessions() == ["example"]
        assert list(Archive(blobs).sessions()) == []


def test_a_dry_run_moves_nothing(blobs):
    """A dry run tells what would move, and leaves all where it is."""
    warm = MemoryStore()
    store = TieredStore(None, warm, Archive(blobs), ALL)
    compressed(store)
    migration = store.migrate(now=later(), dry_run=True)
    assert ([move.session_id for move in migration.moves], migration.dry_run) == (["example"], True)
    assert warm.sessions() == ["example"]


def test_by_age(blobs):
    """Sessions past the age move, and younger ones stay."""
    store = TieredStore(None, MemoryStore(), Archive(blobs), TierPolicy(warm_seconds=3600))
    store.append("s", [], [])
    assert store.migrate().moves == ()
    assert [move.session_id for move in store.migrate(now=time.time() + 3700).moves] == ["s"]


def test_by_size(blobs):
    """Of more bytes than there may be, the sessions that were written to first move, as many as it takes."""
    warm = MemoryStore()
    store = TieredStore(None, warm, Archive(blobs), TierPolicy(warm_seconds=None, warm_bytes=2_500))
    for name in "abcd":
        graph = ContextGraph(name)
        graph.add_message("user", name * 1_000)
        store.append(name, graph.nodes(), graph.edges())
    assert [(move.session_id, move.reason) for move in store.migrate().moves] == [("a", "size"), ("b", "size")]
    assert store.sessions() == ["a", "b", "c", "d"]


def test_a_session_that_stays(blobs):
    """A session that the policy keeps warm does not move."""
    policy = TierPolicy(warm_seconds=0, stays=lambda info: info.session_id == "kept")
    store = TieredStore(None, MemoryStore(), Archive(blobs), policy)
    for name in ("kept", "other"):
        store.append(name, [], [])
    assert [move.session_id for move in store.migrate(now=later()).moves] == ["other"]


@pytest.mark.parametrize("bound", ["hot_seconds", "hot_bytes", "warm_seconds", "warm_bytes"])
def test_a_bound_below_zero(bound):
    """A bound below zero is refused."""
    with pytest.raises(ValueError, match=f"got {bound}=-1; expected 0 or more"):
        TierPolicy(**{bound: -1})


def test_an_original_in_the_archive(blobs):
    """An original whose session is in the archive is found by its content id, and so comes back."""
    warm = MemoryStore()
    store = TieredStore(None, warm, Archive(blobs), ALL)
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    changes = replace(graph, pointer(graph), store)
    store.commit("example", changes)
    store.migrate(now=later())
    name = changes[0].before.content_id
    assert not warm.has(name)
    assert store.has(name)
    assert store.get(name) == text_bytes(example_graph().node(changes[0].node_id).content)
    assert warm.sessions() == ["example"]


def test_writing_to_an_archived_session(blobs):
    """A write to a session in the archive brings it back, and stands behind what it was."""
    store = TieredStore(None, MemoryStore(), Archive(blobs), ALL)
    graph, _ = compressed(store)
    store.migrate(now=later())
    node = graph.add_message("user", "later")
    store.append("example", [node], graph.in_edges(node.id))
    store.migrate(now=later())
    loaded = store.load("example")
    assert graph_bytes(loaded) == graph_bytes(graph)
    restore(loaded, store.manifest("example"), store)
    assert store.version("example") == 4


class Interfering(Delegating):
    """A warm store to which another process writes just before a session is erased."""

    def purge(self, session_id, *, version=None):
        graph = self._store.load(session_id)
        node = graph.add_message("user", f"meanwhile {len(graph)}")
        self._store.append(session_id, [node], graph.in_edges(node.id))
        return self._store.purge(session_id, version=version)


def test_a_session_that_is_written_to_while_it_moves(blobs):
    """A session that is written to while it moves stays, with what was written, and the archive drops its copy."""
    warm = Interfering(MemoryStore())
    store = TieredStore(None, warm, Archive(blobs), ALL)
    graph, _ = compressed(store)
    migration = store.migrate(now=later())
    assert (migration.moves, migration.passed_over) == ((), ("example",))
    assert len(store.load("example")) == len(graph) + 1
    assert list(blobs.names("sessions/")) == list(blobs.names("bodies/")) == []


class Moving(Delegating):
    """A warm store from which another process moves the session away just before something is appended to it."""

    other = None

    def append(self, session_id, nodes, edges):
        if self.other is not None:
            other, self.other = self.other, None
            other.migrate(now=later())
        return self._store.append(session_id, nodes, edges)


def test_a_session_that_moves_while_it_is_written_to(blobs):
    """What is appended to a session while another process moves it away stands behind what it was."""
    warm = Moving(MemoryStore())
    store = TieredStore(None, warm, Archive(blobs), ALL)
    graph, _ = compressed(store)
    warm.other = TieredStore(None, warm, Archive(blobs), ALL)
    node = graph.add_message("user", "later")
    assert store.append("example", [node], graph.in_edges(node.id)) == 1
    assert graph_bytes(store.load("example")) == graph_bytes(graph)
    assert store.version("example") == 4


# ── the hot store ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_loaded_session_is_hot(blobs):
    """A session that was loaded is in the hot store, follows what is written, and leaves it with time."""
    hot = MemoryStore()
    store = TieredStore(hot, MemoryStore(), Archive(blobs), TierPolicy(hot_seconds=60))
    graph, _ = compressed(store)
    assert hot.sessions() == []
    assert graph_bytes(store.load("example")) == graph_bytes(graph)
    assert hot.sessions() == ["example"]
    node = graph.add_message("user", "later")
    store.append("example", [node], graph.in_edges(node.id))
    assert graph_bytes(store.load("example")) == graph_bytes(graph)
    assert [(move.source, move.target) for move in store.migrate(now=time.time() + 100).moves] == [("hot", "warm")]
    assert hot.sessions() == []
    assert graph_bytes(store.load("example")) == graph_bytes(graph)


def test_the_hot_store_is_bounded():
    """Of more bytes than the hot store may hold, the copies used longest ago leave it."""
    hot = MemoryStore()
    store = TieredStore(hot, MemoryStore(), None, TierPolicy(hot_bytes=2_500))
    for name in "abc":
        graph = ContextGraph(name)
        graph.add_message("user", name * 1_000)
        store.append(name, graph.nodes(), graph.edges())
    for name in "abac":
        store.load(name)
    assert sorted(hot.sessions()) == ["a", "c"]


def test_a_session_that_began_anew():
    """A hot copy of a session that another process has erased and begun anew is never shown."""
    hot, warm = MemoryStore(), MemoryStore()
    store = TieredStore(hot, warm, None)
    compressed(store)
    store.load("example")
    warm.purge("example")
    for text in ("one", "two", "three"):
        graph = ContextGraph("example")
        graph.add_message("user", text)
        warm.append("example", graph.nodes(), graph.edges())
        assert graph_bytes(store.load("example")) == graph_bytes(warm.load("example"))


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
