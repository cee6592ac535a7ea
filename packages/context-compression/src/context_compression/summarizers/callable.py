"""CallableSummarizer: any function writes the words, and a function that hangs is given up.

1. The function runs in a daemon thread of its own, which never keeps a process from ending. What it returns to be
   awaited runs in an event loop of that thread, so it does not matter whether the caller is in a loop, too.
2. The caller waits until the time limit. An asynchronous function is cancelled then; a synchronous one cannot be.
3. While a function that was given up still runs, no other is started: a service that hangs costs one time limit and
   one thread, not one for each summary of a plan.
"""

from __future__ import annotations

import asyncio
import inspect
from contextvars import copy_context
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal

from context_compression.summarizers.told import told
from context_core import SummaryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from context_core import Node

_GRACE_SECONDS = 0.2
"""Time for an asynchronous function to end once it was cancelled."""


class CallableSummarizer:
    """Lets a function write summaries, within a time limit.

    Args:
        function: takes what is to be summarized, the most tokens that the summary may have, and the task or None;
            returns the summary, or something to await for it. A client that is bound to the event loop it was made
            in must be made inside the function: it runs in another loop.
        timeout_seconds: how long to wait for it.
        takes: ``text`` where the function takes what the nodes say as one text, ``nodes`` where it takes the nodes.

    Raises:
        ValueError: the time limit is not positive, or `takes` is neither of the two.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hello")
        >>> async def shout(text, max_tokens, task):
        ...     return text.upper()
        >>> print(CallableSummarizer(shout).summarize(list(graph.nodes()), 40))
        [USER]
        HELLO
    """

    def __init__(
        self,
        function: Callable[[Any, int, str | None], str | Awaitable[str]],
        timeout_seconds: float = 60,
        *,
        takes: Literal["text", "nodes"] = "text",
    ) -> None:
        if not 0 < timeout_seconds < float("inf"):
            raise ValueError(f"got timeout_seconds={timeout_seconds}; expected a number of seconds above 0")
        if takes not in ("text", "nodes"):
            raise ValueError(f"got takes={takes!r}; expected 'text' or 'nodes'")
        self._function = function
        self._timeout_seconds = timeout_seconds
        self._takes = takes
        self._given_up: Thread | None = None

    def summarize(self, nodes: Sequence[Node], max_tokens: int, task: str | None = None) -> str:
        """Return what the function returns, whatever it is.

        Raises:
            SummaryError: the time is over, an earlier call still hangs, or the function tried to end the process.
            Exception: what the function raised.
        """
        if self._given_up is not None and self._given_up.is_alive():
            raise SummaryError(f"not called: an earlier call that took over {self._timeout_seconds:g} s still runs")
        given = told(nodes) if self._takes == "text" else nodes
        results: list[Any] = []
        errors: list[BaseException] = []
        thread = Thread(
            target=copy_context().run,
            args=(self._run, given, max_tokens, task, results, errors),
            name="summarizer",
            daemon=True,
        )
        thread.start()
        thread.join(self._timeout_seconds + _GRACE_SECONDS)
        if thread.is_alive():
            self._given_up = thread
            raise SummaryError(f"no summary after {self._timeout_seconds:g} s; it is not waited for any longer")
        for error in errors:
            raise error if isinstance(error, Exception) else SummaryError(f"the function left with {error!r}")
        return results[0]

    def _run(
        self, given: Any, max_tokens: int, task: str | None, results: list[Any], errors: list[BaseException]
    ) -> None:
        try:
            result = self._function(given, max_tokens, task)
            results.append(asyncio.run(self._awaited(result)) if inspect.isawaitable(result) else result)
        except BaseException as error:  # of another thread: its caller is to hear of it, whatever it is
            errors.append(error)

    async def _awaited(self, result: Awaitable[str]) -> str:
        limit = asyncio.timeout(self._timeout_seconds)
        try:
            async with limit:
                return await result
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise SummaryError(f"no summary after {self._timeout_seconds:g} s; it was cancelled") from error
