"""Samples in the forms of providers' APIs, and calls of them as they were recorded."""

from __future__ import annotations

from typing import Any

from context_core.testing.samples.words import ASK, CALL, PATH, RESULT, SAY

CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "You read files."},
    {"role": "user", "content": ASK},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": RESULT},
    {"role": "assistant", "content": SAY},
]

RESPONSES: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "input_text", "text": ASK}]},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I look."}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "read", "arguments": f'{{"path":"{PATH}"}}'},
    {"type": "function_call_output", "call_id": "call_1", "output": RESULT},
    {"type": "message", "id": "m_1", "role": "assistant", "content": [{"type": "output_text", "text": SAY}]},
]

ANTHROPIC: list[dict[str, Any]] = [
    {"role": "user", "content": ASK},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "I look.", "signature": "c2ln"},
            {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": PATH}},
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": RESULT}]},
    {"role": "assistant", "content": [{"type": "text", "text": SAY}]},
]

CASSETTE = {
    "version": 1,
    "interactions": [
        {
            "request": {
                "method": "POST",
                "uri": "https://api.anthropic.com/v1/messages",
                "parsed_body": {"model": "claude-x", "system": "You read files.", "messages": ANTHROPIC[:1]},
            },
            "response": {"parsed_body": ANTHROPIC[1], "status": {"code": 200}},
        },
        {
            "request": {
                "method": "POST",
                "uri": "https://api.anthropic.com/v1/messages",
                "parsed_body": {"model": "claude-x", "system": "You read files.", "messages": ANTHROPIC[:3]},
            },
            "response": {"parsed_body": ANTHROPIC[3], "status": {"code": 200}},
        },
    ],
}
