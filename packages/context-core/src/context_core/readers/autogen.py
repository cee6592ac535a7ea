"""AutoGen: recorded calls of a model client, saved states of agents and teams, and lists of their messages.

- A recording is an array of calls, each with its messages and response: contexts that grow are read once.
- A team's state has the thread of the whole conversation; each agent's own context is a side chain named after it.
- ``ToolCallRequestEvent`` and ``FunctionCall`` are calls, ``ToolCallExecutionEvent`` their results.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id, text_bytes
from context_core.readers.blocks import call_part, content_parts, result_of
from context_core.readers.chain import Chain
from context_core.readers.dialects import Said
from context_core.readers.exchanges import Exchange, conversation
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "autogen"
_MODEL = {"SystemMessage", "UserMessage", "AssistantMessage", "FunctionExecutionResultMessage"}
_SPOKEN = {"TextMessage", "MultiModalMessage", "StopMessage", "HandoffMessage", "StructuredMessage", "ThoughtEvent"} | {
    "ToolCallRequestEvent",
    "ToolCallExecutionEvent",
    "ToolCallSummaryMessage",
    "MemoryQueryEvent",
    "ToolCallMessage",
    "ToolCallResultMessage",
}
_UNSHOWN = {"ModelClientStreamingChunkEvent", "UserInputRequestedEvent", "SelectSpeakerEvent", "CodeGenerationEvent"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first row is a recorded call, a saved state, or a message of AutoGen's."""
    first = rows[0]
    if _is_state(first):
        return True
    if isinstance(first.get("response"), (dict, str)) and "mode" in first:
        return isinstance(first.get("messages"), list)
    listed = _listed(first)
    return bool(listed) and all(_kind(message) in {*_MODEL, *_SPOKEN, *_UNSHOWN} for message in listed[:3])


def _is_state(row: dict[str, Any]) -> bool:
    keys = {"agent_states", "llm_messages", "llm_context", "message_thread"}
    return bool(keys & set(row)) and all(isinstance(row[key], (dict, list)) for key in keys & set(row))


def _listed(row: dict[str, Any]) -> list[Any]:
    held: Any = row.get("messages", [row])
    return held if isinstance(held, list) else []


def _kind(message: Any) -> str:
    return str(message.get("type")) if isinstance(message, dict) else ""


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of a recording, of a state, or of a list."""
    chain, recorded = Chain(FORMAT), list[Exchange]()
    for number, row in rows:
        try:
            if "response" in row and isinstance(row.get("messages"), list):
                recorded.append(_exchange(number, row))
            elif _is_state(row):
                yield from _of_state(row, chain)
            else:
                yield from _of_list(_listed(row), chain)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as AutoGen's: {error}")
    yield from conversation(recorded, {}, FORMAT)


def _exchange(number: int, row: dict[str, Any]) -> Exchange:
    response: Any = row["response"]
    answer = response if isinstance(response, dict) else {"content": response}
    said = _said({**answer, "type": "AssistantMessage"})
    usage: Any = answer.get("usage")
    asked = tuple(_said(message) for message in row["messages"])
    figures = usage if isinstance(usage, dict) else {}
    # Calls of a recording have no times; their order is their numbers'.
    exchange = Exchange(str(number), None, float(number), asked, (said,) if said.parts else (), figures)
    return exchange


def _of_list(listed: Iterable[Any], chain: Chain) -> Iterator[Message]:
    for message in listed:
        if _kind(message) in _UNSHOWN:
            continue
        said = _said(message)
        if said.parts:
            usage: Any = message.get("models_usage")
            time = seconds(message.get("created_at"))
            figures = usage if isinstance(usage, dict) else None
            yield chain.add(said.role, said.parts, message, time=time, agent=said.agent, usage=figures)


def _of_state(row: dict[str, Any], chain: Chain) -> Iterator[Message]:
    """Yield the thread of the whole conversation, and each agent's own context."""
    states: Any = row.get("agent_states")
    inner = {"": row} if not isinstance(states, dict) else {str(k): v for k, v in states.items() if isinstance(v, dict)}
    for state in inner.values():
        if isinstance(state.get("message_thread"), list):
            yield from _of_list(state["message_thread"], chain)
    for name, state in inner.items():
        own: Any = state.get("agent_state")
        agent: dict[str, Any] = own if isinstance(own, dict) else state
        context: Any = agent.get("llm_context") or agent.get("llm_messages")
        listed: Any = context.get("messages") if isinstance(context, dict) else context
        if isinstance(listed, list) and listed:
            yield from _of_agent(name.split("/")[0], listed, Chain(FORMAT))


def _of_agent(name: str, listed: list[Any], chain: Chain) -> Iterator[Message]:
    """Yield an agent's context: the main chain where it is the only one, else a side chain named after the agent."""
    chain.parent = chain_id(None, text_bytes(name)) if name else None
    root = chain.parent
    for message in _of_list(listed, chain):
        own = replace(message, parent=None) if message.parent == root else message
        yield replace(own, thread=name) if name else own


def _said(message: Any) -> Said:
    if not isinstance(message, dict):
        raise ValueError(f"got a message of type {type(message).__name__}; expected an object")
    kind, content, source = _kind(message), message.get("content"), message.get("source")
    agent = source if isinstance(source, str) and source not in ("", "user", "User") else None
    if kind == "SystemMessage":
        return Said("system", content_parts(content))
    if isinstance(content, list) and kind in (
        "FunctionExecutionResultMessage",
        "ToolCallExecutionEvent",
        "ToolCallResultMessage",
    ):
        return Said("tool", tuple(part for result in content for part in result_of(result)))
    if kind == "UserMessage" or (kind in _SPOKEN and agent is None):
        return Said("user", _content(content), agent)
    thought = message.get("thought")
    thinking = (Part(thought, kind="thinking"),) if isinstance(thought, str) and thought else ()
    parts = _content(content)
    if kind == "ThoughtEvent":
        parts = tuple(replace(part, kind="thinking") for part in parts)
    return Said("assistant", (*thinking, *parts), agent)


def _content(content: Any) -> tuple[Part, ...]:
    """Return the parts of content that may be a list of calls, of texts, of images (``{"data": …}``), or an object."""
    if not isinstance(content, list):
        return content_parts(content)
    parts: list[Part] = []
    for item in content:
        if isinstance(item, dict) and "arguments" in item and "name" in item:
            parts.append(call_part(item))
        elif isinstance(item, dict) and set(item) == {"data"}:
            parts += content_parts({"type": "image", "data": item["data"]})
        else:
            parts += content_parts([item])
    return tuple(parts)
