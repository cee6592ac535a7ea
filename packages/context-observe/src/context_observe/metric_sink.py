"""MetricSink: core's events, and the application's outcomes, as OpenTelemetry metrics.

Labels are operations, strategies, tiers, levels, caches, outcomes and kinds of error: few values each, never the id of
a session or a node. Where metrics go is the meter provider's business: `prometheus_metrics`, `otlp_metrics`, or one of
your own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry.metrics import Observation, get_meter

from context_core import (
    CacheAsked,
    GraphExtended,
    OperationEnded,
    PromptRendered,
    SummaryFailed,
    WindowCompressed,
)
from context_observe import conventions as names
from context_observe.instruments import instruments
from context_observe.outcomes import FaultMet, SessionResumed, TaskEnded, TaskStarted, WorkRedone, WorkReviewed
from context_observe.sessions import HUNG_SECONDS, Sessions
from context_observe.ways_back import brought_back, is_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opentelemetry.metrics import CallbackOptions, Counter, MeterProvider

    from context_core import Event


class MetricSink:
    """Counts and measures what it hears; give it to `context_core.listen`. Threads may share one.

    Args:
        meter_provider: makes and exports the metrics; the process's own unless given, which does nothing until the
            application sets one up.
        hung_seconds: a session with a task (`TaskStarted`) that is silent for longer counts as hung.
        clock: returns seconds that only grow.

    Raises:
        ValueError: `hung_seconds` is not positive.

    Example:
        >>> from context_core import build, listen, read
        >>> with listen(MetricSink()):
        ...     _ = build(read([{"role": "user", "content": "hi"}]))
    """

    def __init__(
        self,
        meter_provider: MeterProvider | None = None,
        *,
        hung_seconds: float = HUNG_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = Sessions(clock, hung_seconds)
        meter = get_meter("context_observe", meter_provider=meter_provider)
        self._to = instruments(meter)
        meter.create_observable_gauge(names.AGENTS_ACTIVE, [self._active], "{agent}", "Sessions that have a task")
        meter.create_observable_gauge(names.AGENTS_HUNG, [self._hung], "{agent}", "Those of them that fell silent")
        self._takers: dict[type[Event], Callable[..., None]] = {
            OperationEnded: self._operation,
            GraphExtended: self._extended,
            WindowCompressed: self._compressed,
            PromptRendered: self._prompt,
            SummaryFailed: self._summary_failed,
            CacheAsked: self._asked,
            TaskStarted: lambda event: self._sessions.begin(event.session_id),
            TaskEnded: self._task_ended,
            WorkReviewed: lambda event: self._count(self._to.reviews, "approved", "rejected", event.approved),
            WorkRedone: lambda event: self._to.rework.add(1),
            FaultMet: lambda event: self._count(self._to.faults, "recovered", "stuck", event.recovered),
            SessionResumed: lambda event: self._count(self._to.resumptions, "succeeded", "failed", event.succeeded),
        }

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if event.session_id and not isinstance(event, TaskEnded):
            self._sessions.hear(event.session_id, event.tokens if isinstance(event, GraphExtended) else 0)
        take = self._takers.get(type(event))
        if take is not None:
            take(event)

    def _operation(self, event: OperationEnded) -> None:
        labels = {names.OPERATION: event.operation}
        if event.error is not None:
            labels[names.ERROR_TYPE] = type(event.error).__qualname__
        self._to.operation_duration.record(event.seconds, labels)
        if is_lost(event):
            self._to.references_lost.add(1, {names.ERROR_TYPE: type(event.error).__qualname__})
        if nodes := brought_back(event):
            self._to.nodes_restored.add(nodes, {names.OPERATION: event.operation})
        if event.operation == "chat":
            self._chat(event)

    def _chat(self, event: OperationEnded) -> None:
        labels = {names.OPERATION_NAME: "chat", names.REQUEST_MODEL: str(event.attributes.get("model", ""))}
        self._to.client_duration.record(event.seconds, labels)
        for kind in ("input", "output"):
            tokens = event.attributes.get(f"{kind}_tokens")
            if tokens is not None:
                self._to.client_tokens.record(int(tokens), {**labels, names.TOKEN_TYPE: kind})

    def _extended(self, event: GraphExtended) -> None:
        self._to.tokens_added.add(event.tokens)

    def _compressed(self, event: WindowCompressed) -> None:
        self._to.compressions.add(1)
        if event.tokens_before:
            self._to.compression_ratio.record(event.tokens_after / event.tokens_before)
        for saving in event.savings:
            if saving.tokens_saved > 0:
                labels = {names.STRATEGY: saving.strategy, names.TIER: saving.tier}
                self._to.tokens_saved.add(saving.tokens_saved, labels)

    def _prompt(self, event: PromptRendered) -> None:
        share, labels = event.tokens / event.total_tokens, {names.LEVEL: event.level}
        self._to.prompt_tokens.record(event.tokens, labels)
        self._to.budget_utilization.record(share)
        self._to.budget_share.set(share)

    def _summary_failed(self, event: SummaryFailed) -> None:
        self._to.summary_failures.add(1, {names.SUMMARIZER: event.summarizer})

    def _asked(self, event: CacheAsked) -> None:
        self._to.cache_requests.add(1, {names.CACHE: event.cache, names.OUTCOME: event.outcome})

    def _task_ended(self, event: TaskEnded) -> None:
        self._count(self._to.tasks, "completed", "failed", event.completed)
        self._to.session_tokens.record(self._sessions.end(event.session_id))

    def _count(self, counter: Counter, good: str, bad: str, is_good: bool) -> None:
        counter.add(1, {names.OUTCOME: good if is_good else bad})

    def _active(self, options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._sessions.counts()[0])]

    def _hung(self, options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._sessions.counts()[1])]
