"""ShareGPT-like data: `conversations` of turns with `from` and `value`, one conversation a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers.blocks import call_part, content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.dialects import role_of
from context_core.readers.notes import UNREADABLE
from context_core.readers.payloads import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message, Part

FORMAT = "sharegpt"
_LISTS = ("conversations", "conversation", "items")
_RESULTS = {"tool", "observation", "function_response", "tool_response"}
_CALLS = {"function_call", "tool_call"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row holds turns with a speaker and a value, or is one."""
    turns = _turns(rows[0])
    return bool(turns) and all(
        isinstance(t, dict) and isinstance(t.get("from"), str) and "value" in t for t in turns[:3]
    )


def _turns(row: dict[str, Any]) -> list[Any]:
    held = next((row[key] for key in _LISTS if isinstance(row.get(key), list)), None)
    return held if held is not None else [row] if "from" in row else []


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each conversation, named by its id where it has one; turns a row each are one conversation."""
    turns: list[Row] = []
    for number, row in rows:
        if "from" in row:
            turns.append((number, row))
            continue
        name = row.get("id")
        yield name if isinstance(name, str) else None, [(number, row)]
    if turns:
        yield None, turns


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the turns of one conversation."""
    chain = Chain(FORMAT)
    for number, row in rows:
        system = row.get("system")
        if isinstance(system, str) and system:
            yield chain.add("system", content_parts(system), system)
        for place, turn in enumerate(_turns(row), start=1):
            try:
                role, parts = _said(turn)
                yield chain.add(role, parts, turn)
            except UNREADABLE as error:
                notes.damaged(number if "from" in row else place, f"cannot be read as a turn: {error}")


def _said(turn: Any) -> tuple[str, tuple[Part, ...]]:
    if not isinstance(turn, dict) or not isinstance(turn.get("from"), str):
        raise ValueError("it does not say whom it is from")
    speaker, value = turn["from"], turn.get("value")
    if speaker in _RESULTS:
        return "tool", result_parts(None, value)
    call = parsed(value) if speaker in _CALLS else None
    if isinstance(call, dict) and "name" in call:
        return "assistant", (call_part(call),)
    return "assistant" if speaker in _CALLS else role_of(speaker), content_parts(value)
