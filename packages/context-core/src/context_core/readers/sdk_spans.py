"""Spans as the OpenTelemetry SDKs print them: an array, or a line each, of spans with attributes by name.

The JavaScript SDK writes `spanContext` and times as pairs of seconds and nanoseconds, the Python SDK `context` and ISO
times; Phoenix exports `context.span_id` as columns. OpenInference's and the Vercel AI SDK's spans come in these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers.notes import UNREADABLE, seconds
from context_core.readers.spans import Span, messages_of, sessions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "otel-sdk"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the rows are spans with a context and attributes."""
    first = rows[0]
    return (
        isinstance(first.get("attributes"), dict) and isinstance(first.get("name"), str) and _context(first) is not None
    )


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield the spans of each conversation."""
    return sessions_of(_spans(rows, notes), notes)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one conversation's spans."""
    return messages_of(rows, notes, FORMAT)


def _spans(rows: Iterable[Row], notes: Notes) -> Iterator[Span]:
    for number, row in rows:
        try:
            yield _span(row)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as a span: {error}")


def _context(row: dict[str, Any]) -> tuple[str, str] | None:
    """Return the ids of a span and its trace, None where the row is no span."""
    inner: Any = row.get("spanContext") or row.get("context") or row
    if not isinstance(inner, dict):
        return None
    span = inner.get("spanId") or inner.get("span_id") or inner.get("context.span_id") or inner.get("id")
    trace = inner.get("traceId") or inner.get("trace_id") or inner.get("context.trace_id")
    return (span, trace) if isinstance(span, str) and isinstance(trace, str) else None


def _span(row: dict[str, Any]) -> Span:
    context = _context(row)
    if context is None:
        raise ValueError(f"it has no ids of span and trace (keys: {', '.join(list(row)[:6])})")
    around: Any = row.get("parentSpanContext")
    keys = ("parentSpanId", "parent_id", "parentId", "parent_span_id")
    parent = (
        around.get("spanId") if isinstance(around, dict) else next((row[key] for key in keys if row.get(key)), None)
    )
    start = next(
        (row[key] for key in ("startTime", "start_time", "startTimeUnixNano") if row.get(key) is not None), None
    )
    attributes = row["attributes"]
    if not isinstance(attributes, dict):
        raise ValueError(f"got attributes of type {type(attributes).__name__}; expected an object")
    events = [(str(event.get("name", "")), dict(event.get("attributes") or {})) for event in row.get("events") or ()]
    return Span(
        context[0],
        context[1],
        parent if isinstance(parent, str) else None,
        str(row.get("name", "")),
        _time(start),
        attributes,
        tuple(events),
    )


def _time(start: Any) -> float | None:
    if isinstance(start, list) and len(start) == 2:
        return seconds(start[0] + start[1] / 1e9)
    if isinstance(start, (int, float)) and start > 1e14:
        return seconds(start / 1e9)
    return seconds(start)
