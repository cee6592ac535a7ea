"""Samples of messages as libraries serialise them."""

from __future__ import annotations

from typing import Any

from context_core.testing.samples.words import ASK, PATH, RESULT, SAY, TIME

LANGCHAIN: list[dict[str, Any]] = [
    {"type": "human", "data": {"content": ASK, "type": "human", "additional_kwargs": {}}},
    {
        "type": "ai",
        "data": {
            "content": "",
            "tool_calls": [{"name": "read", "args": {"path": PATH}, "id": "call_1", "type": "tool_call"}],
            "usage_metadata": {"input_tokens": 5},
            "response_metadata": {"model_name": "gpt-x"},
            "id": "run-1",
        },
    },
    {"type": "tool", "data": {"content": RESULT, "tool_call_id": "call_1", "name": "read", "type": "tool"}},
    {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", "AIMessage"],
        "kwargs": {"content": [{"type": "text", "text": SAY}], "type": "ai"},
    },
]

PYDANTIC_AI: list[dict[str, Any]] = [
    {
        "kind": "request",
        "instructions": "You read files.",
        "parts": [
            {"part_kind": "system-prompt", "content": "Be brief."},
            {"part_kind": "user-prompt", "content": [ASK], "timestamp": TIME},
        ],
    },
    {
        "kind": "response",
        "model_name": "gpt-x",
        "usage": {"input_tokens": 5},
        "timestamp": TIME,
        "parts": [
            {"part_kind": "thinking", "content": "I look.", "signature": "c2ln"},
            {"part_kind": "tool-call", "tool_name": "read", "args": {"path": PATH}, "tool_call_id": "call_1"},
        ],
    },
    {
        "kind": "request",
        "parts": [{"part_kind": "tool-return", "tool_name": "read", "content": RESULT, "tool_call_id": "call_1"}],
    },
    {"kind": "response", "parts": [{"part_kind": "text", "content": SAY}]},
]

AUTOGEN: list[dict[str, Any]] = [
    {"source": "user", "type": "TextMessage", "content": ASK, "models_usage": None},
    {
        "source": "reader",
        "type": "ToolCallRequestEvent",
        "content": [{"id": "call_1", "name": "read", "arguments": f'{{"path": "{PATH}"}}'}],
        "models_usage": {"prompt_tokens": 5, "completion_tokens": 2},
    },
    {
        "source": "reader",
        "type": "ToolCallExecutionEvent",
        "content": [{"content": RESULT, "name": "read", "call_id": "call_1", "is_error": False}],
    },
    {"source": "reader", "type": "TextMessage", "content": SAY},
]
