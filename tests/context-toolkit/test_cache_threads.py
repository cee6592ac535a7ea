"""Equal calls at once, and writes that come in between."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from context_core import MemoryStore
from context_toolkit import CachePolicy, ToolCache

READ = CachePolicy.until_written("path")
A = {"path": "a.py"}
WAIT = 20
"""Seconds after which a thread that should have come is taken to be lost."""


class Slow:
    """A tool that says when it began, and returns when it may."""

    def __init__(self, value):
        self.value = value
        self.began = Event()
        self.may_end = Event()
        self.runs = 0

    def __call__(self):
        self.runs += 1
        self.began.set()
        assert self.may_end.wait(WAIT)
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value


@pytest.fixture
def threads():
    with ThreadPoolExecutor(20) as pool:
        yield pool


@pytest.fixture(params=["alone", "store"])
def cache(request):
    return ToolCache({"read": READ}, store=MemoryStore() if request.param == "store" else None)


def never():
    raise AssertionError("it should have waited for the run that is under way")


def until(condition):
    """Wait until other threads have made something true."""
    pause = Event()
    for _ in range(WAIT * 1_000):
        if condition():
            return
        pause.wait(0.001)
    raise AssertionError("it did not come true")


def waiting(cache, count, follow, threads):
    """Start calls that follow one under way, and return when all have asked the cache."""
    barrier = Barrier(count + 1)

    def ask():
        barrier.wait(WAIT)
        return follow()

    asked = [threads.submit(ask) for _ in range(count)]
    barrier.wait(WAIT)
    return asked


def test_equal_calls_run_once(cache, threads):
    """Of calls that come at once one runs, and all get their own copy of its result."""
    slow = Slow({"lines": [1]})
    first = threads.submit(cache.call, "read", A, slow)
    assert slow.began.wait(WAIT)
    others = waiting(cache, 10, lambda: cache.call("read", A, never), threads)
    slow.may_end.set()
    values = [future.result(WAIT) for future in (first, *others)]
    assert values == [{"lines": [1]}] * 11
    assert slow.runs == 1
    assert len({id(value) for value in values}) == 11
    assert cache.stats.shared + cache.stats.hits == 10


def test_calls_that_wait_get_the_error(cache, threads):
    """What the run raises is raised in every call that waited for it, and the next call runs."""
    slow = Slow(OSError("no such file"))
    first = threads.submit(cache.call, "read", A, slow)
    assert slow.began.wait(WAIT)
    [follower] = waiting(cache, 1, lambda: cache.call("read", A, slow), threads)
    until(lambda: cache.stats.waiting == 1)
    slow.may_end.set()
    errors = [future.exception(WAIT) for future in (first, follower)]
    assert errors[0] is errors[1] is slow.value
    assert slow.runs == 1
    assert cache.call("read", A, lambda: "text") == "text"


def test_a_run_that_is_stopped_stops_nobody_else(cache, threads):
    """Who waits for a run that is interrupted runs by itself."""
    slow = Slow(KeyboardInterrupt())
    first = threads.submit(cache.call, "read", A, slow)
    assert slow.began.wait(WAIT)
    [follower] = waiting(cache, 1, lambda: cache.call("read", A, lambda: "text"), threads)
    slow.may_end.set()
    assert follower.result(WAIT) == "text"
    assert isinstance(first.exception(WAIT), KeyboardInterrupt)


@pytest.mark.parametrize("written", ["a.py", "/repo/a.py", None])
def test_nobody_waits_for_a_run_that_a_write_overtook(cache, threads, written):
    """A call that begins when a write has ended sees it, though an equal call from before is still under way."""
    slow = Slow("before")
    first = threads.submit(cache.call, "read", A, slow)
    assert slow.began.wait(WAIT)
    cache.note_write(*([written] if written else []))
    assert cache.call("read", A, lambda: "after") == "after"
    slow.may_end.set()
    assert first.result(WAIT) == "before"
    assert cache.get("read", A).value == "after"
    assert cache.stats.overtaken == 1


def test_a_read_under_way_during_a_whole_write(cache, threads):
    """A read that began before a write and ends within it is not kept; nor is one that ends after."""
    for ends_within in (True, False):
        slow = Slow("before")
        first = threads.submit(cache.call, "read", A, slow)
        assert slow.began.wait(WAIT)
        with cache.writing("Write", {"path": "a.py", "content": "x"}):
            if ends_within:
                slow.may_end.set()
                assert first.result(WAIT) == "before"
        slow.may_end.set()
        assert first.result(WAIT) == "before"
        assert not cache.get("read", A).is_hit


def test_a_write_elsewhere_overtakes_nothing(cache, threads):
    """Who comes during a run is served by it, where what was written in between is something else."""
    slow = Slow("text")
    first = threads.submit(cache.call, "read", A, slow)
    assert slow.began.wait(WAIT)
    cache.note_write("b.py")
    [follower] = waiting(cache, 1, lambda: cache.call("read", A, never), threads)
    slow.may_end.set()
    assert [first.result(WAIT), follower.result(WAIT)] == ["text", "text"]
    assert cache.get("read", A).is_hit


def test_another_scope_does_not_wait(cache, threads):
    """A run of one user is nothing to wait for to another."""
    slow = Slow("anna's")
    first = threads.submit(cache.call, "read", A, slow, scope="anna")
    assert slow.began.wait(WAIT)
    assert cache.call("read", A, lambda: "bo's", scope="bo") == "bo's"
    slow.may_end.set()
    assert first.result(WAIT) == "anna's"


def test_a_write_of_another_cache_overtakes(threads):
    """A write through another cache on the same store counts for a run that is under way in this one."""
    store = MemoryStore()
    one, other = (ToolCache({"read": READ}, store=store) for _ in range(2))
    slow = Slow("before")
    first = threads.submit(one.call, "read", A, slow)
    assert slow.began.wait(WAIT)
    other.note_write("a.py")
    assert one.call("read", A, lambda: "after") == "after"
    slow.may_end.set()
    assert first.result(WAIT) == "before"
    assert other.get("read", A).value == "after"


def test_a_run_ahead_shares_its_result_and_hides_its_failure(cache, threads):
    """A call waits for its like that runs ahead; if that fails, it runs by itself."""
    for ahead, runs in ((Slow("ahead"), 0), (Slow(OSError("busy")), 1)):
        cache.invalidate()
        job = threads.submit(cache.run_ahead, "read", A, ahead)
        assert ahead.began.wait(WAIT)
        ran = []
        [call] = waiting(cache, 1, lambda ran=ran: cache.call("read", A, lambda: ran.append(1) or "own"), threads)
        until(lambda: cache.stats.waiting == 1)
        ahead.may_end.set()
        assert call.result(WAIT) == ("own" if runs else "ahead")
        assert len(ran) == runs
        assert (job.exception(WAIT) is not None) == bool(runs)


def test_only_a_cached_tool_runs_ahead(cache):
    """What might change the world never runs before it is called."""
    with pytest.raises(ValueError, match="not cached"):
        cache.run_ahead("bash", {"command": "ls"}, never)


def test_many_threads(cache, threads):
    """Among threads that read while one writes, no read is older than the last write that had ended before it."""
    written = dict.fromkeys("abc", 0)
    ended = dict.fromkeys("abc", 0)
    stale = []

    def write(name):
        written[name] += 1

    def work(number):
        for step in range(60):
            name = "abc"[(number + step) % 3]
            if number == 0:
                cache.call("Write", {"path": f"./{name}", "content": "x"}, lambda name=name: write(name))
                ended[name] = written[name]
            else:
                before = ended[name]
                found = cache.call("read", {"path": name}, lambda name=name: written[name])
                if found < before:
                    stale.append((before, found))

    for future in [threads.submit(work, number) for number in range(6)]:
        future.result(WAIT)
    assert not stale
    assert cache.stats.hits + cache.stats.shared > 0
