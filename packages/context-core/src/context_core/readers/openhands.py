"""OpenHands event streams: actions and observations, an array of events or the `history` of each result of a run.

- An agent's action is a call, in the words of the model where the event has its response, else with the action's
  arguments; several actions of one response are one message.
- An observation is the result of the action that it names as its `cause`; without one, of the oldest open action.
- Changes of the agent's state are the program's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps
from context_core.node import NodeType
from context_core.readers.blocks import call_part, content_parts, result_parts
from context_core.readers.chain import Chain
from context_core.readers.dialects import said
from context_core.readers.notes import UNREADABLE, seconds
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "openhands"
_UNSHOWN = {
    "change_agent_state",
    "agent_state_changed",
    "null",
    "pause",
    "resume",
    "stop",
    "start",
    "init",
    "initialize",
}
_INNER = {"thought", "hidden", "blocking", "confirmation_state", "security_risk", "keep_prompt", "impl_source"} | {
    "is_confirmed",
    "action_risk",
    "action",
    "translated_ipython_code",
    "kernel_init_code",
    "final_thought",
}
"""Fields of an action that the model did not write as arguments."""
_ENVELOPE = {"id", "timestamp", "source", "message", "timeout", "llm_metrics", "tool_call_metadata", "cause"}


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the first rows are events, or results whose history is of events."""
    first = rows[0]
    history: Any = first.get("history")
    if isinstance(history, list) and history:
        return all(_is_event(event) for event in _flat(history[:3]))
    return _is_event(first) and "source" in first and not {"role", "span_id"} & set(first)


def _is_event(event: Any) -> bool:
    return isinstance(event, dict) and (
        isinstance(event.get("action"), str) or isinstance(event.get("observation"), str)
    )


def _flat(history: list[Any]) -> Iterator[Any]:
    """Yield the events; the oldest files have them in pairs."""
    for event in history:
        yield from event if isinstance(event, list) else [event]


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each result of a run, or the one stream of events."""
    events: list[Row] = []
    for number, row in rows:
        if isinstance(row.get("history"), list):
            name = row.get("instance_id")
            inner = enumerate(_flat(row["history"]), start=1)
            yield (
                name if isinstance(name, str) else None,
                [(place, event if isinstance(event, dict) else {"": event}) for place, event in inner],
            )
        else:
            events.append((number, row))
    if events:
        yield None, events


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield one message an event that the model saw or said."""
    log = _Log(notes)
    for number, event in rows:
        try:
            message = log.message(event)
        except UNREADABLE as error:
            notes.damaged(number, f"cannot be read as an event: {error}")
            continue
        if message is not None:
            yield message


class _Log:
    """The stream so far: which message and which call each event is."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._chain = Chain(FORMAT)
        self._events: dict[str, tuple[str, str | None]] = {}
        self._responses: dict[str, str] = {}

    def message(self, event: dict[str, Any]) -> Message | None:
        """Return the event's message, or None where the model is shown nothing of it."""
        if isinstance(event.get("observation"), str):
            return self._observed(event)
        if not isinstance(event.get("action"), str):
            raise ValueError(f"it is neither an action nor an observation (keys: {', '.join(list(event)[:6])})")
        return self._acted(event)

    def _add(self, event: dict[str, Any], role: str, parts: Sequence[Part], **metadata: Any) -> Message:
        own_id = str(event["id"]) if isinstance(event.get("id"), (int, str)) else None
        message = self._chain.add(role, parts, event, id=own_id, time=seconds(event.get("timestamp")), **metadata)
        calls = [part.call_id for part in message.parts if part.type is NodeType.TOOL_CALL]
        if own_id is not None:
            self._events[own_id] = message.id, calls[0] if calls else None
        return message

    def _acted(self, event: dict[str, Any]) -> Message | None:
        action, arguments = event["action"], _arguments(event)
        if action in _UNSHOWN:
            return None
        if action == "system":
            return self._add(event, "system", content_parts(arguments.get("content")))
        if action == "message":
            role = "user" if event.get("source", "user") == "user" else "assistant"
            return self._add(event, role, (*content_parts(arguments.get("content")), *_images(arguments)))
        response = _response(event)
        if event.get("source") == "user":
            return self._add(event, "user", (Part(dumps({"action": action, **arguments}), kind="other"),))
        if action == "finish" and response is None:
            told = [arguments.get(key) for key in ("thought", "final_thought")] + [event.get("message")]
            return self._add(
                event, "assistant", content_parts([text for text in dict.fromkeys(map(_text, told)) if text])
            )
        return self._called(event, arguments, response)

    def _called(self, event: dict[str, Any], arguments: dict[str, Any], response: dict[str, Any] | None) -> Message:
        thought = content_parts(_text(arguments.get("thought")))
        if response is None:
            kept = {key: value for key, value in arguments.items() if key not in _INNER and value is not None}
            call = Part(dumps(kept), NodeType.TOOL_CALL, tool_name=event["action"])
            return self._add(event, "assistant", (*thought, call))
        response_id = str(response.get("id"))
        if isinstance(response.get("model"), str):
            self._notes.model = response["model"]
        words = tuple(part for part in said(_answer(response)).parts if part.type is NodeType.MESSAGE) or thought
        is_first = response_id not in self._responses
        usage = response.get("usage") if is_first and isinstance(response.get("usage"), dict) else None
        message = self._add(event, "assistant", (*(words if is_first else ()), _call(event, response)), usage=usage)
        group = self._responses.setdefault(response_id, message.id)
        return replace(message, group=group)

    def _observed(self, event: dict[str, Any]) -> Message | None:
        cause = self._events.get(str(event.get("cause")))
        parts = _observation(event)
        if event["observation"] in _UNSHOWN and not any(part.content for part in parts):
            return None
        if cause is not None and cause[1] is None:
            told = tuple(
                Part(part.content, kind=part.kind, metadata={"reminder": True}) for part in parts if part.content
            )
            message = self._add(event, "user", told) if told else None
        elif cause is None and event["observation"] in _UNSHOWN:
            return None
        else:
            call_id = cause[1] if cause is not None else None
            message = self._add(event, "tool", [replace(part, call_id=call_id) for part in parts])
        return message if message is None or cause is None else replace(message, causes=(cause[0],))


def _arguments(event: dict[str, Any]) -> dict[str, Any]:
    arguments: Any = event.get("args")
    if isinstance(arguments, dict):
        return arguments
    return {key: value for key, value in event.items() if key not in _ENVELOPE}


def _response(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the model's response that an action came of, where the event holds it."""
    metadata: Any = event.get("tool_call_metadata")
    response = metadata.get("model_response") if isinstance(metadata, dict) else None
    return response if isinstance(response, dict) else None


def _answer(response: dict[str, Any]) -> dict[str, Any]:
    choices: Any = response.get("choices")
    choice: Any = choices[0] if isinstance(choices, list) and choices else None
    answer = choice.get("message") if isinstance(choice, dict) else None
    return answer if isinstance(answer, dict) else {}


def _call(event: dict[str, Any], response: dict[str, Any]) -> Part:
    """Return the call as the model wrote it, else from the action's arguments."""
    metadata: dict[str, Any] = event["tool_call_metadata"]
    call_id = metadata.get("tool_call_id")
    for call in _answer(response).get("tool_calls") or ():
        if isinstance(call, dict) and call.get("id") == call_id:
            return call_part(call)
    kept = {key: value for key, value in _arguments(event).items() if key not in _INNER}
    return Part(
        dumps(kept),
        NodeType.TOOL_CALL,
        call_id=call_id if isinstance(call_id, str) else None,
        tool_name=str(metadata.get("function_name") or event["action"]),
    )


def _observation(event: dict[str, Any]) -> tuple[Part, ...]:
    """Return what the agent was shown: an editor's own words first, a command's exit behind its output."""
    content = _text(event.get("content"))
    extras: Any = event.get("extras")
    if not isinstance(extras, dict):
        return result_parts(None, content)
    told = _text(extras.get("formatted_output_and_error"))
    state: Any = extras.get("metadata")
    if isinstance(state, dict):
        content = _text(state.get("prefix")) + content + _text(state.get("suffix"))
    blocks = [{"type": "text", "text": text} for text in dict.fromkeys((told, content)) if text]
    screen = _text(extras.get("screenshot"))
    if screen.startswith("data:image/"):
        blocks.append({"type": "image", "url": screen})
    return result_parts(None, blocks if blocks else "")


def _images(arguments: dict[str, Any]) -> tuple[Part, ...]:
    urls: Any = arguments.get("image_urls") or arguments.get("images_urls")
    blocks = [{"type": "image", "url": url} for url in urls if isinstance(url, str)] if isinstance(urls, list) else []
    return content_parts(blocks)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
