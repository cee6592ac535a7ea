"""What a model was given or gave, as a recorder wrote it: a text, messages, or the body of a request or response.

1. A text that is JSON is read as such; one that names roles at its line starts is several messages.
2. A body's messages are under the provider's own key; its system prompt comes first.
3. An object that is none of these is kept whole, as its JSON text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, loads
from context_core.readers.blocks import block_parts, call_part, content_parts
from context_core.readers.dialects import Said, role_of, said
from context_core.transcript import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLE_LINE = re.compile(r"^(system|developer|user|assistant|tool): ", re.MULTILINE)
_PRINTED = re.compile(r"role='(\w+)' content=")
"""How a pydantic model of a message begins when it is printed; some recorders keep no more than that."""
_LISTS = ("messages", "contents", "input", "prompt", "choices", "candidates", "output", "generations")
_SYSTEMS = ("system", "instructions", "system_instruction", "systemInstruction")
_SAID = {"role", "content", "parts", "message", "author"}


def said_in(value: Any, default: str) -> list[Said]:
    """Return the messages of a recorded value.

    Args:
        value: a text, perhaps JSON, or a JSON value.
        default: the role where nothing says it.

    Example:
        >>> [(one.role, one.parts[0].content) for one in said_in("system: be brief\\nuser: hi", "user")]
        [('system', 'be brief'), ('user', 'hi')]
    """
    return [one for one in _said(value, default, 0) if one.parts]


def parsed(value: Any) -> Any:
    """Return the JSON value of a text that is an object or an array, any other value as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return loads(value)
        except ValueError:
            return value
    return value


def _said(value: Any, default: str, depth: int) -> Iterator[Said]:
    value = parsed(value)
    if isinstance(value, str):
        yield from _of_text(value, default)
    elif isinstance(value, list):
        for item in value:
            yield from _said(item, default, depth) if depth < 3 else [Said(default, content_parts(item))]
    elif isinstance(value, dict):
        yield from _of_object(value, default, depth)
    elif value is not None:
        yield Said(default, (Part(dumps(value)),))


def _of_text(text: str, default: str) -> Iterator[Said]:
    printed = _PRINTED.match(text)
    if printed:
        yield Said(role_of(printed[1]), content_parts(text))
        return
    if not _ROLE_LINE.match(text):
        yield Said(default, content_parts(text))
        return
    _, *pieces = _ROLE_LINE.split(text)
    for role, words in zip(pieces[::2], pieces[1::2], strict=True):
        yield Said(role, content_parts(words.removesuffix("\n")))


def _of_object(value: dict[str, Any], default: str, depth: int) -> Iterator[Said]:
    key = next((key for key in _LISTS if isinstance(value.get(key), (list, str))), None)
    if "toolCallId" in value and "toolName" in value and "result" not in value and "output" not in value:
        yield Said(default, (call_part(value),))
    elif key is not None and not {"role", "type"} & set(value):
        yield from _of_body(value, key, default, depth)
    elif _SAID & set(value):
        yield _message(value, default)
    else:
        yield Said(default, _parts(value))


def _of_body(body: dict[str, Any], key: str, default: str, depth: int) -> Iterator[Said]:
    config: Any = body.get("config")
    for place in (body, config if isinstance(config, dict) else {}):
        for name in _SYSTEMS:
            if place.get(name):
                yield Said("system", said({"role": "system", "content": parsed(place[name])}).parts)
    if key in ("choices", "candidates"):
        answer: Any = body[key][0] if body[key] else ""
        yield _message(answer if isinstance(answer, dict) else {"content": answer}, "assistant")
        return
    yield from _said(body[key], "assistant" if key in ("output", "generations") else default, depth + 1)


def _message(value: dict[str, Any], default: str) -> Said:
    """Return one message; content that is a text of calls or parts speaks for itself, as some recorders write them."""
    content = value.get("content")
    blocks = parsed(content)
    if isinstance(blocks, list) and blocks is not content and all(_is_call(block) for block in blocks):
        return Said("assistant", tuple(call_part(block) for block in blocks))
    if isinstance(content, dict) and "parts" in content:
        return said({"role": role_of(content.get("role"), default), "parts": content["parts"]}, default)
    return said(value, default)


def _is_call(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("function"), dict) and "name" in value["function"]


def _parts(value: dict[str, Any]) -> tuple[Part, ...]:
    """Return the parts of an answer whose words and calls stand beside each other, or of a block."""
    calls: Any = parsed(value.get("toolCalls") or value.get("tool_calls"))
    if isinstance(calls, list) and calls:
        return (*content_parts(value.get("text")), *(call_part(call) for call in calls if isinstance(call, dict)))
    return block_parts(value)
