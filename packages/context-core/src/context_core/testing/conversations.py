"""Hypothesis strategies for conversations as providers have them: with parallel and pending calls, images, thinking.

Example:
    >>> from hypothesis import given
    >>> @given(openai_conversations())
    ... def test(messages):
    ...     assert messages[0]["role"] in ("system", "user")
    >>> test()
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[Any]], Any]

_WORDS = st.sampled_from(
    ["src/main.py", "ERROR 42", "user_id", "ünï", "[cut from 9 tokens; expand 1.2]", "{}", "\t", " "]
)


def _numbered(line: str, count: int) -> str:
    return "\n".join(f"{number} {line}" for number in range(count))


_LONG = st.builds(_numbered, _WORDS, st.integers(20, 120))
TEXTS = st.one_of(st.text(min_size=1, max_size=40), st.lists(_WORDS, min_size=1, max_size=12).map(" ".join), _LONG)
"""Short texts of any characters, texts of words that matter, and long ones with many lines."""
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "pattern", "content", "limit"]), _JSON, max_size=3)
"""Arguments of a call."""
EXTRAS = st.dictionaries(st.sampled_from(["x_trace", "annotations", "audio"]), _JSON, max_size=1)
"""A field that no renderer knows, or none."""
_MAX_MARKS = 4
"""Cache breakpoints that Anthropic takes in a request."""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@st.composite
def openai_conversations(draw: Draw, max_turns: int = 4) -> list[dict[str, Any]]:
    """Return Chat Completions messages that the provider accepts; calls may be open at the very end."""
    messages: list[dict[str, Any]] = []
    if draw(st.booleans()):
        messages.append({"role": draw(st.sampled_from(["system", "developer"])), "content": draw(TEXTS)})
    for turn in range(draw(st.integers(1, max_turns))):
        messages.append({"role": "user", "content": draw(_openai_user_content()), **draw(EXTRAS)})
        for step in range(draw(st.integers(0, 3))):
            messages += _openai_step(draw, f"{turn}_{step}")
        if draw(st.booleans()):
            messages.append({"role": "assistant", "content": draw(TEXTS), **draw(EXTRAS)})
    if draw(st.booleans()):
        messages.append(_openai_call_message(draw, "open"))
    return messages


def _openai_user_content() -> st.SearchStrategy[Any]:
    text = TEXTS.map(lambda words: {"type": "text", "text": words})
    image = st.just({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}})
    return TEXTS | st.lists(text | image, min_size=1, max_size=3)


def _openai_step(draw: Draw, name: str) -> list[dict[str, Any]]:
    calling = _openai_call_message(draw, name)
    answers = draw(st.permutations(calling["tool_calls"]))
    return [calling, *({"role": "tool", "tool_call_id": call["id"], "content": draw(TEXTS)} for call in answers)]


def _openai_call_message(draw: Draw, name: str) -> dict[str, Any]:
    calls = [
        {
            "id": f"call_{name}_{number}",
            "type": "function",
            "function": {"name": draw(st.sampled_from(["read", "grep"])), "arguments": json.dumps(draw(ARGUMENTS))},
        }
        for number in range(draw(st.integers(1, 3)))
    ]
    return {"role": "assistant", "content": draw(st.none() | TEXTS), "tool_calls": calls, **draw(EXTRAS)}


@st.composite
def anthropic_conversations(draw: Draw, max_turns: int = 4) -> list[dict[str, Any]]:
    """Return Messages that the provider accepts, with a block that only this form has."""
    messages: list[dict[str, Any]] = []
    for turn in range(draw(st.integers(1, max_turns))):
        steps = draw(st.integers(0, 3)) or (turn == 0)
        messages.append({"role": "user", "content": draw(_anthropic_user_content())})
        for step in range(steps):
            calling, answering = _anthropic_step(draw, f"{turn}_{step}")
            messages += [calling, answering]
        messages.append({"role": "assistant", "content": draw(TEXTS.filter(str.strip))})
    _keep_marks(messages, [_MAX_MARKS])
    return messages


def _keep_marks(blocks: Any, left: list[int]) -> None:
    """Take away the cache breakpoints that are more than a request may have."""
    for block in blocks if isinstance(blocks, list) else ():
        if "cache_control" in block:
            left[0] -= 1
            if left[0] < 0:
                del block["cache_control"]
        _keep_marks(block.get("content"), left)


def _anthropic_user_content() -> st.SearchStrategy[Any]:
    text = _spoken()
    image = st.just({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}})
    return TEXTS.filter(str.strip) | st.lists(text | image, min_size=1, max_size=3)


def _spoken() -> st.SearchStrategy[dict[str, Any]]:
    extras: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"cache_control": {"type": "ephemeral"}}])
    return st.builds(_text_block, TEXTS.filter(str.strip), extras)


def _text_block(words: str, extra: dict[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": words, **extra}


def _anthropic_step(draw: Draw, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if draw(st.booleans()):
        blocks.append({"type": "thinking", "thinking": draw(TEXTS), "signature": "c2ln"})
    if draw(st.booleans()):
        blocks.append(draw(_spoken()))
    calls = [
        {"type": "tool_use", "id": f"toolu_{name}_{number}", "name": "read", "input": draw(ARGUMENTS)}
        for number in range(draw(st.integers(1, 3)))
    ]
    results = [_anthropic_result(draw, call["id"]) for call in draw(st.permutations(calls))]
    beside = [draw(_spoken())] if draw(st.booleans()) else []
    return {"role": "assistant", "content": [*blocks, *calls]}, {"role": "user", "content": [*results, *beside]}


def _anthropic_result(draw: Draw, call_id: str) -> dict[str, Any]:
    content = draw(TEXTS | st.lists(_spoken(), max_size=3) | st.none())
    result: dict[str, Any] = {"type": "tool_result", "tool_use_id": call_id}
    if content is not None:
        result["content"] = content
    return {**result, **draw(st.sampled_from([{}, {"is_error": True}]))}
