"""Tiers pass the contracts of a store, also when everything moves all the time, and moves lose nothing."""

import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import settings

from context_core import (
    ContextGraph,
    MemoryStore,
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


def test_an_original_that_two_archived_sessions_name(blobs):
    """Where one session in the archive says what another one has as an original, the original is found."""
    store = TieredStore(None, MemoryStore(), Archive(blobs), ALL)
    graph = example_graph("compressed")
    store.append("compressed", graph.nodes(), graph.edges())
    changes = replace(graph, pointer(graph), store)
    store.commit("compressed", changes)
    for number in range(4):
        other = example_graph(f"plain-{number}")
        store.append(other.session_id, other.nodes(), other.edges())
    store.migrate(now=later())
    assert store.get(changes[0].before.content_id)


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
