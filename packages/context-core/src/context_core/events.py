"""Events: what happened, sent to the sinks that listen in this context. With no sink, emitting is one look-up."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    Sink = Callable[["Event"], None]
    Value = str | int | float | bool


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
class Saving:
    """What one strategy saved in one compression.

    Attributes:
        strategy: its name.
        tier: ``lossless``, ``compaction`` or ``summarization``.
        nodes: how many parts it took out of the prompt as they were.
        tokens_saved: tokens that the window lost by it.
    """

    strategy: str
    tier: str
    nodes: int
    tokens_saved: int


@dataclass(frozen=True, slots=True)
class WindowCompressed(Event):
    """A window was compressed, and the graph is changed.

    Attributes:
        tokens_before: tokens of the window before.
        tokens_after: tokens of the window after.
        target_tokens: what was aimed at; None where only what costs little sight was to be done.
        savings: one a strategy that did something.
    """

    tokens_before: int
    tokens_after: int
    target_tokens: int | None
    savings: tuple[Saving, ...]


@dataclass(frozen=True, slots=True)
class PromptRendered(Event):
    """A prompt was made from a session's window.

    Attributes:
        tokens: what the window costs, reserve for the answer left out.
        total_tokens: the budget it is to fit.
        level: the budget's level then, as `BudgetLevel` has it.
    """

    tokens: int
    total_tokens: int
    level: str


@dataclass(frozen=True, slots=True)
class OperationStarted(Event):
    """Something that takes time begins; `operations` lists what.

    Attributes:
        operation: its name.
        operation_id: the same in both events of one operation; no other one that runs has it.
    """

    operation: str
    operation_id: int


@dataclass(frozen=True, slots=True)
class OperationEnded(Event):
    """It is over.

    Attributes:
        operation: its name.
        operation_id: the same in both events of one operation.
        seconds: how long it took.
        attributes: numbers, names and flags.
        content: what was said, by whoever said it: not for a sink that is not told to keep content.
        error: the exception that ended it, or None.
    """

    operation: str
    operation_id: int
    seconds: float
    attributes: Mapping[str, Value]
    content: Mapping[str, str]
    error: BaseException | None


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


_Sink = TypeVar("_Sink", bound="Callable[[Any], None]")
_sinks: ContextVar[tuple[Sink, ...]] = ContextVar("context_core_sinks", default=())


@contextmanager
def listen(sink: _Sink) -> Generator[_Sink]:
    """Send the events of this context (thread or task) to a sink while the block runs; ``as`` names the sink.

    A sink's exception is its caller's: it comes out where the event was emitted, after the change it tells of, and
    after all other sinks have heard of it.

    Example:
        >>> from context_core import build, read
        >>> seen = []
        >>> with listen(seen.append):
        ...     _ = build(read([{"role": "user", "content": "hi"}]), session_id="s")
        >>> [event for event in seen if isinstance(event, GraphExtended)]
        [GraphExtended(session_id='s', nodes=1, tokens=5)]
    """
    token = _sinks.set((*_sinks.get(), sink))
    try:
        yield sink
    finally:
        _sinks.reset(token)


def is_heard() -> bool:
    """Return whether any sink listens in this context: what is dear to tell need not be told to nobody."""
    return bool(_sinks.get())


def emit(event: Event) -> None:
    """Send an event to every sink that listens in this context; the end of an operation to the last one first.

    So what sinks do as an operation starts, they undo as it ends, in turn. All hear of an event, whatever one of them
    raises; then its exception comes out, and those of further sinks are noted on it.
    """
    sinks = _sinks.get()
    raised: Exception | None = None
    for sink in reversed(sinks) if isinstance(event, OperationEnded) else sinks:
        try:
            sink(event)
        except Exception as error:
            if raised is None:
                raised = error
            else:
                raised.add_note(f"another sink raised {type(error).__qualname__}")
    if raised is not None:
        raise raised
