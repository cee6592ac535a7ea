"""Inspect evaluation logs: one document with `samples`, each with the messages of one conversation.

- A call's ``function`` is the tool's name; its ``arguments`` are an object.
- Long contents stand in the sample's ``attachments`` and are referred to by ``attachment://`` and their hash.
- Token figures stand in the sample's model events, by the message that they answered with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers.blocks import result_parts
from context_core.readers.chain import Chain
from context_core.readers.dialects import said
from context_core.readers.notes import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message, Part

FORMAT = "inspect"
_ATTACHED = "attachment://"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a log of an evaluation, or one sample of it."""
    first = rows[0]
    is_log = isinstance(first.get("eval"), dict) and "version" in first and "status" in first
    return is_log or (isinstance(first.get("messages"), list) and "epoch" in first and "id" in first)


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each sample, named by its id and epoch."""
    for number, row in rows:
        evaluation: Any = row.get("eval")
        if isinstance(evaluation, dict) and isinstance(evaluation.get("model"), str):
            notes.model = evaluation["model"]
        samples: Any = row.get("samples") or ()
        for place, sample in enumerate(samples if "eval" in row else (row,), start=1):
            if _is_sample(sample):
                yield f"{sample.get('id', place)}/{sample.get('epoch', 1)}", [(place, sample)]
            else:
                notes.damaged(number, f"sample {place} has no messages")


def _is_sample(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("messages"), list)


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one sample."""
    chain = Chain(FORMAT)
    for _, sample in rows:
        usage = _usage(sample)
        attachments: Any = sample.get("attachments")
        for place, message in enumerate(sample["messages"], start=1):
            try:
                whole = _attached(message, attachments) if isinstance(attachments, dict) else message
                yield _message(whole, chain, usage, notes)
            except UNREADABLE as error:
                notes.damaged(place, f"cannot be read as a message: {error}")


def _message(message: Any, chain: Chain, usage: Mapping[str, Any], notes: Notes) -> Message:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ValueError("it has no role")
    own_id = message.get("id") if isinstance(message.get("id"), str) and message["id"] else None
    if isinstance(message.get("model"), str):
        notes.model = message["model"]
    return chain.add(message["role"], _parts(message), message, id=own_id, usage=usage.get(own_id or ""))


def _parts(message: dict[str, Any]) -> tuple[Part, ...]:
    if message["role"] != "tool":
        return said(message).parts
    error: Any = message.get("error")
    content = message.get("content")
    if not content and isinstance(error, dict):
        content = error.get("message")
    call_id = message.get("tool_call_id")
    name = message.get("function")
    return result_parts(call_id if isinstance(call_id, str) else None, content, name if isinstance(name, str) else None)


def _usage(sample: dict[str, Any]) -> dict[str, Any]:
    """Return the token figures by the id of the message that came of them."""
    found: dict[str, Any] = {}
    events: Any = sample.get("events")
    outputs = [event.get("output") for event in events if isinstance(event, dict)] if isinstance(events, list) else []
    for output in (output for output in [sample.get("output"), *outputs] if isinstance(output, dict)):
        choices, figures = output.get("choices"), output.get("usage")
        for choice in choices if isinstance(choices, list) else []:
            message = choice.get("message") if isinstance(choice, dict) else None
            if isinstance(message, dict) and isinstance(figures, dict):
                found[str(message.get("id"))] = figures
    return found


def _attached(value: Any, attachments: Mapping[str, Any]) -> Any:
    """Return a value with the attachments that it refers to in their places."""
    if isinstance(value, str) and value.startswith(_ATTACHED):
        return attachments.get(value.removeprefix(_ATTACHED), value)
    if isinstance(value, dict):
        return {key: _attached(item, attachments) for key, item in value.items()}
    return [_attached(item, attachments) for item in value] if isinstance(value, list) else value
