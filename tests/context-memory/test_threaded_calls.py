"""Sync calls in a bounded pool of threads: results, bounds, contexts, cancellation and closing."""

import asyncio
import threading
import time
from contextvars import ContextVar

import pytest

from context_core import MemoryStore, listen
from context_memory import ConversationMemory, ThreadedCalls


def add(number, *, to=0):
    return number + to


def fail():
    raise KeyError("as it was raised")


class Gauge:
    """Counts how many calls run at once, until it is opened."""

    def __init__(self):
        self.running = self.most = self.calls = 0
        self.lock = threading.Lock()
        self.opened = threading.Event()

    def call(self):
        with self.lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.opened.wait(10)
        with self.lock:
            self.running -= 1


async def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("threaded-call")]


def test_results_and_errors():
    """A call returns what its function returns, and raises what it raises."""

    async def main():
        async with ThreadedCalls() as calls:
            assert await calls.run(add, 1, to=2) == 3
            with pytest.raises(KeyError, match="as it was raised"):
                await calls.run(fail)

    asyncio.run(main())


def test_calls_leave_the_event_loop_free():
    """While calls wait in threads, the loop goes on, and no more run than there are threads."""
    gauge = Gauge()

    async def main():
        async with ThreadedCalls(max_threads=3) as calls:
            waiting = [asyncio.create_task(calls.run(gauge.call)) for _ in range(20)]
            await until(lambda: gauge.running == 3)
            await asyncio.sleep(0.02)
            assert gauge.calls == 3
            gauge.opened.set()
            await asyncio.gather(*waiting)

    asyncio.run(main())
    assert (gauge.calls, gauge.most) == (20, 3)


def test_a_thread_has_its_callers_context():
    """Context variables are those of the caller, and sinks that listen there hear of events in the thread."""
    name, seen = ContextVar("name", default="none"), []
    memory = ConversationMemory(MemoryStore())

    async def one(calls, own):
        name.set(own)
        await asyncio.sleep(0)
        return await calls.run(name.get)

    async def main():
        async with ThreadedCalls() as calls:
            assert await asyncio.gather(*(one(calls, own) for own in "abcdef")) == list("abcdef")
            with listen(seen.append):
                await calls.run(memory.add, "anna", "trip", {"role": "user", "content": "hi"})

    asyncio.run(main())
    assert "GraphExtended" in [type(event).__name__ for event in seen]


def test_cancelling_a_call_that_waits():
    """A call that waits for a thread and is cancelled is never made, and takes no thread from others."""
    gauge = Gauge()

    async def main():
        async with ThreadedCalls(max_threads=1) as calls:
            running = asyncio.create_task(calls.run(gauge.call))
            await until(lambda: gauge.running == 1)
            waiting = asyncio.create_task(calls.run(gauge.call))
            await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            gauge.opened.set()
            await running
            assert await calls.run(add, 1) == 1

    asyncio.run(main())
    assert gauge.calls == 1


def test_cancelling_a_call_that_runs():
    """The caller of a running call leaves at once; its thread is taken until the call has ended, then free."""
    gauge = Gauge()

    async def main():
        async with ThreadedCalls(max_threads=1) as calls:
            running = asyncio.create_task(calls.run(gauge.call))
            await until(lambda: gauge.running == 1)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            after = asyncio.create_task(calls.run(add, 1))
            await asyncio.sleep(0.02)
            assert not after.done()
            gauge.opened.set()
            assert await after == 1

    asyncio.run(main())


def test_a_failure_that_nobody_waits_for():
    """What a call raises after its caller was cancelled goes to the loop's exception handler."""
    gauge, told = Gauge(), []

    def fail_late():
        gauge.call()
        raise KeyError("late")

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        async with ThreadedCalls() as calls:
            running = asyncio.create_task(calls.run(fail_late))
            await until(lambda: gauge.running == 1)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            gauge.opened.set()

    asyncio.run(main())
    assert [str(context["exception"]) for context in told] == ["'late'"]


def test_a_time_limit():
    """A time limit is the caller's, by the usual means."""
    gauge = Gauge()

    async def main():
        async with ThreadedCalls() as calls:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(calls.run(gauge.call), 0.02)
            gauge.opened.set()

    asyncio.run(main())


def test_leaving_waits_for_all_calls():
    """Leaving the block waits for the calls that run or wait for a thread, and no thread is left."""
    gauge = Gauge()

    async def main():
        async with ThreadedCalls(max_threads=2) as calls:
            tasks = [asyncio.create_task(calls.run(gauge.call)) for _ in range(5)]
            await until(lambda: gauge.running == 2)
            asyncio.get_running_loop().call_later(0.02, gauge.opened.set)
        assert (gauge.calls, gauge.running) == (5, 0)
        assert threads() == []
        await asyncio.gather(*tasks)

    asyncio.run(main())


def test_leaving_by_an_error():
    """An error in the block comes out of it, after the calls have ended."""
    gauge = Gauge()

    async def main():
        async with ThreadedCalls() as calls:
            running = asyncio.create_task(calls.run(gauge.call))
            await until(lambda: gauge.running == 1)
            gauge.opened.set()
            try:
                raise ValueError("in the block")
            finally:
                await running

    with pytest.raises(ValueError, match="in the block"):
        asyncio.run(main())
    assert threads() == []


def test_calls_that_are_not_open():
    """Calls before the block and after it are errors that say what to do; the next block, in another loop, is fine."""
    calls = ThreadedCalls()

    async def closed():
        with pytest.raises(RuntimeError, match="async with ThreadedCalls"):
            await calls.run(add, 1)

    async def opened():
        async with calls:
            assert await calls.run(add, 1) == 1
            with pytest.raises(RuntimeError, match="open already"):
                await calls.__aenter__()

    for step in (closed, opened, closed, opened):
        asyncio.run(step())


def test_a_function_that_raises_stop_iteration():
    """StopIteration, which no future can hold, comes out as an error and not as an endless wait."""

    async def main():
        async with ThreadedCalls() as calls:
            with pytest.raises(RuntimeError, match="StopIteration"):
                await asyncio.wait_for(calls.run(next, iter(())), 5)

    asyncio.run(main())


def test_no_threads():
    """A pool of no threads is refused."""
    with pytest.raises(ValueError, match="max_threads=0"):
        ThreadedCalls(max_threads=0)


def test_many_tasks_add_to_one_conversation():
    """A hundred tasks add to one conversation through the pool, and each message is there once."""
    memory = ConversationMemory(MemoryStore())
    said = [{"role": "user", "content": f"message {number}"} for number in range(100)]

    async def main():
        async with ThreadedCalls() as calls:
            await asyncio.gather(*(calls.run(memory.add, "anna", "trip", message) for message in said))
            return await calls.run(memory.messages, "anna", "trip")

    messages = asyncio.run(main())
    assert sorted(messages, key=lambda message: int(message["content"].split()[1])) == said
