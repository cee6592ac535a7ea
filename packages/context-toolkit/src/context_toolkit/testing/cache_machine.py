"""A state machine that lets caches and the truth part, if they can.

Several caches on one store, as processes have them, and tools that read and write a world through them: by any name of
a path, in any order, with writes that fail half done, that are still open, or that happen between a miss and its put,
with clocks that jump, bounds that are tiny, and caches that are opened anew. Whatever comes out of a cache must be what
the tool would say now; of a tool whose results are kept for a time, what it said within that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from context_toolkit.cache.tool_cache import ToolCache
from context_toolkit.testing.world import (
    AGE,
    CITIES,
    CUSTOMERS,
    FILES,
    FOLDERS,
    POLICIES,
    ROWS,
    STATES,
    World,
    spellings,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from context_core import ManagedStore
    from context_toolkit.cache.answer import Answer

_USERS = ("", "anna", "bo")


def _named(paths: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(paths).flatmap(lambda path: st.sampled_from(spellings(path)))


def _call(tool: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(tool), st.fixed_dictionaries(arguments))


_PATHS = _named((*FILES, *FOLDERS))
_IDS = st.sampled_from([*ROWS, *map(str, ROWS)])
READS = st.one_of(
    _call("read", path=_named(FILES)),
    _call("mine", path=_named(FILES)),
    _call("list", path=_named(FOLDERS)),
    _call("search", text=st.sampled_from(["first", "x"])),
    _call("search", text=st.sampled_from(["first", "x"]), path=_named(FOLDERS)),
    _call("glob", pattern=_named(FOLDERS[1:]).map(lambda folder: f"{folder}/**/*.py")),
    _call("row", id=_IDS),
    _call("rows_of", customer=st.sampled_from(CUSTOMERS)),
    _call("count"),
    _call("weather", city=st.sampled_from(CITIES)),
    _call("forecast", city=st.sampled_from(CITIES), path=_named(FILES)),
)
"""Calls that change nothing."""
WRITES = st.one_of(
    _call("write", path=_named(FILES), content=st.sampled_from(["x", "y", "first"])),
    _call("delete", path=_PATHS),
    _call("move", path=_PATHS, to=_PATHS),
    _call("update_row", id=_IDS, state=st.sampled_from(STATES)),
    _call("add_row", id=_IDS, customer=st.sampled_from(CUSTOMERS)),
    _call("shell", command=st.sampled_from(["cd src", "cd /repo", "format", "clean"])),
)
"""Calls that change the world."""


class Half(Exception):
    """A tool failed when its work was half done."""


class CacheMachine(RuleBasedStateMachine):
    """Calls tools through caches and without them; `cache_machine` makes one.

    Args:
        start: returns a new and empty store, or None for a cache without one.
        stop: closes a store for good.

    Attributes:
        hits: calls that did not run, in all runs of the machine; a machine without hits shows nothing.
    """

    hits = 0

    def __init__(
        self, start: Callable[[], ManagedStore | None] = lambda: None, stop: Callable[[Any], object] | None = None
    ) -> None:
        super().__init__()
        self.world = World()
        self.now = 1_000.0
        self.skies = [(self.now, self.world.sky)]
        self.store = start()
        self._stop = stop
        self.caches: list[ToolCache] = []
        self.begun: list[tuple[ToolCache, str, dict[str, Any], str, Answer, Any]] = []
        self.open: list[AbstractContextManager[None]] = []

    @initialize(items=st.integers(1, 30), tokens=st.integers(5, 2_000))
    def open_caches(self, items: int, tokens: int) -> None:
        """Open two caches on the store; or one, where there is no store that they could share."""
        self.bounds = {"max_items": items, "max_tokens": tokens}
        self.caches = [self._cache() for _ in range(1 if self.store is None else 2)]

    # ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(call=READS, user=st.sampled_from(_USERS), which=st.integers(0, 1), times=st.integers(1, 2))
    def read(self, call: tuple[str, dict[str, Any]], user: str, which: int, times: int) -> None:
        """Call a tool that reads, once or twice, and hold the result against the truth."""
        for _ in range(times):
            self._read(call, user, self._of(which))

    @rule(call=WRITES, which=st.integers(0, 1))
    def write(self, call: tuple[str, dict[str, Any]], which: int) -> None:
        """Call a tool that writes."""
        self._of(which).call(*call, lambda: self._tool(call))

    @rule(call=WRITES, which=st.integers(0, 1), is_done=st.booleans())
    def fail(self, call: tuple[str, dict[str, Any]], which: int, is_done: bool) -> None:
        """Call a tool that writes, and fails before or after it has."""

        def run() -> None:
            if is_done:
                self._tool(call)
            raise Half

        try:
            self._of(which).call(*call, run)
        except Half:
            return
        raise AssertionError("the tool's error did not come out")

    @rule(call=READS, user=st.sampled_from(_USERS), which=st.integers(0, 1))
    def begin(self, call: tuple[str, dict[str, Any]], user: str, which: int) -> None:
        """Ask for a call, and run its tool where nothing is known of it; `finish` puts what it said."""
        cache = self._of(which)
        answer = cache.get(*call, scope=user)
        if answer.is_hit:
            self._check(call, user, answer.value)
        else:
            self.begun.append((cache, *call, user, answer, self._tool(call, user)))

    @precondition(lambda self: self.begun)
    @rule(which=st.integers(0, 9))
    def finish(self, which: int) -> None:
        """Put what a tool said a while ago."""
        cache, *_, answer, value = self.begun.pop(which % len(self.begun))
        cache.put(answer, value)

    @rule(call=WRITES, which=st.integers(0, 1))
    def begin_write(self, call: tuple[str, dict[str, Any]], which: int) -> None:
        """Begin a write, do it, and leave it open."""
        block = self._of(which).writing(*call)
        block.__enter__()
        self.open.append(block)
        self._tool(call)

    @rule(call=WRITES, which=st.integers(0, 1), reads=st.lists(READS, max_size=3))
    def write_slowly(
        self, call: tuple[str, dict[str, Any]], which: int, reads: list[tuple[str, dict[str, Any]]]
    ) -> None:
        """Begin a write, read, do it, and read the same again before it ends."""
        with self._of(which).writing(*call):
            for read in reads:
                self._read(read, "", self._of(1 - which))
            self._tool(call)
            for read in reads:
                self._read(read, "", self._of(1 - which))
        for read in reads:
            self._read(read, "", self._of(which))

    @rule(call=READS, which=st.integers(0, 1), writes=st.lists(WRITES, min_size=1, max_size=8), is_kept=st.booleans())
    def read_around(
        self, call: tuple[str, dict[str, Any]], which: int, writes: list[tuple[str, dict[str, Any]]], is_kept: bool
    ) -> None:
        """Read the same before and after some writes, or ask before, and put what was said then after them."""
        if is_kept:
            self._read(call, "", self._of(which))
        answer = self._of(which).get(*call)
        value = self._tool(call)
        for write in writes:
            self.write(write, 1 - which)
        self._of(which).put(answer, value)
        self._read(call, "", self._of(which))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 9))
    def end_write(self, which: int) -> None:
        """End a write that was left open."""
        self.open.pop(which % len(self.open)).__exit__(None, None, None)

    @rule(seconds=st.sampled_from([0.0, 1.0, AGE / 2, AGE, AGE + 1.0, 10_000.0]), sky=st.integers(0, 3))
    def wait(self, seconds: float, sky: int) -> None:
        """Let time pass, and the weather change unseen."""
        self.now += seconds
        self.world.sky = sky
        self.skies.append((self.now, sky))

    @rule(names=st.lists(_named(FILES), max_size=2), which=st.integers(0, 1))
    def somebody_writes(self, names: list[str], which: int) -> None:
        """Let somebody else write, who says so: what, or only that."""
        for path in [self.world.at(name) for name in names] or list(self.world.files):
            self.world.files[path] = f"by somebody at {self.now}"
        self._of(which).note_write(*names)

    @rule(which=st.integers(0, 1), tool=st.sampled_from([None, *POLICIES]), user=st.sampled_from([None, *_USERS]))
    def invalidate(self, which: int, tool: str | None, user: str | None) -> None:
        """Drop results."""
        self._of(which).invalidate(tool, scope=user)

    @precondition(lambda self: self.store is not None and not self.open)
    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        """Open a cache anew on the store; what was begun with the old one may still be put into that."""
        self.caches[which] = self._cache()

    @precondition(lambda self: self.store is not None)
    @rule()
    def erase(self) -> None:
        """Erase the caches' log."""
        session = self.caches[0].session
        if self.store is not None and session in self.store.sessions():
            self.store.purge(session)

    def teardown(self) -> None:
        """Close the store."""
        if self._stop is not None:
            self._stop(self.store)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _cache(self) -> ToolCache:
        bounds = {"max_items": 10, "max_tokens": 1_000} if not hasattr(self, "bounds") else self.bounds
        return ToolCache(POLICIES, store=self.store, clock=lambda: self.now, lease_seconds=1e9, **bounds)

    def _of(self, which: int) -> ToolCache:
        return self.caches[which % len(self.caches)]

    def _tool(self, call: tuple[str, dict[str, Any]], user: str = "") -> Any:
        tool, arguments = call
        more = {"user": user} if tool == "mine" else {}
        return getattr(self.world, tool)(**arguments, **more)

    def _read(self, call: tuple[str, dict[str, Any]], user: str, cache: ToolCache) -> None:
        runs = cache.stats.misses
        found = cache.call(*call, lambda: self._tool(call, user), scope=user)
        type(self).hits += cache.stats.misses == runs
        self._check(call, user, found)
        _spoil(found)

    def _check(self, call: tuple[str, dict[str, Any]], user: str, found: Any) -> None:
        """Hold a result against the truth."""
        if call[0] not in ("weather", "forecast"):
            assert found == self._tool(call, user), (call, found)
            return
        since = self.now - AGE
        before = [sky for at, sky in self.skies if at <= since][-1:]
        recent = before + [sky for at, sky in self.skies if at >= since]
        truth = self._tool(call, user)
        assert found[1] in recent, (call, found, recent)
        assert [*found[:1], *found[2:]] == [*truth[:1], *truth[2:]], (call, found)


def _spoil(found: Any) -> None:
    """Change a result, as a careless caller does."""
    if isinstance(found, list):
        found.append("spoilt")
    elif isinstance(found, dict):
        found["spoilt"] = True


def cache_machine(
    start: Callable[[], ManagedStore | None] = lambda: None, *, stop: Callable[[Any], object] | None = None
) -> type[CacheMachine]:
    """Return a state machine for caches on the stores that `start` makes.

    Args:
        start: returns a new and empty store, or None for a cache without one.
        stop: closes a store for good.

    Example:
        >>> from context_core import MemoryStore
        >>> Machine = cache_machine(MemoryStore)
    """

    class Machine(CacheMachine):
        """The machine of these stores: Hypothesis makes machines without arguments."""

        def __init__(self) -> None:
            super().__init__(start, stop)

    return Machine
