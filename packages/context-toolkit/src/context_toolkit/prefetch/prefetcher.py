"""Prefetcher: the likely next call runs ahead, through the cache, in a few threads.

1. When a call comes that was not predicted, what was is cancelled: what waits for a thread never runs, and what runs is
   told so, and goes on to its end if it does not listen.
2. When the call has returned, the next ones are predicted. Those of allowed tools whose policy says that they change
   nothing run ahead, as far as there is room.
3. A result goes nowhere but into the cache, by its rules: a write in between and it is gone. A call that comes while
   its like runs ahead waits for that; if it fails, the call runs by itself and nobody hears of the failure.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from context_core.json_text import canonical, dumps
from context_toolkit.cache.keys import parsed
from context_toolkit.prefetch.past_calls import PastCall

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType

    from context_toolkit.cache.tool_cache import ToolCache
    from context_toolkit.prefetch.next_calls import NextCalls, Predicted

    Key = tuple[str, bytes]

_REMEMBERED = 200
"""Steps that are remembered; those before count for nothing in what comes next."""
_running: ContextVar[Event | None] = ContextVar("context_toolkit_prefetch", default=None)


def is_cancelled() -> bool:
    """Return, inside a tool, whether it runs ahead and is not needed any more: it may stop, by raising what it likes.

    Example:
        >>> is_cancelled()
        False
    """
    cancelled = _running.get()
    return cancelled is not None and cancelled.is_set()


@dataclass(frozen=True, slots=True)
class PrefetchStats:
    """What a prefetcher has counted.

    Attributes:
        calls: calls that came.
        right: calls that came when they were predicted, and were on their way or done.
        started: predicted calls that ran.
        known: predicted calls whose result was in the cache already.
        cancelled: predicted calls that were given up, running or not.
        failed: predicted calls that raised.
        crowded: predicted calls for which there was no room.
    """

    calls: int = 0
    right: int = 0
    started: int = 0
    known: int = 0
    cancelled: int = 0
    failed: int = 0
    crowded: int = 0


@dataclass(frozen=True, slots=True)
class _Job:
    future: Future[None]
    cancelled: Event


class Prefetcher:
    """Runs one session's likely next calls ahead; use it as a context manager, which ends its threads.

    Args:
        cache: where results go; its policies say which tools change nothing.
        tools: by name, functions that take a call's arguments by keyword.
        allowed: names of the tools that may run ahead; none unless named.
        model: predicts.
        max_concurrent: calls that run ahead at once.
        max_pending: calls that run ahead or wait to.
        min_confidence: the least confidence of a prediction that runs.
        scope: whose calls these are.

    Raises:
        ValueError: a bound is below 1, or an allowed tool is not among the tools.

    Example:
        >>> from context_toolkit import CachePolicy, NextCalls, ToolCache
        >>> model = NextCalls()
        >>> found = PastCall("find", {}, "src/main.py")
        >>> for _ in range(4):
        ...     model.learn_calls([found, PastCall("read", {"path": "src/main.py"}, "x = 1")])
        >>> cache = ToolCache({"find": CachePolicy.until_written(), "read": CachePolicy.until_written("path")})
        >>> tools = {"find": lambda: "lib/io.py", "read": lambda path: f"text of {path}"}
        >>> with Prefetcher(cache, tools, allowed={"read"}, model=model) as ahead:
        ...     found = ahead.call("find", {})
        ...     text = ahead.call("read", {"path": found})
        >>> text, ahead.stats.right
        ('text of lib/io.py', 1)
    """

    def __init__(
        self,
        cache: ToolCache,
        tools: Mapping[str, Callable[..., Any]],
        *,
        allowed: Collection[str],
        model: NextCalls,
        max_concurrent: int = 2,
        max_pending: int = 4,
        min_confidence: float = 0.2,
        scope: str = "",
    ) -> None:
        for name, bound in (("max_concurrent", max_concurrent), ("max_pending", max_pending)):
            if bound < 1:
                raise ValueError(f"got {name}={bound}; expected at least 1")
        unknown = sorted(set(allowed) - set(tools))
        if unknown:
            raise ValueError(f"got allowed tools {unknown}; expected some of {sorted(tools)}")
        self._cache = cache
        self._tools = dict(tools)
        self._allowed = frozenset(allowed)
        self._model = model
        self._max_pending = max_pending
        self._min_confidence = min_confidence
        self._scope = scope
        self._history: list[PastCall] = []
        self._jobs: dict[Key, _Job] = {}
        self._futures: list[Future[None]] = []  # those that were given up and still run are among them
        self._counts: Counter[str] = Counter()
        self._is_closed = False
        self._turn = Lock()
        self._threads = ThreadPoolExecutor(max_concurrent, thread_name_prefix="prefetch")

    def call(self, tool: str, arguments: dict[str, Any] | str) -> Any:
        """Return what a tool returns, by the cache, and run ahead what may come next.

        Raises:
            KeyError: there is no such tool.
            ValueError: the arguments are not JSON.
        """
        values = parsed(arguments)
        run = self._tools[tool]
        self.expect(tool, values)
        value = self._cache.call(tool, arguments, lambda: run(**values), scope=self._scope)
        self.observe(tool, values, value)
        return value

    def expect(self, tool: str, arguments: dict[str, Any] | str) -> None:
        """Note that a call has come and is about to run: what else was predicted is cancelled."""
        key = _key(tool, parsed(arguments))
        with self._turn:
            self._counts["calls"] += 1
            self._counts["right"] += key in self._jobs
            for other in [other for other in self._jobs if other != key]:
                self._cancel(self._jobs.pop(other))
            job = self._jobs.pop(key, None)
            if job is not None:
                job.future.cancel()  # one that has not begun is no help; one that runs is waited for by the cache

    def observe(self, tool: str, arguments: dict[str, Any] | str, result: Any) -> list[Predicted]:
        """Note what a call returned; return the calls that run ahead from now on."""
        text = result if isinstance(result, str) else _text(result)
        with self._turn:
            self._history = [*self._history[1 - _REMEMBERED :], PastCall(tool, parsed(arguments), text)]
            history = self._history
        likely = [call for call in self._model.predict(history) if call.confidence >= self._min_confidence]
        return [call for call in likely if self._may_run(call) and self._submit(call)]

    @property
    def stats(self) -> PrefetchStats:
        """What was counted until now."""
        with self._turn:
            return PrefetchStats(**self._counts)

    def close(self) -> None:
        """Cancel what runs ahead, wait for what does not listen, and end the threads; nothing runs ahead after that."""
        with self._turn:
            self._is_closed = True
            for job in self._jobs.values():
                self._cancel(job)
            self._jobs.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Prefetcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _may_run(self, call: Predicted) -> bool:
        return call.tool in self._allowed and self._cache.policy(call.tool, call.arguments).is_cached

    def _submit(self, call: Predicted) -> bool:
        key = _key(call.tool, call.arguments)
        with self._turn:
            if key in self._jobs or self._is_closed:
                return False
            self._futures = [future for future in self._futures if not future.done()]
            if len(self._futures) >= self._max_pending:
                self._counts["crowded"] += 1
                return False
            job = _Job(self._threads.submit(self._run, call, cancelled := Event()), cancelled)
            self._jobs[key] = job
            self._futures.append(job.future)
            return True

    def _cancel(self, job: _Job) -> None:
        if not job.future.done():
            self._counts["cancelled"] += 1
            job.cancelled.set()
            job.future.cancel()

    def _run(self, call: Predicted, cancelled: Event) -> None:
        _running.set(cancelled)
        try:
            run = self._tools[call.tool]
            ran = self._cache.run_ahead(call.tool, call.arguments, lambda: run(**call.arguments), scope=self._scope)
            outcome = "started" if ran else "known"
        except Exception:  # it was nobody's call, so it is nobody's error
            outcome = "failed"
        finally:
            _running.set(None)
        with self._turn:
            self._counts[outcome] += 1


def _key(tool: str, arguments: dict[str, Any]) -> Key:
    return tool, canonical(arguments)


def _text(result: Any) -> str:
    """Return a result as the agent sees it; one that is no JSON holds out nothing."""
    try:
        return dumps(result)
    except (TypeError, ValueError):
        return ""
