"""OpenTelemetry traces as Jaeger's JSON: `data`, a list of traces, each with spans, their tags and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers.notes import UNREADABLE, seconds
from context_core.readers.spans import Span, messages_of, sessions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "jaeger"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a list of traces, or one trace."""
    traces = _traces(rows[0])
    return bool(traces) and all(
        isinstance(t, dict) and "traceID" in t and isinstance(t.get("spans"), list) for t in traces
    )


def _traces(row: dict[str, Any]) -> list[Any]:
    data: Any = row.get("data", [row])
    return data if isinstance(data, list) else []


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield the spans of each conversation."""
    return sessions_of(_spans(rows, notes), notes)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one conversation's spans."""
    return messages_of(rows, notes, FORMAT)


def _spans(rows: Iterable[Row], notes: Notes) -> Iterator[Span]:
    for number, row in rows:
        for trace in _traces(row):
            for span in trace["spans"]:
                try:
                    yield _span(span)
                except UNREADABLE as error:
                    notes.damaged(number, f"cannot be read as a span: {error}")


def _span(span: dict[str, Any]) -> Span:
    start = span.get("startTime")
    logs = [_tags(log.get("fields")) for log in span.get("logs") or ()]
    parents = (r.get("spanID") for r in span.get("references") or () if r.get("refType", "CHILD_OF") == "CHILD_OF")
    parent = next(parents, span.get("parentSpanID"))
    return Span(
        str(span["spanID"]),
        str(span.get("traceID")),
        parent if isinstance(parent, str) and parent else None,
        str(span.get("operationName", "")),
        seconds(start / 1e6) if isinstance(start, (int, float)) else None,
        _tags(span.get("tags")),
        tuple((str(log.get("event", log.get("name", ""))), log) for log in logs),
    )


def _tags(listed: Any) -> dict[str, Any]:
    return {str(tag["key"]): tag.get("value") for tag in listed or ()}
