"""Answers: what the cache says to a call, and what it has counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from context_toolkit.cache.entry import Entry

if TYPE_CHECKING:
    from context_toolkit.cache.entry import Kept
    from context_toolkit.cache.extent import Arguments, Extent
    from context_toolkit.cache.policy import CachePolicy


class Outcome(StrEnum):
    """How a call came by its result."""

    HIT = "hit"
    """It was kept."""
    SIMILAR = "similar"
    """That of a similar question was kept."""
    SHARED = "shared"
    """An equal call was under way."""
    MISS = "miss"
    """The tool ran."""
    PASSED = "passed"
    """The tool ran, as its calls are never cached."""

    @property
    def count(self) -> str:
        """The name of its count in `CacheStats`."""
        return {Outcome.HIT: "hits", Outcome.MISS: "misses"}.get(self, self.value)


@dataclass(frozen=True, slots=True)
class Request:
    """A call as the cache sees it.

    Attributes:
        tool: its tool.
        scope: whose call it is.
        policy: the policy of its tool.
        key: what makes it equal to others; empty where it is never cached.
        arguments: as an object.
        group: key of all calls that differ in their free text alone; None where that is compared as it is.
        question: the free text.
    """

    tool: str
    scope: str
    policy: CachePolicy
    key: str
    arguments: Arguments
    group: str | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A call that is about to run.

    Attributes:
        request: the call.
        reads: what it reads.
        since: the shelf's position when it began.
        began_at: when it began, in seconds of the cache's clock.
    """

    request: Request
    reads: Extent
    since: int
    began_at: float

    def entry(self, text: Kept, tokens: int) -> Entry:
        """Return what is kept of the call, with its result."""
        request = self.request
        return Entry(
            request.key,
            request.tool,
            request.scope,
            text,
            tokens,
            self.reads,
            request.policy.in_result,
            self.began_at,
            request.group,
            request.question,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cache has for a call.

    Attributes:
        outcome: `HIT`, `SIMILAR`, `MISS` or `PASSED`.
        value: the result of a hit; None for a miss.
        tokens: of the result.
        ticket: of a miss, what `ToolCache.put` goes by.
    """

    outcome: Outcome
    value: Any = None
    tokens: int = 0
    ticket: Ticket | None = field(default=None, repr=False)

    @property
    def is_hit(self) -> bool:
        """Whether there is a result."""
        return self.outcome in (Outcome.HIT, Outcome.SIMILAR)


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache has counted since it was opened.

    Attributes:
        hits: calls whose result was kept.
        similar: calls that got the result of a similar question.
        shared: calls that waited for an equal one.
        misses: calls that ran, and might have been kept.
        passed: calls that ran, of tools that are never cached.
        overtaken: results not kept since a write came in between.
        refused: results not kept for what they are: too large, not JSON, or not worth it.
        unstored: results not kept since the store could not be written.
        invalidated: results that writes and drops took out.
        evicted: results that went for the bounds.
        tokens_served: tokens of the results that needed no run.
        items: results at hand.
        tokens: their tokens.
        waiting: calls that wait for an equal one at this moment.
    """

    hits: int = 0
    similar: int = 0
    shared: int = 0
    misses: int = 0
    passed: int = 0
    overtaken: int = 0
    refused: int = 0
    unstored: int = 0
    invalidated: int = 0
    evicted: int = 0
    tokens_served: int = 0
    items: int = 0
    tokens: int = 0
    waiting: int = 0
