"""tau2-bench results: `simulations`, each with the messages between a simulated user, an agent and its tools.

- Calls are flat (``name``, ``arguments`` as an object), and a result's ``id`` is that of its call.
- The policy of the domain is the system prompt of the agent; it stands once, beside the simulations.
- A simulated user may call tools, too; its calls keep the role ``user``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.readers.blocks import call_part, content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.notes import UNREADABLE, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message, Part

FORMAT = "tau2"


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row holds simulations, or is one."""
    first = rows[0]
    return isinstance(first.get("simulations"), list) or (
        isinstance(first.get("messages"), list) and "termination_reason" in first and "task_id" in first
    )


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each simulation with its domain's policy before it."""
    for number, row in rows:
        simulations: Any = row.get("simulations")
        policy = _policy(row)
        for place, one in enumerate((row,) if simulations is None else simulations, start=1):
            if _is_simulation(one):
                name = one.get("id")
                yield name if isinstance(name, str) else None, [*policy, (place, one)]
            else:
                notes.damaged(number, f"simulation {place} has no messages")


def _is_simulation(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("messages"), list)


def _policy(row: dict[str, Any]) -> list[Row]:
    info: Any = row.get("info")
    environment = info.get("environment_info") if isinstance(info, dict) else None
    text = environment.get("policy") if isinstance(environment, dict) else None
    return [(1, {"messages": [{"role": "system", "content": text}]})] if isinstance(text, str) and text else []


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one simulation."""
    chain = Chain(FORMAT)
    for _, row in rows:
        for place, message in enumerate(_flat(row["messages"]), start=1):
            try:
                yield _message(message, chain)
            except UNREADABLE as error:
                notes.damaged(place, f"cannot be read as a message: {error}")


def _flat(said: list[Any]) -> Iterator[Any]:
    """Yield the messages, several results that stand in one each by itself."""
    for message in said:
        inner = message.get("tool_messages") if isinstance(message, dict) else None
        yield from inner if isinstance(inner, list) else [message]


def _message(message: Any, chain: Chain) -> Message:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise ValueError("it has no role")
    usage: Any = message.get("usage")
    return chain.add(
        message["role"],
        _parts(message),
        message,
        time=seconds(message.get("timestamp")),
        usage=usage if isinstance(usage, dict) else None,
    )


def _parts(message: dict[str, Any]) -> tuple[Part, ...]:
    if message["role"] == "tool":
        call_id = message.get("id")
        return result_parts(call_id if isinstance(call_id, str) else None, message.get("content"))
    calls: Any = message.get("tool_calls") or []
    return (*content_parts(message.get("content")), *(call_part(call) for call in calls))
