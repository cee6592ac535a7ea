"""SpanSink: core's operations as OpenTelemetry spans.

1. An operation that starts is a span, child of the one that is current, and is current itself until it ends. So spans
   of other libraries, such as an HTTP client's, nest in it, and it nests in the caller's.
2. What an operation notes is an attribute, by the names of `conventions`; what was said is left out unless asked for.
3. All other events are events of the span that is current.

Where spans go, and which are sampled, is the tracer provider's business; none is set here for the process.
"""

from __future__ import annotations

from dataclasses import fields
from threading import Lock
from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span, get_tracer, set_span_in_context

from context_core import OperationEnded, OperationStarted, SummaryFailed, WindowCompressed
from context_observe import conventions
from context_observe.capture import captures_content

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from opentelemetry.trace import Span, TracerProvider

    from context_core import Event
    from context_core.events import Value

    Running = tuple[Span, Any]


class SpanSink:
    """Makes spans of what it hears; give it to `context_core.listen`. Threads may share one.

    Args:
        tracer_provider: makes and exports the spans; the process's own unless given, which does nothing until the
            application sets one up.
        capture_content: whether queries, tasks, summaries, references and the words of errors are recorded; what
            ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says unless given.
        leave_out: operations that get no span, such as ``store.get``, of which restoring makes one a content; what
            runs inside them is a child of what they run in.

    Example:
        >>> from context_core import listen, operation
        >>> with listen(SpanSink(leave_out={"store.get"})), operation("search", "s"):
        ...     pass
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        *,
        capture_content: bool | None = None,
        leave_out: Collection[str] = (),
    ) -> None:
        self._tracer = get_tracer("context_observe", tracer_provider=tracer_provider)
        self._captures = captures_content(capture_content)
        self._leave_out = frozenset(leave_out)
        self._running: dict[int, Running] = {}
        self._lock = Lock()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if isinstance(event, OperationStarted):
            if event.operation not in self._leave_out:
                self._start(event)
        elif isinstance(event, OperationEnded):
            self._end(event)
        else:
            _note(get_current_span(), event, self._captures)

    def _start(self, event: OperationStarted) -> None:
        name = event.operation
        attributes: dict[str, Value] = {conventions.OPERATION_NAME: conventions.OPERATION_NAMES.get(name, name)}
        if event.session_id:
            attributes[conventions.CONVERSATION_ID] = event.session_id
        kind = SpanKind.CLIENT if name == "chat" else SpanKind.INTERNAL
        span = self._tracer.start_span(name, kind=kind, attributes=attributes)
        token = contexts.attach(set_span_in_context(span))
        with self._lock:
            stale = self._running.pop(event.operation_id, None)
            self._running[event.operation_id] = span, token
        if stale is not None:  # its end was not heard: the sink had stopped listening by then
            stale[0].end()

    def _end(self, event: OperationEnded) -> None:
        with self._lock:
            running = self._running.pop(event.operation_id, None)
        if running is None:  # it was left out, or had started before anyone listened
            return
        span, token = running
        contexts.detach(token)
        if event.session_id:
            span.set_attribute(conventions.CONVERSATION_ID, event.session_id)
        span.set_attributes(_named(event.operation, event.attributes))
        if self._captures:
            span.set_attributes(_named(event.operation, event.content))
        if event.error is not None:
            _fail(span, event.error, self._captures)
        span.end()


def _named(operation: str, values: Mapping[str, Value]) -> dict[str, Value]:
    return {conventions.attribute(operation, name): value for name, value in values.items()}


def _fail(span: Span, error: BaseException, captures: bool) -> None:
    """Note an error by its type; its words may quote what was said."""
    span.set_attribute(conventions.ERROR_TYPE, type(error).__qualname__)
    span.set_status(Status(StatusCode.ERROR, str(error) if captures else None))


def _note(span: Span, event: Event, captures: bool) -> None:
    if not span.is_recording():
        return
    if isinstance(event, WindowCompressed):
        for saving in event.savings:
            span.add_event("context.saving", _values(saving))
        span.set_attribute("context.tokens_saved", event.tokens_before - event.tokens_after)
        return
    values = _values(event)
    if isinstance(event, SummaryFailed) and not captures:
        del values["context.error"]
    span.add_event(f"context.{type(event).__name__}", values)


def _values(record: Any) -> dict[str, Value]:
    """Return the fields that an attribute can hold."""
    pairs = ((field.name, getattr(record, field.name)) for field in fields(record) if field.name != "session_id")
    return {f"context.{name}": value for name, value in pairs if isinstance(value, str | int | float | bool)}
