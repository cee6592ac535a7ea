"""Langfuse traces: `observations`, those of models with `input` and `output`, as each framework had them.

- A ``GENERATION`` is a model's call, a ``TOOL`` a tool's run; other observations tell what lies around what.
- A trace without a generation is what its own input and output say.
- Attributes that a framework sent and Langfuse did not interpret stand in the observation's ``metadata``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers.exchanges import Exchange, conversation
from context_core.readers.notes import UNREADABLE, seconds
from context_core.readers.payloads import parsed, said_in
from context_core.readers.spans import Span, exchange_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "langfuse"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a trace with observations, or an observation."""
    listed = _observations(rows[0])
    return bool(listed) and all(isinstance(one, dict) and "traceId" in one and "type" in one for one in listed[:3])


def _observations(row: dict[str, Any]) -> list[Any]:
    trace: Any = row.get("trace")
    for holder in (row, trace if isinstance(trace, dict) else {}):
        listed: Any = holder.get("observations") or holder.get("data")
        if isinstance(listed, list) and listed:
            return listed
    return [row] if "parentObservationId" in row else []


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield the observations of each trace, named by the trace's id."""
    traces: dict[str, list[Row]] = {}
    for _, row in rows:
        trace: Any = row.get("trace", row)
        for place, one in enumerate(_observations(row), start=1):
            name = str(one.get("traceId")) if isinstance(one, dict) else ""
            traces.setdefault(name, [(0, trace)] if isinstance(trace, dict) else []).append((place, one))
    yield from traces.items()


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one trace."""
    around: dict[str, str | None] = {}
    exchanges: list[Exchange] = []
    own: dict[str, Any] = {}
    for place, row in rows:
        if place == 0:
            own = row
            continue
        try:
            exchange = _exchange(row, notes)
            around[str(row.get("id"))] = row.get("parentObservationId")
        except UNREADABLE as error:
            notes.damaged(place, f"cannot be read as an observation: {error}")
            continue
        exchanges += [exchange] if exchange is not None else []
    if not any(exchange.tool is None for exchange in exchanges):
        exchanges += _of_trace(own)
    yield from conversation(exchanges, around, FORMAT)


def _of_trace(trace: dict[str, Any]) -> list[Exchange]:
    asked, answered = said_in(parsed(trace.get("input")), "user"), said_in(parsed(trace.get("output")), "assistant")
    time = seconds(trace.get("timestamp"))
    return [Exchange("trace", None, time, tuple(asked), tuple(answered))] if asked or answered else []


def _exchange(row: dict[str, Any], notes: Notes) -> Exchange | None:
    kind = str(row.get("type")).upper()
    if isinstance(row.get("model"), str) and row["model"]:
        notes.model = row["model"]
    around = row.get("parentObservationId")
    parent = around if isinstance(around, str) else None
    name, time = str(row.get("name") or ""), seconds(row.get("startTime"))
    span = Span(str(row.get("id")), "", parent, name, time, _attributes(row))
    if kind == "TOOL":
        found = exchange_of(
            Span(span.id, "", parent, name, time, {**span.attributes, "gen_ai.operation.name": "execute_tool"})
        )
        tool = found.tool if found is not None else None
        return Exchange(
            span.id,
            parent,
            time,
            tool=tool or name,
            call_id=found.call_id if found is not None else None,
            arguments=_first(_input(row), found.arguments if found is not None else None),
            result=_first(parsed(row.get("output")), found.result if found is not None else None),
        )
    if kind != "GENERATION":
        return None
    asked, answered = said_in(parsed(row.get("input")), "user"), said_in(parsed(row.get("output")), "assistant")
    usage: Any = row.get("usageDetails") or row.get("usage")
    if not asked and not answered:
        return exchange_of(span)
    return Exchange(span.id, parent, time, tuple(asked), tuple(answered), usage if isinstance(usage, dict) else {})


def _input(row: dict[str, Any]) -> Any:
    """Return a tool's arguments; some frameworks wrap them."""
    value = parsed(row.get("input"))
    if isinstance(value, dict) and set(value) == {"input"} and isinstance(value["input"], dict):
        return value["input"]
    return value


def _first(*values: Any) -> Any:
    return next((value for value in values if value not in (None, {}, "")), None)


def _attributes(row: dict[str, Any]) -> dict[str, Any]:
    metadata: Any = parsed(row.get("metadata"))
    attributes: Any = metadata.get("attributes") if isinstance(metadata, dict) else None
    return {str(key): value for key, value in attributes.items()} if isinstance(attributes, dict) else {}
