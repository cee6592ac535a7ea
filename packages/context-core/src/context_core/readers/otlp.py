"""OpenTelemetry traces as OTLP JSON: `resourceSpans` (or Tempo's `batches`), scopes, spans with typed attributes.

JSON Lines with such an object a line, as the collector's file exporter writes them, are one source.
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

FORMAT = "otlp"
_RESOURCES = ("resourceSpans", "resource_spans", "batches")
_SCOPES = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row holds the spans of resources."""
    body: Any = rows[0].get("trace", rows[0])
    return isinstance(body, dict) and any(isinstance(body.get(key), list) for key in _RESOURCES)


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield the spans of each conversation."""
    return sessions_of(_spans(rows, notes), notes)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one conversation's spans."""
    return messages_of(rows, notes, FORMAT)


def _spans(rows: Iterable[Row], notes: Notes) -> Iterator[Span]:
    for number, row in rows:
        body: Any = row.get("trace", row)
        for resource in _lists(body, _RESOURCES):
            for scope in _lists(resource, _SCOPES):
                for span in _lists(scope, ("spans",)):
                    try:
                        yield _span(span)
                    except UNREADABLE as error:
                        notes.damaged(number, f"cannot be read as a span: {error}")


def _lists(value: Any, keys: tuple[str, ...]) -> list[Any]:
    found: Any = next((value[key] for key in keys if isinstance(value, dict) and value.get(key)), [])
    if not isinstance(found, list):
        raise ValueError(f"got {keys[0]} of type {type(found).__name__}; expected a list")
    return found


def _span(span: dict[str, Any]) -> Span:
    start: Any = span.get("startTimeUnixNano", span.get("start_time_unix_nano"))
    events = [(str(event.get("name", "")), _attributes(event.get("attributes"))) for event in span.get("events") or ()]
    parent = span.get("parentSpanId", span.get("parent_span_id"))
    return Span(
        str(span.get("spanId", span.get("span_id"))),
        str(span.get("traceId", span.get("trace_id"))),
        parent if isinstance(parent, str) and parent else None,
        str(span.get("name", "")),
        seconds(int(start) / 1e9) if start is not None else None,
        _attributes(span.get("attributes")),
        tuple(events),
    )


def _attributes(listed: Any) -> dict[str, Any]:
    return {str(item["key"]): _value(item.get("value")) for item in listed or ()}


def _value(value: Any) -> Any:
    """Return a typed value as plain JSON."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    [(kind, inner)] = value.items()
    if kind in ("arrayValue", "array_value"):
        return [_value(item) for item in (inner or {}).get("values") or ()]
    if kind in ("kvlistValue", "kvlist_value"):
        return _attributes((inner or {}).get("values"))
    return int(inner) if kind in ("intValue", "int_value") and isinstance(inner, str) else inner
