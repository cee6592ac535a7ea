"""Content blocks, whichever dialect they are written in, to parts.

1. Text, thinking, images, calls and results are known by their block's type, or by the key that holds them.
2. Arguments become the text of a JSON object. A result's text is that of its blocks, or of the one field that holds it.
3. A block that is none of these is kept whole, as its JSON text.

Dialects: Anthropic, OpenAI Chat and Responses, Gemini (and ADK), Bedrock Converse, Vercel's AI SDK, OpenTelemetry's
`gen_ai` parts, LangChain, Inspect, Pi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, json_object
from context_core.node import NodeType
from context_core.readers.images import image_of
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TEXTS = {"text", "input_text", "output_text", "summary_text", "refusal", "message"}
_THOUGHTS = {"thinking", "reasoning", "thought", "reasoningContent", "reasoning_content"}
_CALLS = {"tool_use", "tool_call", "toolCall", "tool-call", "function", "function_call", "custom", "server_tool_use"}
_RESULTS = {"tool_result", "toolResult", "tool-result", "tool_call_response", "function_call_output", "function_result"}
_WRAPPED_CALLS = ("functionCall", "function_call", "toolUse", "tool_call")
_WRAPPED_RESULTS = ("functionResponse", "function_response", "toolResult", "tool_response")
_IDS = ("call_id", "callId", "tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "id")
_NAMES = ("name", "tool_name", "toolName", "function")
_ARGUMENTS = ("arguments", "args", "input", "parameters")
_MCP = {"content", "isError", "is_error", "structuredContent", "structured_content", "meta", "_meta", "annotations"}
"""Fields of a result as the Model Context Protocol has it."""
_OUTPUTS = ("output", "result", "response", "content")


def content_parts(content: Any) -> tuple[Part, ...]:
    """Return the parts of a message's content; none where it says nothing.

    Example:
        >>> [part.content for part in content_parts([{"type": "text", "text": "hi"}, "ho"])]
        ['hi', 'ho']
    """
    if content is None or content == "":
        return ()
    if isinstance(content, str):
        return (Part(content),)
    if isinstance(content, list):
        return tuple(part for block in content for part in block_parts(block))
    return block_parts(content)


def block_parts(block: Any) -> tuple[Part, ...]:
    """Return the parts of one block."""
    if isinstance(block, str):
        return (Part(block),) if block else ()
    if not isinstance(block, dict):
        return () if block is None else (Part(dumps(block), kind="other"),)
    for key in _WRAPPED_CALLS:
        if isinstance(block.get(key), dict):
            return (call_part(block[key]),)
    for key in _WRAPPED_RESULTS:
        if isinstance(block.get(key), dict):
            return result_of(block[key])
    return _typed_parts(block, str(block.get("type") or ""))


def _typed_parts(block: dict[str, Any], kind: str) -> tuple[Part, ...]:
    if kind in _RESULTS:
        return result_of(block)
    if kind in _CALLS and tool_name(block) is not None:
        return (call_part(block),)
    if kind in _THOUGHTS or block.get("thought") is True or not _THOUGHTS.isdisjoint(block):
        return _thinking(block)
    image = image_of(block)
    if image is not None:
        return (Part(dumps(image), kind="image"),)
    if kind in _TEXTS or not kind:
        text = first_text(block, "text", "refusal", "content")
        if text is not None:
            return (Part(text),)
    return (Part(dumps(block), kind="other"),)


def _thinking(block: dict[str, Any]) -> tuple[Part, ...]:
    """Return what was thought, and its signature; thinking that is hidden is an empty text with all fields."""
    texts = [text for text in _thoughts(block) if text]
    signatures = ("signature", "thoughtSignature", "thought_signature", "thinkingSignature")
    kept = signatures if texts else tuple(key for key in block if key not in ("type", "thinking", "text"))
    fields = {key: block[key] for key in kept if block.get(key)}
    return (Part("\n\n".join(texts), kind="thinking", metadata={"fields": fields} if fields else {}),)


def _thoughts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _thoughts(item)
    elif isinstance(value, dict):
        for key in ("text", "thinking", "reasoning", "summary", "content", "reasoningText", "reasoningContent"):
            yield from _thoughts(value.get(key))


def call_part(call: Mapping[str, Any]) -> Part:
    """Return a call as a part, whichever keys hold its name, arguments and id.

    Example:
        >>> call_part({"toolName": "ls", "args": {"path": "."}, "toolCallId": "c"}).content
        '{"path":"."}'
    """
    inner: Any = call.get("function") if isinstance(call.get("function"), dict) else call.get("custom")
    body: Mapping[str, Any] = inner if isinstance(inner, dict) else call
    arguments = next((body[key] for key in _ARGUMENTS if body.get(key) is not None), "")
    name = tool_name(body) or tool_name(call) or "unknown"
    return Part(json_object(arguments), NodeType.TOOL_CALL, call_id=call_id_of(call), tool_name=name)


def result_of(block: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return a result's block as parts, whichever keys hold its output and id."""
    value = next((block[key] for key in _OUTPUTS if block.get(key) is not None), None)
    return result_parts(call_id_of(block), value, tool_name(block))


def result_parts(call_id: str | None, value: Any, name: str | None = None) -> tuple[Part, ...]:
    """Return a result as parts: a text as it is, blocks a part each, any other value as JSON text.

    Example:
        >>> [part.content for part in result_parts("c", {"output": "a.py"})]
        ['a.py']
    """
    value = _unwrapped(value)
    if isinstance(value, list) and value and all(isinstance(block, dict) and "type" in block for block in value):
        inner = tuple(part for block in value for part in block_parts(_unwrapped_block(block)))
        if inner and all(part.type is NodeType.MESSAGE for part in inner):
            return tuple(_numbered(inner, call_id, name))
    text = value if isinstance(value, str) else "" if value is None else dumps(value)
    return (Part(text, NodeType.TOOL_RESULT, call_id=call_id, tool_name=name),)


def _numbered(parts: Iterable[Part], call_id: str | None, name: str | None) -> Iterator[Part]:
    for number, part in enumerate(parts):
        metadata = {"block": number} if number else {}
        yield Part(part.content, NodeType.TOOL_RESULT, part.kind, call_id, name, metadata)


def _unwrapped(value: Any) -> Any:
    """Return what a result's wrapping holds, such as ``{"output": "…"}`` or ``{"type": "text", "value": "…"}``."""
    if not isinstance(value, dict):
        return value
    if value.get("type") in ("text", "json", "content", "error-text", "error-json") and "value" in value:
        return value["value"]
    if len(value) == 1 and "content" not in value:
        [(key, inner)] = value.items()
        return inner if key in ("output", "result") and isinstance(inner, str) else value
    if isinstance(value.get("content"), list) and set(value) <= _MCP and not value.get("isError"):
        return value["content"]
    return value


def _unwrapped_block(block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": dumps(block["json"])} if "json" in block and len(block) == 1 else block


def call_id_of(call: Mapping[str, Any]) -> str | None:
    """Return the id under which a call and its result know each other, None where there is none."""
    for key in _IDS:
        value = call.get(key)
        if isinstance(value, list) and value:
            return "/".join(map(str, value))
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            return str(value)
    return None


def tool_name(call: Mapping[str, Any]) -> str | None:
    """Return the tool's name, None where there is none."""
    inner: Any = call.get("function") or call.get("custom")
    if isinstance(inner, dict):
        return tool_name(inner)
    return next((call[key] for key in _NAMES if isinstance(call.get(key), str) and call[key]), None)


def first_text(block: Mapping[str, Any], *keys: str) -> str | None:
    """Return the first of the keys' values that is a text, None where none is."""
    return next((block[key] for key in keys if isinstance(block.get(key), str)), None)
