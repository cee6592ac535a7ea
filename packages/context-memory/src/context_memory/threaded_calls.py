"""Sync calls from async code: one bounded pool of threads for stores, memories and anything else that waits.

1. A call waits for a free thread in the event loop, so that nothing piles up in the pool.
2. It runs in the context of its caller: sinks that listen there hear of what happens in the thread.
3. A thread cannot be stopped. Who is cancelled leaves at once; the thread is free again when its call has ended.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")


class ThreadedCalls:
    """Runs sync calls in a few threads, for one event loop; use it as an async context manager.

    Leaving the block waits for the calls that were made in it, those of other tasks included, and ends the threads.

    Args:
        max_threads: calls that run at once.

    Raises:
        ValueError: `max_threads` is below 1.

    Example:
        >>> from context_core import MemoryStore
        >>> from context_memory import ConversationMemory
        >>> async def talk() -> int:
        ...     memory = ConversationMemory(MemoryStore())
        ...     async with ThreadedCalls() as calls:
        ...         await calls.run(memory.add, "anna", "trip", {"role": "user", "content": "hi"})
        ...         return await calls.run(memory.count, "anna", "trip")
        >>> asyncio.run(talk())
        1
    """

    def __init__(self, max_threads: int = 8) -> None:
        if max_threads < 1:
            raise ValueError(f"got max_threads={max_threads}; expected at least 1")
        self.max_threads = max_threads
        self._threads: ThreadPoolExecutor | None = None
        self._free = asyncio.Semaphore(max_threads)
        self._under_way = 0
        self._idle = asyncio.Event()

    async def __aenter__(self) -> ThreadedCalls:
        if self._threads is not None:
            raise RuntimeError("these calls are open already; make another ThreadedCalls for this block")
        self._threads = ThreadPoolExecutor(self.max_threads, thread_name_prefix="threaded-call")
        self._free = asyncio.Semaphore(self.max_threads)  # bound to this event loop; the next block may be in another
        self._idle = asyncio.Event()
        self._idle.set()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        threads, self._threads = self._threads, None
        ended = False
        try:
            await self._idle.wait()
            ended = True
        finally:
            if threads is not None:
                threads.shutdown(wait=ended)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a function returns, called in a thread; what it raises is raised here.

        Where the caller is cancelled, a call that waits for a thread is never made. One that runs goes on to its end;
        what it then raises goes to the event loop's exception handler.

        Raises:
            RuntimeError: the calls are not open, since their block was not entered or was left; or the function
                raised StopIteration, which no awaited call can.
        """
        threads, loop = self._threads, asyncio.get_running_loop()
        if threads is None:
            raise RuntimeError("the calls are not open; make them inside `async with ThreadedCalls() as calls:`")
        self._under_way += 1
        self._idle.clear()
        try:
            await self._free.acquire()
        except BaseException:
            self._leave()
            raise
        try:
            call = threads.submit(copy_context().run, _called, partial(function, *args, **kwargs))
        except BaseException:
            self._free.release()
            self._leave()
            raise
        answer = asyncio.wrap_future(call)
        call.add_done_callback(partial(self._tell, loop, answer))
        return await answer

    def _tell(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], call: Future[T]) -> None:
        """In the thread: have the event loop note that a call has ended; a loop that is closed waits for none."""
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._ended, loop, answer, call)

    def _ended(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], call: Future[T]) -> None:
        self._free.release()
        self._leave()
        error = None if call.cancelled() else call.exception()
        if error is not None and answer.cancelled():
            told = "a call failed in its thread after its caller was cancelled"
            loop.call_exception_handler({"message": told, "exception": error})

    def _leave(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._idle.set()


def _called(function: Callable[[], T]) -> T:
    try:
        return function()
    except StopIteration as error:  # a future cannot hold one, and its caller would wait for ever
        raise RuntimeError("the call raised StopIteration; return a value that says so instead") from error
