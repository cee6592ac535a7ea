"""A provider's answer that came as server-sent events, put together as the answer that is not streamed.

1. Anthropic: ``message_start``, then each content block's start and deltas, then what ends the message.
2. OpenAI Responses: the event that ends it holds the whole response.
3. OpenAI Chat and Gemini: chunks of the first choice, or candidate, are joined.
"""

from __future__ import annotations

from typing import Any

from context_core.json_text import dumps, loads


def whole_of(stream: str) -> dict[str, Any] | None:
    """Return the body that a stream of events stands for, None where it holds no answer.

    Raises:
        ValueError: an event is not JSON.

    Example:
        >>> whole_of('data: {"choices": [{"delta": {"role": "assistant", "content": "h"}}]}\\n\\ndata: [DONE]')
        {'choices': [{'message': {'role': 'assistant', 'content': 'h'}}]}
    """
    events = [event for event in map(_event, stream.splitlines()) if isinstance(event, dict)]
    for event in events:
        if isinstance(event.get("response"), dict) and event.get("type") in (
            "response.completed",
            "response.incomplete",
        ):
            return event["response"]
    if any(event.get("type") == "message_start" for event in events):
        return _anthropic(events)
    if any("choices" in event for event in events):
        return _chat(events)
    candidates = [event for event in events if "candidates" in event]
    return _gemini(candidates) if candidates else None


def _event(line: str) -> Any:
    data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
    return loads(data) if data.startswith("{") else None


def _anthropic(events: list[dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        kind, index = event.get("type"), int(event.get("index") or 0)
        if kind == "message_start":
            message = dict(event["message"])
        elif kind == "content_block_start":
            blocks[index] = dict(event["content_block"])
        elif kind == "content_block_delta":
            _add(blocks[index], event["delta"])
        elif kind == "message_delta":
            message |= event.get("delta") or {}
            message["usage"] = {**(message.get("usage") or {}), **(event.get("usage") or {})}
    for block in blocks.values():
        written = block.pop("_json", "")
        if written:
            block["input"] = loads(written)
    return {**message, "content": [blocks[index] for index in sorted(blocks)]}


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    for key in ("text", "thinking", "signature"):
        if isinstance(delta.get(key), str):
            block[key] = (block.get(key) or "") + delta[key]
    if isinstance(delta.get("partial_json"), str):
        block["_json"] = block.get("_json", "") + delta["partial_json"]
    if isinstance(delta.get("citation"), dict):
        block["citations"] = [*(block.get("citations") or ()), delta["citation"]]


def _chat(events: list[dict[str, Any]]) -> dict[str, Any]:
    message: dict[str, Any] = {}
    calls: dict[int, dict[str, Any]] = {}
    body: dict[str, Any] = {}
    for event in events:
        body |= {key: event[key] for key in ("id", "model", "usage") if event.get(key)}
        for choice in (event.get("choices") or ())[:1]:
            delta: dict[str, Any] = choice.get("delta") or {}
            for call in delta.get("tool_calls") or ():
                _join(
                    calls.setdefault(int(call.get("index") or 0), {}), {k: v for k, v in call.items() if k != "index"}
                )
            _join(message, {key: value for key, value in delta.items() if key != "tool_calls"})
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return {**body, "choices": [{"message": message}]}


def _join(whole: dict[str, Any], piece: dict[str, Any]) -> None:
    """Add a piece's texts to those of the whole; what is no text, or names a thing, is taken once."""
    for key, value in piece.items():
        if isinstance(value, dict):
            _join(whole.setdefault(key, {}), value)
        elif isinstance(value, str) and isinstance(whole.get(key), str) and key not in ("id", "type", "role"):
            whole[key] += value
        elif value is not None:
            whole[key] = value


def _gemini(events: list[dict[str, Any]]) -> dict[str, Any]:
    parts: list[Any] = []
    for event in events:
        for candidate in event["candidates"][:1]:
            content = candidate.get("content") or {}
            parts += content.get("parts") or ()
    usage = next((event["usageMetadata"] for event in reversed(events) if "usageMetadata" in event), None)
    body = {"candidates": [{"content": {"role": "model", "parts": _joined(parts)}}]}
    return {**body, "usageMetadata": usage} if usage else body


def _joined(parts: list[Any]) -> list[Any]:
    """Return the parts, neighbouring texts of one kind as one."""
    joined: list[Any] = []
    for part in parts:
        plain = isinstance(part, dict) and "text" in part
        last = joined[-1] if joined else None
        if (
            plain
            and isinstance(last, dict)
            and "text" in last
            and dumps({**last, "text": ""}) == dumps({**part, "text": ""})
        ):
            joined[-1] = {**last, "text": last["text"] + part["text"]}
        else:
            joined.append(part)
    return joined
