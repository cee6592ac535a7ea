"""Samples of the logs that agents' programs write."""

from __future__ import annotations

from typing import Any

from context_core.testing.samples.providers import ANTHROPIC, RESPONSES
from context_core.testing.samples.words import ASK, CALL, PATH, RESULT, SAY, TIME


def _claude_row(uuid: str, parent: str | None, message: dict[str, Any]) -> dict[str, Any]:
    row = {"uuid": uuid, "parentUuid": parent, "sessionId": "s", "type": message["role"], "timestamp": TIME}
    return {**row, "message": {**message, "id": f"msg_{uuid}"}}


_PARENTS = (None, "a", "b", "c")

CLAUDE = [_claude_row(name, parent, m) for name, parent, m in zip("abcd", _PARENTS, ANTHROPIC, strict=True)]

CODEX = [
    {"type": "session_meta", "timestamp": TIME, "payload": {"id": "s", "base_instructions": {"text": "Be brief."}}},
    *({"type": "response_item", "timestamp": TIME, "payload": {"type": "message", **item}} for item in RESPONSES),
]

GEMINI = {
    "sessionId": "s",
    "projectHash": "h",
    "messages": [
        {"id": "a", "timestamp": TIME, "type": "user", "content": ASK},
        {
            "id": "b",
            "timestamp": TIME,
            "type": "gemini",
            "content": "",
            "model": "gemini-x",
            "tokens": {"input": 5, "output": 2},
            "thoughts": [{"subject": "Look", "description": "I look.", "timestamp": TIME}],
            "toolCalls": [
                {
                    "id": "read-1",
                    "name": "read",
                    "args": {"path": PATH},
                    "result": [{"functionResponse": {"id": "read-1", "name": "read", "response": {"output": RESULT}}}],
                }
            ],
        },
        {"id": "c", "timestamp": TIME, "type": "gemini", "content": SAY},
        {"id": "d", "timestamp": TIME, "type": "info", "content": "Update available."},
    ],
}

PI: list[dict[str, Any]] = [
    {"type": "session", "version": 3, "id": "s", "timestamp": TIME, "cwd": "/w"},
    {"type": "model_change", "id": "m", "parentId": None, "timestamp": TIME, "modelId": "gpt-x"},
    {
        "type": "message",
        "id": "a",
        "parentId": "m",
        "timestamp": TIME,
        "message": {"role": "user", "content": [{"type": "text", "text": ASK}]},
    },
    {
        "type": "message",
        "id": "b",
        "parentId": "a",
        "timestamp": TIME,
        "message": {
            "role": "assistant",
            "usage": {"input": 5},
            "content": [
                {"type": "thinking", "thinking": "I look.", "thinkingSignature": "{}"},
                {"type": "toolCall", "id": "call_1", "name": "read", "arguments": {"path": PATH}},
            ],
        },
    },
    {
        "type": "message",
        "id": "c",
        "parentId": "b",
        "timestamp": TIME,
        "message": {
            "role": "toolResult",
            "toolCallId": "call_1",
            "toolName": "read",
            "content": [{"type": "text", "text": RESULT}],
        },
    },
    {
        "type": "message",
        "id": "d",
        "parentId": "c",
        "timestamp": TIME,
        "message": {"role": "assistant", "content": [{"type": "text", "text": SAY}]},
    },
]

ADK = {
    "id": "s",
    "app_name": "app",
    "event_logs": [{"model_request": {"config": {"system_instruction": "You read files."}}}],
    "events": [
        {"id": "a", "author": "user", "invocation_id": "i", "content": {"role": "user", "parts": [{"text": ASK}]}},
        {
            "id": "b",
            "author": "reader",
            "invocation_id": "i",
            "timestamp": 1767323045.5,
            "content": {"role": "model", "parts": [{"functionCall": {"name": "read", "args": {"path": PATH}}}]},
            "usage_metadata": {"prompt_token_count": 5},
        },
        {
            "id": "c",
            "author": "reader",
            "invocation_id": "i",
            "content": {
                "role": "user",
                "parts": [{"functionResponse": {"name": "read", "response": {"result": RESULT}}}],
            },
        },
        {"id": "d", "author": "reader", "invocation_id": "i", "content": {"role": "model", "parts": [{"text": SAY}]}},
    ],
}

_ANSWERED = {
    "id": "resp_1",
    "model": "gpt-x",
    "usage": {"prompt_tokens": 5},
    "choices": [{"message": {"role": "assistant", "content": "I look.", "tool_calls": [CALL]}}],
}

_METADATA = {"function_name": "read", "tool_call_id": "call_1", "model_response": _ANSWERED}

OPENHANDS: list[dict[str, Any]] = [
    {"id": 0, "source": "user", "timestamp": TIME, "action": "message", "args": {"content": ASK, "image_urls": None}},
    {"id": 1, "source": "environment", "observation": "agent_state_changed", "content": "", "extras": {}},
    {
        "id": 2,
        "source": "agent",
        "action": "read",
        "args": {"path": PATH, "thought": "I look."},
        "tool_call_metadata": _METADATA,
    },
    {"id": 3, "source": "agent", "observation": "read", "content": RESULT, "cause": 2, "extras": {"path": PATH}},
    {"id": 4, "source": "agent", "action": "run", "args": {"command": "ls", "thought": ""}},
    {
        "id": 5,
        "source": "agent",
        "observation": "run",
        "content": "a.py",
        "cause": 4,
        "extras": {"metadata": {"suffix": "\n[exit code 0]"}},
    },
    {"id": 6, "source": "agent", "action": "finish", "message": SAY, "args": {"thought": "", "outputs": {}}},
]

SPECSTORY = f"""<!-- Generated by SpecStory, Markdown v2.1.0 -->

# 2026-01-02 03:04:05Z

<!-- Claude Code Session 5e551017 (2026-01-02 03:04:05Z) -->

_**User (2026-01-02 03:04:05Z)**_

{ASK}

---

_**Agent (model-x 2026-01-02 03:04:06Z)**_

<think><details><summary>Thought Process</summary>
I look.</details></think>

<tool-use data-tool-type="read" data-tool-name="Read"><details>
<summary>Tool use: **Read**</summary>
 `{PATH}`

```text
{RESULT}
```
</details></tool-use>

{SAY}
"""
