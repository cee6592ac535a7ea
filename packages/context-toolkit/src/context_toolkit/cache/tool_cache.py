"""ToolCache: results of tools, served again for as long as nothing they depend on was written.

A call goes through these steps:

1. Its policy says whether results are kept (`policy`), what makes it equal to others (`keys`), and what it reads or
   writes (`extent`).
2. A call of a tool that is never cached is a write, unless its policy says that it changes nothing. What it touches
   goes before it runs and after (`shelf`), here and in every process that has the same log (`history`).
3. Of equal calls that come at once, one runs and the others wait for it (`flight`), but never for a run that a write
   has overtaken.
4. A result is kept if no write touched what it read since its call began.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from threading import RLock, get_ident
from typing import TYPE_CHECKING, Any

from context_core import CacheAsked, NodeType, StaticEncoder, StoreError, counter_for, emit
from context_toolkit.cache.answer import Answer, CacheStats, Outcome, Request, Ticket
from context_toolkit.cache.entry import Entry, kept
from context_toolkit.cache.extent import EVERYTHING, NOTHING, Extent
from context_toolkit.cache.flight import Flight, told
from context_toolkit.cache.history import History
from context_toolkit.cache.keys import group_of, key_of, parsed
from context_toolkit.cache.log import RecordLog, session_of
from context_toolkit.cache.place import Place
from context_toolkit.cache.policy import CachePolicy
from context_toolkit.cache.records import Dropped
from context_toolkit.cache.shelf import Shelf
from context_toolkit.cache.similar import Similar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from context_core import Encoder, ManagedStore, Node, TokenCounter
    from context_toolkit.cache.entry import Kept

    Arguments = dict[str, Any] | str
    Policy = CachePolicy | Callable[[dict[str, Any]], CachePolicy]


class ToolCache:
    """Results of tool calls, by scope, tool and arguments; threads may share it.

    A tool without a policy is never cached, and a call of it may have written anything: only where its arguments show
    the write of a file is it taken to have written no more than that. Name the tools that do no harm.

    Args:
        policies: by tool: a policy, or a function that returns one for the arguments of a call.
        default: the policy of all other tools.
        max_items: results at hand.
        max_tokens: tokens of all results at hand together; a larger one is not kept.
        counter: counts tokens; o200k unless given.
        encoder: for policies with free text; the shipped one, of core's extra ``semantic``, unless given.
        store: keeps the results beyond this process, and shares them with all others that open a cache of the same name
            on it. All of them must then have every write go through their cache.
        name: the cache's own.
        clock: returns the time in seconds, for the age of results. With a store it must be that of all processes, as
            `time.time` is; without, `time.monotonic` does not mind when a clock is set. A result from the future, seen
            after a clock was set back, is taken as too old.
        lease_seconds: how long a write of another process may take; after that it is taken to have ended, since its
            process may have died.

    Raises:
        ValueError: a bound is below 1.
        StoreError: the store cannot be read.

    Example:
        >>> files = {"a.py": "x = 1"}
        >>> cache = ToolCache({"read_file": CachePolicy.until_written("path")})
        >>> def read():
        ...     print("reading")
        ...     return files["a.py"]
        >>> def write():
        ...     files["a.py"] = "x = 2"
        >>> cache.call("read_file", {"path": "a.py"}, read), cache.call("read_file", {"path": "a.py"}, read)
        reading
        ('x = 1', 'x = 1')
        >>> cache.call("write_file", {"path": "./a.py", "content": "x = 2"}, write)
        >>> cache.call("read_file", {"path": "a.py"}, read)
        reading
        'x = 2'
    """

    def __init__(
        self,
        policies: Mapping[str, Policy] | None = None,
        *,
        default: CachePolicy | None = None,
        max_items: int = 1_000,
        max_tokens: int = 1_000_000,
        counter: TokenCounter | None = None,
        encoder: Encoder | None = None,
        store: ManagedStore | None = None,
        name: str = "default",
        clock: Callable[[], float] = time.time,
        lease_seconds: float = 600.0,
    ) -> None:
        self.name = name
        self.session = session_of(name)
        self._policies = dict(policies or {})
        self._default = default or CachePolicy.never()
        self._counter: TokenCounter = counter or counter_for()
        self._similar = Similar(encoder or StaticEncoder(), max_items)
        self._clock = clock
        self._turn = RLock()
        self._shelf = Shelf(max_items, max_tokens)
        self._counts = Counter[str]()
        self._flights: dict[str, Flight] = {}
        self._waiting = 0
        log = None if store is None else RecordLog(store, self.session)
        self._history = History(self._shelf, log, self._turn, clock, lease_seconds, self._forget_flights)
        self._history.catch_up()

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────

    def call(self, tool: str, arguments: Arguments, run: Callable[[], Any], *, scope: str = "") -> Any:
        """Return what a call of a tool returns, running it only where no valid result of it is known.

        Args:
            tool: the tool's name.
            arguments: of the call, as JSON values or as JSON text; they are never changed.
            run: runs the tool; what it raises is raised here, in every call that waited for it, and is not kept.
            scope: whose call it is: a user, a tenant. Results are never served across scopes; a write in one
                invalidates in all, as all may see the same world.

        Raises:
            ValueError: the arguments are not JSON.
            StoreError: the store cannot be read, or cannot be told of a write that is about to begin.
        """
        request, run = self._request(tool, arguments, scope), told(tool, run)
        if request.policy.is_cached:
            return self._fly(request, run, is_ahead=False)
        with self.writing(tool, arguments):
            value = run()
        self._count(Outcome.PASSED)
        return value

    def run_ahead(self, tool: str, arguments: Arguments, run: Callable[[], Any], *, scope: str = "") -> bool:
        """Run a call before anybody asks for it, if no valid result is known; return whether it ran.

        Only a tool that is cached runs, as only those change nothing. A call that waits for the run gets its result; if
        it fails, each of them runs the tool by itself.

        Raises:
            ValueError: the tool is not cached, or the arguments are not JSON.
        """
        request = self._request(tool, arguments, scope)
        if not request.policy.is_cached:
            raise ValueError(f"got tool {tool!r}, which is not cached; only a cached tool may run before it is called")
        with self._turn:
            if self._answer(request, None).is_hit or request.key in self._flights:
                return False
        self._fly(request, told(tool, run), is_ahead=True)
        return True

    def get(self, tool: str, arguments: Arguments, *, scope: str = "") -> Answer:
        """Return what is known of a call, for a loop that runs tools by itself; give `put` the answer of a miss.

        Such a loop runs tools that are not cached within `writing`.

        Raises:
            ValueError: the arguments are not JSON.

        Example:
            >>> cache = ToolCache({"now": CachePolicy.for_seconds(60)})
            >>> answer = cache.get("now", {})
            >>> cache.put(answer, "noon"), cache.get("now", {}).value
            (True, 'noon')
        """
        request = self._request(tool, arguments, scope)
        if not request.policy.is_cached:
            self._count(Outcome.PASSED)
            return Answer(Outcome.PASSED)
        vector = self._similar_key(request)
        with self._turn:
            answer = self._answer(request, vector)
        self._count(answer.outcome, answer)
        return answer

    def put(self, answer: Answer, value: Any) -> bool:
        """Keep the result of a call that `get` did not know; return whether it was kept.

        It is not where a write came in between, where it is too large or no JSON, or where the tool is never cached.
        """
        return answer.ticket is not None and self._keep(answer.ticket, kept(value), value)

    # ── writes ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def writing(self, tool: str, arguments: Arguments) -> Generator[None]:
        """Run a call that writes, in the block: what it touches goes before and after, also if it fails.

        Raises:
            ValueError: the arguments are not JSON.
            StoreError: the store could not be told that the write begins; the block has not run.
        """
        values = parsed(arguments)
        policy = self._policy(tool, values)
        with self._history.writing(NOTHING if policy.is_cached else policy.writes(tool, values)):
            yield

    def note_write(self, *names: str | int) -> None:
        """Note that something was written, by whomever: paths or ids; anything, if none is named.

        Raises:
            StoreError: the store could not be told.
        """
        with self._history.writing(Extent(tuple(Place(str(name)) for name in names)) if names else EVERYTHING):
            pass

    def note_call(self, call: Node) -> None:
        """Note a call that was made without the cache, as a node of the agent's graph.

        Example:
            >>> from context_core import ContextGraph
            >>> cache = ToolCache({"read": CachePolicy.until_written("path")})
            >>> cache.call("read", {"path": "a.py"}, lambda: "x = 1")
            'x = 1'
            >>> cache.note_call(ContextGraph("s").add_tool_call("Write", {"file_path": "/repo/a.py", "content": ""}))
            >>> cache.stats.items
            0

        Raises:
            ValueError: the node is no call.
        """
        if call.type is not NodeType.TOOL_CALL:
            raise ValueError(f"got node {call.id!r} of type {call.type.value}; expected a tool_call")
        with self.writing(call.tool_name or "", call.content):
            pass

    def invalidate(self, tool: str | None = None, *, scope: str | None = None) -> int:
        """Drop results, whatever they read: all, or those of a tool, of a scope, or of both; return how many."""
        with self._turn:
            before = self._shelf.invalidated
            self._history.write(Dropped(tool, scope))
            return self._shelf.invalidated - before

    @property
    def stats(self) -> CacheStats:
        """What was counted until now."""
        with self._turn:
            shelf = self._shelf
            return CacheStats(
                **self._counts,
                invalidated=shelf.invalidated,
                evicted=shelf.evicted,
                items=len(shelf),
                tokens=shelf.tokens,
                waiting=self._waiting,
            )

    def policy(self, tool: str, arguments: Arguments) -> CachePolicy:
        """Return the policy of a call."""
        return self._policy(tool, parsed(arguments))

    def __repr__(self) -> str:
        return f"ToolCache({self.name!r}: {len(self._shelf):,} results, {self._shelf.tokens:,} tokens)"

    # ── inside: asking ───────────────────────────────────────────────────────────────────────────────────────────

    def _policy(self, tool: str, values: dict[str, Any]) -> CachePolicy:
        policy = self._policies.get(tool, self._default)
        return policy if isinstance(policy, CachePolicy) else policy(values)

    def _request(self, tool: str, arguments: Arguments, scope: str) -> Request:
        values = parsed(arguments)
        policy = self._policy(tool, values)
        if not policy.is_cached:
            return Request(tool, scope, policy, "", values)
        key = key_of(policy, scope, tool, arguments, values)
        question = values.get(policy.free_text) if policy.free_text else None
        if not isinstance(question, str):
            return Request(tool, scope, policy, key, values)
        return Request(tool, scope, policy, key, values, group_of(policy, scope, tool, values), question)

    def _similar_key(self, request: Request) -> str | None:
        """Return the key of the most similar question that is kept; slow, so it is sought before the cache's turn."""
        if request.group is None:
            return None
        with self._turn:
            if self._shelf.peek(request.key) is not None:
                return None
            entries = list(self._shelf.group(request.group))
        found = self._similar.find(request.question, entries, request.policy.threshold)
        return None if found is None else found.key

    def _answer(self, request: Request, similar_key: str | None) -> Answer:
        """Return what is known of a call; in the cache's turn."""
        self._history.catch_up()
        now = self._clock()
        for key, outcome in ((request.key, Outcome.HIT), (similar_key, Outcome.SIMILAR)):
            entry = self._shelf.peek(key) if key is not None else None
            if entry is not None and self._is_young(entry, request.policy, now):
                self._shelf.use(entry.key)
                return Answer(outcome, entry.kept.value, tokens=entry.tokens)
        reads = request.policy.reads(request.arguments)
        return Answer(Outcome.MISS, ticket=Ticket(request, reads, self._shelf.position, now))

    def _is_young(self, entry: Entry, policy: CachePolicy, now: float) -> bool:
        if policy.ttl_seconds is None or 0 <= now - entry.began_at <= policy.ttl_seconds:
            return True
        self._shelf.expire(entry.key)
        return False

    # ── inside: running ──────────────────────────────────────────────────────────────────────────────────────────

    def _fly(self, request: Request, run: Callable[[], Any], *, is_ahead: bool) -> Any:
        while True:
            similar_key = self._similar_key(request)
            with self._turn:
                answer = self._answer(request, similar_key)
                flight = self._flights.get(request.key)
                if answer.ticket is not None and flight is None:
                    own = Flight(answer.ticket.reads, in_result=request.policy.in_result, is_ahead=is_ahead)
                    self._flights[request.key] = own
                    break
            if answer.is_hit:
                self._count(answer.outcome, answer)
                return answer.value
            if flight is None or flight.owner == get_ident():
                return run()  # a tool that calls itself would wait for itself
            if self._wait(flight):
                return self._shared(flight)
        return self._lead(own, answer.ticket, run)

    def _lead(self, flight: Flight, ticket: Ticket, run: Callable[[], Any]) -> Any:
        try:
            value = flight.value = run()
            flight.kept = kept(value)
            self._keep(ticket, flight.kept, value)
        except BaseException as error:
            flight.error = error
            raise
        finally:
            with self._turn:
                if self._flights.get(ticket.request.key) is flight:
                    del self._flights[ticket.request.key]
            flight.land()
        if not flight.is_ahead:
            self._count(Outcome.MISS)
        return value

    def _wait(self, flight: Flight) -> bool:
        with self._turn:
            self._waiting += 1
        try:
            return flight.wait()
        finally:
            with self._turn:
                self._waiting -= 1

    def _shared(self, flight: Flight) -> Any:
        if flight.error is not None:
            raise flight.error
        tokens = self._counter.count(flight.kept.text) if flight.kept is not None else 0
        self._count(Outcome.SHARED, Answer(Outcome.SHARED, tokens=tokens))
        return flight.value if flight.kept is None else flight.kept.value

    def _keep(self, ticket: Ticket, text: Kept | None, value: Any) -> bool:
        """Keep a result, if it is worth it and no write came in between; return whether it was."""
        policy = ticket.request.policy
        tokens = 0 if text is None else self._counter.count(text.text)
        if text is None or tokens > self._shelf.max_tokens or not (policy.keeps is None or policy.keeps(value)):
            self._tally("refused")
            return False
        try:
            is_kept = self._history.put(ticket.entry(text, tokens), ticket.since)
        except StoreError:
            self._tally("unstored")  # the tool's result is worth more than the cache's complaint
            return False
        if not is_kept:
            self._tally("overtaken")
        return is_kept

    def _forget_flights(self, written: Extent | None) -> None:
        """Let nobody who comes from now on wait for a run that a write may have overtaken; None for all of them."""
        for key in [key for key, flight in self._flights.items() if flight.may_be_touched(written)]:
            del self._flights[key]

    # ── inside: counting ─────────────────────────────────────────────────────────────────────────────────────────

    def _count(self, outcome: Outcome, answer: Answer | None = None) -> None:
        tokens = 0 if answer is None else answer.tokens
        self._tally(outcome.count, tokens)
        emit(CacheAsked(self.session, self.name, outcome.value, tokens))

    def _tally(self, name: str, tokens: int = 0) -> None:
        with self._turn:
            self._counts[name] += 1
            self._counts["tokens_served"] += tokens
