"""Hypothesis strategy for conversations as Responses items: reasoning, parallel and pending calls, services' own tools.

Example:
    >>> from hypothesis import given
    >>> @given(item_conversations())
    ... def test(items):
    ...     assert items[0]["role"] in ("developer", "system", "user")
    >>> test()
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from context_core.testing.conversations import ARGUMENTS, EXTRAS, PIXEL, TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Draw = Callable[[st.SearchStrategy[Any]], Any]

_BLANK_FREE = TEXTS.filter(str.strip)
_ODD_ARGUMENTS = st.sampled_from(["", "[1]", "not JSON", '{"path": "cut off'])
_IMAGE = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "low"}


@st.composite
def item_conversations(draw: Draw, max_turns: int = 4) -> list[dict[str, Any]]:
    """Return Responses items that the service accepts; calls may be open at the very end."""
    items: list[dict[str, Any]] = []
    if draw(st.booleans()):
        items.append({"role": draw(st.sampled_from(["system", "developer"])), "content": draw(TEXTS)})
    for turn in range(draw(st.integers(1, max_turns))):
        items.append({"type": "message", "role": "user", "content": draw(_input()), **draw(EXTRAS)})
        for step in range(draw(st.integers(0, 3))):
            items += _step(draw, f"{turn}_{step}")
        if draw(st.booleans()):
            items.append(_said(draw, f"{turn}_end"))
    if draw(st.booleans()):
        items += _calls(draw, "open")
    return items


def _input() -> st.SearchStrategy[Any]:
    text = st.builds(_block, st.just("input_text"), _BLANK_FREE)
    return TEXTS | st.lists(text | st.just(_IMAGE), min_size=1, max_size=3)


def _block(kind: str, words: str) -> dict[str, Any]:
    return {"type": kind, "text": words}


def _step(draw: Draw, name: str) -> Iterator[dict[str, Any]]:
    if draw(st.booleans()):
        yield _reasoning(draw, name)
    if draw(st.booleans()):
        yield _said(draw, name)
    if draw(st.booleans()):
        action = {"type": "search", "query": draw(TEXTS)}
        yield {"type": "web_search_call", "id": f"ws_{name}", "status": "completed", "action": action}
    calls = _calls(draw, name)
    yield from calls
    for call in draw(st.permutations(calls)):
        yield {"type": f"{call['type']}_output", "call_id": call["call_id"], "output": draw(_input())}


def _reasoning(draw: Draw, name: str) -> dict[str, Any]:
    summary = [_block("summary_text", words) for words in draw(st.lists(TEXTS, max_size=2))]
    hidden = draw(st.sampled_from([{}, {"encrypted_content": "gAAAA"}, {"encrypted_content": None}]))
    shown = draw(st.sampled_from([{}, {"content": []}, {"content": [_block("reasoning_text", "hm")]}]))
    return {"type": "reasoning", "id": f"rs_{name}", "summary": summary, **shown, **hidden}


def _said(draw: Draw, name: str) -> dict[str, Any]:
    blocks = [{**_block("output_text", words), "annotations": []} for words in draw(st.lists(_BLANK_FREE, min_size=1))]
    refusal = {"type": "refusal", "refusal": "no"}
    content = [*blocks, refusal] if draw(st.booleans()) else blocks
    return {"type": "message", "id": f"msg_{name}", "status": "completed", "role": "assistant", "content": content}


def _calls(draw: Draw, name: str) -> list[dict[str, Any]]:
    return [_call(draw, f"{name}_{number}") for number in range(draw(st.integers(1, 3)))]


def _call(draw: Draw, name: str) -> dict[str, Any]:
    own = draw(st.sampled_from([{}, {"id": f"fc_{name}", "status": "completed"}]))
    if draw(st.booleans()):
        return {"type": "custom_tool_call", "call_id": f"call_{name}", "name": "patch", "input": draw(TEXTS), **own}
    arguments = draw(ARGUMENTS.map(json.dumps) | _ODD_ARGUMENTS)
    return {"type": "function_call", "call_id": f"call_{name}", "name": "read", "arguments": arguments, **own}
