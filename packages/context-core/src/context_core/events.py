"""Events: what happened, sent to the sinks that listen in this context. With no sink, emitting is one look-up."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Sink = Callable[["Event"], None]


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events.

    Attributes:
        session_id: the session it happened in.
    """

    session_id: str


@dataclass(frozen=True, slots=True)
class GraphExtended(Event):
    """Nodes were appended.

    Attributes:
        nodes: how many.
        tokens: what they cost.
    """

    nodes: int
    tokens: int


@dataclass(frozen=True, slots=True)
class NodesReplaced(Event):
    """A transaction changed nodes.

    Attributes:
        strategy: who proposed it; ``restore`` for the way back.
        nodes: how many changed.
        tokens_saved: tokens that the graph lost; negative where it grew.
    """

    strategy: str
    nodes: int
    tokens_saved: int


@dataclass(frozen=True, slots=True)
class SummaryFailed(Event):
    """A summarizer raised, or wrote nothing, too much, or no text; another one takes its place.

    Attributes:
        summarizer: the name of its class.
        error: the exception as `repr` shows it, or what is wrong with what it wrote.
    """

    summarizer: str
    error: str


@dataclass(frozen=True, slots=True)
class CacheAsked(Event):
    """A call came to a cache of tool results.

    Attributes:
        cache: the cache's name.
        outcome: ``hit``, ``similar``, ``shared`` (an equal call was under way), ``miss``, or ``passed`` (never cached).
        tokens: tokens of the result, where the tool did not have to run for it; else 0.
    """

    cache: str
    outcome: str
    tokens: int = 0


_sinks: ContextVar[tuple[Sink, ...]] = ContextVar("context_core_sinks", default=())


@contextmanager
def listen(sink: Sink) -> Generator[None]:
    """Send the events of this context (thread or task) to a sink while the block runs.

    A sink's exception is its caller's: it comes out where the event was emitted, after the change it tells of.

    Example:
        >>> from context_core import build, read
        >>> seen = []
        >>> with listen(seen.append):
        ...     _ = build(read([{"role": "user", "content": "hi"}]))
        >>> [type(event).__name__ for event in seen]
        ['GraphExtended']
    """
    token = _sinks.set((*_sinks.get(), sink))
    try:
        yield
    finally:
        _sinks.reset(token)


def emit(event: Event) -> None:
    """Send an event to every sink that listens in this context."""
    for sink in _sinks.get():
        sink(event)
