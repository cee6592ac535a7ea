"""A cache that outlives its process, and caches that share a store."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from context_core import MemoryStore, Node, NodeType, StoreError
from context_toolkit import CachePolicy, ToolCache

READ = CachePolicy.until_written("path")
A = {"path": "a.py"}
POLICIES = {"read": READ, "weather": CachePolicy.for_seconds(60)}


def open_cache(store, **options):
    return ToolCache(POLICIES, store=store, **options)


def never():
    raise AssertionError("the result was kept")


class Failing(MemoryStore):
    """A store that cannot be written while it is told so."""

    is_broken = False

    def record(self, session_id, revisions):
        if self.is_broken:
            raise StoreError("disk full")
        super().record(session_id, revisions)


@pytest.mark.parametrize("value", ["text", "", "\ud83d", {"a": [1, None, "x"]}, None, 7, True, 2**70])
def test_results_outlive_the_process(value):
    """A cache that is opened anew serves what was kept, types included."""
    store = MemoryStore()
    open_cache(store).call("read", A, lambda: value)
    found = open_cache(store).call("read", A, never)
    assert (found, type(found)) == (value, type(value))


def test_caches_have_names():
    """Caches of other names on one store know nothing of each other, whatever the names are made of."""
    store = MemoryStore()
    names = ("a", "A", "a/b", "", "tool-cache:a", "ü\n\ud83d")
    for name in names:
        open_cache(store, name=name).call("read", A, lambda name=name: f"of {name!r}")
    assert [open_cache(store, name=name).call("read", A, never) for name in names] == [f"of {n!r}" for n in names]


def test_writes_reach_other_caches():
    """A write through one cache takes what another has, at once and after both were opened anew."""
    store = MemoryStore()
    one, other = open_cache(store), open_cache(store)
    one.call("read", A, lambda: "x")
    assert other.call("read", A, never) == "x"
    other.call("Write", {"path": "./a.py", "content": "y"}, lambda: None)
    assert not one.get("read", A).is_hit
    assert not open_cache(store).get("read", A).is_hit


def test_a_changed_policy_finds_nothing_old():
    """What was kept under a policy that read less is not served under one that reads more."""
    store = MemoryStore()
    ToolCache({"read": CachePolicy.until_written("other")}, store=store).call("read", {**A, "other": "b"}, lambda: "x")
    assert not open_cache(store).get("read", {**A, "other": "b"}).is_hit


def test_ages_count_on():
    """A result is as old in a new process as it was in the last one."""
    store, now = MemoryStore(), [1_000.0]
    open_cache(store, clock=lambda: now[0]).call("weather", {}, lambda: "sun")
    now[0] += 60
    assert open_cache(store, clock=lambda: now[0]).get("weather", {}).is_hit
    now[0] += 1
    assert not open_cache(store, clock=lambda: now[0]).get("weather", {}).is_hit


def test_a_writer_that_died():
    """While another process writes nothing it touches is kept; once its lease is over, it is, though it never ended."""
    store, now = MemoryStore(), [1_000.0]
    dying = open_cache(store, clock=lambda: now[0])
    block = dying.writing("Write", {"path": "a.py", "content": "x"})  # kept: a block that is let go of ends
    block.__enter__()
    cache = open_cache(store, clock=lambda: now[0], lease_seconds=60)
    now[0] += 60
    assert not cache.put(cache.get("read", A), "x")
    assert cache.put(cache.get("read", {"path": "b.py"}), "x")
    before = cache.get("read", A)
    now[0] += 1
    assert not cache.put(before, "x")  # it began while the other might still write
    assert cache.put(cache.get("read", A), "x")
    block.__exit__(None, None, None)  # it was not dead, only late
    assert not cache.get("read", A).is_hit


def test_ones_own_write_has_no_lease():
    """A process knows of its own writes, however long they take."""
    now = [1_000.0]
    cache = open_cache(MemoryStore(), clock=lambda: now[0], lease_seconds=60)
    with cache.writing("Write", {"path": "a.py", "content": "x"}):
        now[0] += 1_000
        assert not cache.put(cache.get("read", A), "x")


def test_a_store_that_fails_before_a_write():
    """A write that others cannot be told of does not run."""
    store, ran = Failing(), []
    cache = open_cache(store)
    store.is_broken = True
    with pytest.raises(StoreError, match="disk full"):
        cache.call("bash", {"command": "make"}, lambda: ran.append(1))
    assert not ran


def test_a_store_that_fails_after_a_write():
    """A write has its result though the store fails then; others keep nothing until they can be told that it ended."""
    store = Failing()
    cache, other = open_cache(store), open_cache(store)

    def write():
        store.is_broken = True
        return "done"

    assert cache.call("Write", {"path": "a.py", "content": "x"}, write) == "done"
    store.is_broken = False
    assert not other.put(other.get("read", A), "x")
    assert not cache.get("read", A).is_hit  # and the other is told
    assert other.put(other.get("read", A), "x")


def test_a_store_that_fails_after_a_read():
    """A result that cannot be stored is handed on, and counted."""
    store = Failing()
    cache = open_cache(store)

    def read():
        store.is_broken = True
        return "x"

    assert cache.call("read", A, read) == "x"
    assert (cache.stats.unstored, cache.stats.items) == (1, 0)


def test_a_long_log_is_written_anew():
    """A log does not grow with what is past, and what lives stays in it, for the other caches as well."""
    store = MemoryStore()
    cache, other = open_cache(store, max_items=5), open_cache(store)
    for number in range(400):
        cache.call("read", {"path": f"{number}.py"}, lambda number=number: str(number))
        if number % 10 == 0:
            cache.note_write(f"{number}.py")
            assert other.stats.items <= 400
    assert store.version(cache.session) < 250
    assert cache.stats.items == 5
    for again in (cache, other, open_cache(store)):
        assert [again.call("read", {"path": f"{n}.py"}, never) for n in range(395, 400)] == [*map(str, range(395, 400))]


def test_a_log_is_not_written_anew_during_a_write():
    """The record of an open write stays in the log until the write has ended."""
    store = MemoryStore()
    cache = open_cache(store, max_items=2)
    with cache.writing("Write", {"path": "a.py", "content": "x"}):
        for number in range(300):
            cache.call("read", {"path": f"{number}.py"}, lambda: "x")
        assert store.version(cache.session) > 300
        other = open_cache(store)
        assert not other.put(other.get("read", A), "x")
    assert store.version(cache.session) < 10


def test_a_log_that_was_erased():
    """Where the session was purged or has expired, nothing of it is served, and the cache goes on."""
    store = MemoryStore()
    cache, other = open_cache(store), open_cache(store)
    for erase in (store.purge, store.expire):
        cache.call("read", A, lambda: "x")
        answer = other.get("read", {"path": "b.py"})
        erase(cache.session)
        other.note_write("a.py")
        assert not cache.get("read", A).is_hit
        assert not other.put(answer, "y")  # a write may have gone with the log
        assert cache.call("read", A, lambda: "new") == other.call("read", A, never) == "new"


def test_a_log_that_was_erased_and_is_as_long_again():
    """A log is known by what it says and not by its length."""
    store = MemoryStore()
    cache = open_cache(store)
    cache.call("read", A, lambda: "x")
    store.purge(cache.session)
    open_cache(store).call("read", {"path": "b.py"}, lambda: "y")
    assert not cache.get("read", A).is_hit
    assert cache.call("read", {"path": "b.py"}, never) == "y"


def test_records_of_another_kind():
    """What a newer version wrote into the log, whatever it meant, leaves nothing that might be stale."""
    store = MemoryStore()
    cache = open_cache(store)
    for metadata in ({"op": "merged"}, {"op": "put"}, {}, {"op": "began", "write": "w", "places": 3, "at": 1}):
        cache.call("read", A, lambda: "x")
        name = f"{len(metadata)}{metadata.get('op')}/0"
        store.append(cache.session, [Node(name, NodeType.MESSAGE, "cache", "", 0, metadata=metadata)], [])
        assert not cache.get("read", A).is_hit


def test_many_caches_write_at_once():
    """Caches that write to one log at the same time lose no record."""
    store = MemoryStore()
    caches = [open_cache(store) for _ in range(4)]

    def work(number):
        for step in range(15):
            caches[number].call("read", {"path": f"{number}-{step}.py"}, lambda: "x")
            caches[number].note_write(f"{number}-{step - 1}.py")

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(work, number) for number in range(4)]:
            future.result(60)
    asked = {(number, step): {"path": f"{number}-{step}.py"} for number in range(4) for step in range(15)}
    kept = {which for which, arguments in asked.items() if caches[0].get("read", arguments).is_hit}
    assert kept == {(number, 14) for number in range(4)}
