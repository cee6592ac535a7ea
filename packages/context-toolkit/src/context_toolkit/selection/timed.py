"""Timed: a function run within a time limit, and given up where it hangs.

1. It runs in a daemon thread of its own, which never keeps a process from ending, in a copy of the caller's context.
   What it returns to be awaited runs in an event loop of that thread.
2. An asynchronous function is cancelled when its time is over. A synchronous one cannot be: it is no longer waited for,
   and what it still does is thrown away.
"""

from __future__ import annotations

import asyncio
import inspect
from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_GRACE_SECONDS = 0.2
"""Time for an asynchronous function to end once it was cancelled."""


class TimeOver(Exception):
    """The time of a run is over; a `TimeoutError` would not tell it from one that the function itself raised."""


class Run:
    """One run of a function in a thread.

    Args:
        function: what runs; it may return something to await.
        timeout_seconds: how long it may take.

    Example:
        >>> run = Run(lambda: 6 * 7, 5.0)
        >>> run.wait()
        42
    """

    def __init__(self, function: Callable[[], Any], timeout_seconds: float) -> None:
        self._function = function
        self._timeout_seconds = timeout_seconds
        self._results: list[Any] = []
        self._errors: list[BaseException] = []
        self._thread = Thread(target=copy_context().run, args=(self._run,), name="tool", daemon=True)

    @property
    def is_running(self) -> bool:
        """Whether the function still runs."""
        return self._thread.is_alive()

    def wait(self) -> Any:
        """Start the function and return what it returns.

        Raises:
            TimeOver: its time is over; `is_running` says whether it could be stopped.
            RuntimeError: the function tried to end the process.
            Exception: what the function raised.
        """
        self._thread.start()
        self._thread.join(self._timeout_seconds)
        if self._thread.is_alive():
            self._thread.join(_GRACE_SECONDS)
        if self._thread.is_alive():
            raise TimeOver
        for error in self._errors:
            raise error if isinstance(error, Exception) else RuntimeError(f"the tool left with {error!r}")
        return self._results[0]

    def _run(self) -> None:
        try:
            result = self._function()
            self._results.append(asyncio.run(self._awaited(result)) if inspect.isawaitable(result) else result)
        except BaseException as error:  # of another thread: its caller is to hear of it, whatever it is
            self._errors.append(error)

    async def _awaited(self, result: Awaitable[Any]) -> Any:
        limit = asyncio.timeout(self._timeout_seconds)
        try:
            async with limit:
                return await result
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise TimeOver from error
