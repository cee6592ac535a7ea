"""Retention drops whole sessions by age, number and size, and nothing that a kept one needs."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import ContextGraph, MemoryStore, Revision, SessionExpiredError, graph_bytes, replace, restore
from context_core.testing.examples import example_graph, pointer
from context_memory import Retention, SQLiteStore, retain


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryStore()
    else:
        with SQLiteStore(tmp_path / "context.db") as store:
            yield store


def aged(store, ages, size=1_000):
    """Record sessions that were written so many seconds ago; return the present time."""
    now = time.time()
    for number, age in enumerate(ages):
        graph = ContextGraph(f"s{number}")
        node = graph.add_message("user", f"{number:04d}" + "x" * (size - 4))
        store.record(f"s{number}", [Revision(1, now - age, (node,))])
    return now


def names(retained):
    return [info.session_id for info in retained.expired]


def test_by_age(store):
    """Sessions past the age go, oldest first, and are told apart from unknown ones."""
    now = aged(store, [10, 300, 200, 20])
    done = retain(store, Retention(max_age_seconds=100), now=now)
    assert (names(done), done.kept, done.dry_run) == (["s1", "s2"], 2, False)
    # In memory a node's text is the node's own, and no content that could be freed by itself.
    assert done.freed_bytes == (2_000 if isinstance(store, SQLiteStore) else 0)
    assert set(store.sessions()) == {"s0", "s3"}
    with pytest.raises(SessionExpiredError):
        store.load("s1")


def test_by_number(store):
    """Of more sessions than may stay, those written to first go."""
    now = aged(store, [10, 300, 200, 20])
    assert names(retain(store, Retention(max_sessions=1), now=now)) == ["s1", "s2", "s3"]
    assert store.sessions() == ["s0"]


def test_by_size(store):
    """Of more bytes than may stay, the sessions written to first go, until the rest fits."""
    now = aged(store, [10, 300, 200, 20])
    assert names(retain(store, Retention(max_bytes=2_500), now=now)) == ["s1", "s2"]


def test_sessions_that_are_kept(store):
    """A session that the rule keeps stays, and counts."""
    now = aged(store, [10, 300, 200, 20])
    rule = Retention(max_sessions=2, keep=lambda info: info.session_id == "s1")
    assert names(retain(store, rule, now=now)) == ["s2", "s3"]


def test_a_dry_run(store):
    """A dry run tells what would go, and drops nothing."""
    now = aged(store, [10, 300])
    done = retain(store, Retention(max_age_seconds=100), now=now, dry_run=True)
    assert (names(done), done.freed_bytes, done.dry_run) == (["s1"], 1_000, True)
    assert len(store.sessions()) == 2


def test_what_a_kept_session_needs_stays(store):
    """A session that shares every content with those that go still loads and restores."""
    for name in ("old", "kept"):
        graph = example_graph(name)
        store.append(name, graph.nodes(), graph.edges())
        store.commit(name, replace(graph, pointer(graph), store))
    assert names(retain(store, Retention(max_sessions=1))) == ["old"]
    graph = store.load("kept")
    restore(graph, store.manifest("kept"), store)
    assert graph_bytes(graph) == graph_bytes(example_graph("kept"))
    assert list(store.verify()) == []


@pytest.mark.parametrize("bound", ["max_age_seconds", "max_sessions", "max_bytes"])
def test_a_bound_below_zero(bound):
    """A bound below zero is refused."""
    with pytest.raises(ValueError, match=f"got {bound}=-1"):
        Retention(**{bound: -1})


@given(
    ages=st.lists(st.integers(0, 1_000), max_size=8),
    age=st.none() | st.integers(0, 1_000),
    count=st.none() | st.integers(0, 8),
    size=st.none() | st.integers(0, 8_000),
)
def test_the_law(ages, age, count, size):
    """What stays is within every bound; what goes is older than all that stays; again, nothing more goes."""
    store, rule = MemoryStore(), Retention(age, count, size)
    now = aged(store, ages)
    retain(store, rule, now=now)
    stayed = [ages[int(name[1:])] for name in store.sessions()]
    assert age is None or all(each <= age for each in stayed)
    assert count is None or len(stayed) <= count
    assert size is None or 1_000 * len(stayed) <= size
    assert sorted(stayed) == sorted(ages)[: len(stayed)]
    assert retain(store, rule, now=now).expired == ()
