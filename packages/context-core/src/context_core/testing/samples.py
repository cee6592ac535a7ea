"""A short conversation in each format that is read, written by hand: a question, a call with its result, an answer.

Example:
    >>> from context_core import read
    >>> read(SAMPLES["openai-chat"]).format
    'openai-chat'
"""

from __future__ import annotations

from typing import Any

PATH = "src/grün.py"
"""Stands in the arguments of each sample's call."""
RESULT = "line one\nline 2: größe = 7"
"""What each sample's call returned."""
_ASK, _SAY = "What is in the file?", "It sets größe to 7."
_TIME = "2026-01-02T03:04:05Z"
_CALL = {"id": "call_1", "type": "function", "function": {"name": "read", "arguments": f'{{"path":"{PATH}"}}'}}
_CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "You read files."},
    {"role": "user", "content": _ASK},
    {"role": "assistant", "content": None, "tool_calls": [_CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": RESULT},
    {"role": "assistant", "content": _SAY},
]
_RESPONSES: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "input_text", "text": _ASK}]},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I look."}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "read", "arguments": f'{{"path":"{PATH}"}}'},
    {"type": "function_call_output", "call_id": "call_1", "output": RESULT},
    {"type": "message", "id": "m_1", "role": "assistant", "content": [{"type": "output_text", "text": _SAY}]},
]
_ANTHROPIC: list[dict[str, Any]] = [
    {"role": "user", "content": _ASK},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "I look.", "signature": "c2ln"},
            {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": PATH}},
        ],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": RESULT}]},
    {"role": "assistant", "content": [{"type": "text", "text": _SAY}]},
]


def _claude_row(uuid: str, parent: str | None, message: dict[str, Any]) -> dict[str, Any]:
    row = {"uuid": uuid, "parentUuid": parent, "sessionId": "s", "type": message["role"], "timestamp": _TIME}
    return {**row, "message": {**message, "id": f"msg_{uuid}"}}


_PARENTS = (None, "a", "b", "c")
_CLAUDE = [_claude_row(name, parent, m) for name, parent, m in zip("abcd", _PARENTS, _ANTHROPIC, strict=True)]
_CODEX = [
    {"type": "session_meta", "timestamp": _TIME, "payload": {"id": "s", "base_instructions": {"text": "Be brief."}}},
    *({"type": "response_item", "timestamp": _TIME, "payload": {"type": "message", **item}} for item in _RESPONSES),
]
_GEMINI = {
    "sessionId": "s",
    "projectHash": "h",
    "messages": [
        {"id": "a", "timestamp": _TIME, "type": "user", "content": _ASK},
        {
            "id": "b",
            "timestamp": _TIME,
            "type": "gemini",
            "content": "",
            "model": "gemini-x",
            "tokens": {"input": 5, "output": 2},
            "thoughts": [{"subject": "Look", "description": "I look.", "timestamp": _TIME}],
            "toolCalls": [
                {
                    "id": "read-1",
                    "name": "read",
                    "args": {"path": PATH},
                    "result": [{"functionResponse": {"id": "read-1", "name": "read", "response": {"output": RESULT}}}],
                }
            ],
        },
        {"id": "c", "timestamp": _TIME, "type": "gemini", "content": _SAY},
        {"id": "d", "timestamp": _TIME, "type": "info", "content": "Update available."},
    ],
}
_PI: list[dict[str, Any]] = [
    {"type": "session", "version": 3, "id": "s", "timestamp": _TIME, "cwd": "/w"},
    {"type": "model_change", "id": "m", "parentId": None, "timestamp": _TIME, "modelId": "gpt-x"},
    {
        "type": "message",
        "id": "a",
        "parentId": "m",
        "timestamp": _TIME,
        "message": {"role": "user", "content": [{"type": "text", "text": _ASK}]},
    },
    {
        "type": "message",
        "id": "b",
        "parentId": "a",
        "timestamp": _TIME,
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
        "timestamp": _TIME,
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
        "timestamp": _TIME,
        "message": {"role": "assistant", "content": [{"type": "text", "text": _SAY}]},
    },
]
_ADK = {
    "id": "s",
    "app_name": "app",
    "event_logs": [{"model_request": {"config": {"system_instruction": "You read files."}}}],
    "events": [
        {"id": "a", "author": "user", "invocation_id": "i", "content": {"role": "user", "parts": [{"text": _ASK}]}},
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
        {"id": "d", "author": "reader", "invocation_id": "i", "content": {"role": "model", "parts": [{"text": _SAY}]}},
    ],
}
_INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {"model": "openai/gpt-x", "task": "t"},
    "samples": [
        {
            "id": 1,
            "epoch": 1,
            "messages": [
                {"id": "a", "role": "user", "content": "attachment://00ff", "source": "input"},
                {
                    "id": "b",
                    "role": "assistant",
                    "content": [{"type": "reasoning", "reasoning": "I look."}],
                    "tool_calls": [{"id": "call_1", "function": "read", "arguments": {"path": PATH}}],
                },
                {"id": "c", "role": "tool", "content": RESULT, "tool_call_id": "call_1", "function": "read"},
                {"id": "d", "role": "assistant", "content": _SAY},
            ],
            "attachments": {"00ff": _ASK},
            "output": {"choices": [{"message": {"id": "d"}}], "usage": {"input_tokens": 5}},
        }
    ],
}
_TAU2 = {
    "info": {"environment_info": {"policy": "You read files."}},
    "simulations": [
        {
            "id": "sim-1",
            "task_id": "1",
            "messages": [
                {"role": "user", "content": _ASK, "timestamp": _TIME},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "call_1", "name": "read", "arguments": {"path": PATH}, "requestor": "assistant"}
                    ],
                    "usage": {"prompt_tokens": 5},
                },
                {"role": "tool", "id": "call_1", "content": RESULT, "requestor": "assistant", "error": False},
                {"role": "assistant", "content": _SAY},
            ],
        }
    ],
}
_SWE = {
    "environment": "main",
    "trajectory": [{"action": f"cat {PATH}", "observation": RESULT, "response": "I look.", "thought": "I look."}],
    "history": [
        {"role": "system", "content": "You read files.", "agent": "primary"},
        {"role": "user", "content": _ASK, "agent": "primary"},
        {
            "role": "assistant",
            "content": f"I look.\n```\ncat {PATH}\n```",
            "thought": "I look.",
            "action": f"cat {PATH}",
        },
        {"role": "user", "content": RESULT, "agent": "primary"},
        {
            "role": "assistant",
            "content": _SAY,
            "thought": _SAY,
            "action": "submit",
            "tool_calls": [{"id": "call_2", "type": "function", "function": {"name": "submit", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "submitted", "tool_call_ids": ["call_2"], "message_type": "observation"},
    ],
}
_ANSWERED = {
    "id": "resp_1",
    "model": "gpt-x",
    "usage": {"prompt_tokens": 5},
    "choices": [{"message": {"role": "assistant", "content": "I look.", "tool_calls": [_CALL]}}],
}
_METADATA = {"function_name": "read", "tool_call_id": "call_1", "model_response": _ANSWERED}
_OPENHANDS: list[dict[str, Any]] = [
    {"id": 0, "source": "user", "timestamp": _TIME, "action": "message", "args": {"content": _ASK, "image_urls": None}},
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
    {"id": 6, "source": "agent", "action": "finish", "message": _SAY, "args": {"thought": "", "outputs": {}}},
]


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


_SPANS: list[tuple[str, str | None, str, dict[str, Any]]] = [
    ("s0", None, "invoke_agent reader", {"gen_ai.operation.name": "invoke_agent"}),
    (
        "s1",
        "s0",
        "chat gpt-x",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-x",
            "gen_ai.agent.name": "reader",
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.input.messages": f'[{{"role":"user","parts":[{{"type":"text","content":"{_ASK}"}}]}}]',
            "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"read",'
            f'"arguments":{{"path":"{PATH}"}}}}],"finish_reason":"tool_call"}}]',
        },
    ),
    (
        "s2",
        "s0",
        "execute_tool read",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "read",
            "gen_ai.tool.call.id": "call_1",
            "gen_ai.tool.call.arguments": f'{{"path":"{PATH}"}}',
            "gen_ai.tool.call.result": RESULT,
        },
    ),
    (
        "s3",
        "s0",
        "chat gpt-x",
        {
            "openinference.span.kind": "LLM",
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": _ASK,
            "llm.input_messages.1.message.role": "assistant",
            "llm.input_messages.1.message.tool_calls.0.tool_call.id": "call_1",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "read",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": f'{{"path": "{PATH}"}}',
            "llm.input_messages.2.message.role": "tool",
            "llm.input_messages.2.message.tool_call_id": "call_1",
            "llm.input_messages.2.message.content": RESULT,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": _SAY,
        },
    ),
]
_OTLP = {
    "resourceSpans": [
        {
            "resource": {"attributes": [_attribute("service.name", "reader")]},
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": "t1",
                            "spanId": span,
                            "parentSpanId": parent or "",
                            "name": name,
                            "startTimeUnixNano": str((number + 1) * 10**18),
                            "attributes": [_attribute(key, str(value)) for key, value in attributes.items()],
                            "events": [],
                        }
                        for number, (span, parent, name, attributes) in enumerate(_SPANS)
                    ]
                }
            ],
        }
    ]
}
_JAEGER = {
    "data": [
        {
            "traceID": "t1",
            "spans": [
                {
                    "traceID": "t1",
                    "spanID": span,
                    "operationName": name,
                    "references": [{"refType": "CHILD_OF", "traceID": "t1", "spanID": parent}] if parent else [],
                    "startTime": (number + 1) * 10**15,
                    "tags": [{"key": key, "type": "string", "value": value} for key, value in attributes.items()],
                    "logs": [{"timestamp": 1, "fields": [{"key": "event", "value": "gen_ai.choice"}]}],
                }
                for number, (span, parent, name, attributes) in enumerate(_SPANS)
            ],
        }
    ]
}
_SDK = [
    {
        "name": name,
        "spanContext": {"traceId": "t1", "spanId": span},
        **({"parentSpanId": parent} if parent else {}),
        "attributes": attributes,
        "startTime": [number + 1, 500],
        "events": [],
    }
    for number, (span, parent, name, attributes) in enumerate(_SPANS)
]
_LANGFUSE = {
    "trace": {"id": "t1", "name": "run", "input": _ASK, "output": _SAY},
    "observations": [
        {"id": "o0", "traceId": "t1", "type": "SPAN", "name": "run", "startTime": _TIME, "parentObservationId": None},
        {
            "id": "o1",
            "traceId": "t1",
            "type": "GENERATION",
            "name": "chat",
            "startTime": "2026-01-02T03:04:06Z",
            "parentObservationId": "o0",
            "model": "gpt-x",
            "input": [{"role": "user", "content": _ASK}],
            "output": {"role": "assistant", "content": None, "tool_calls": [_CALL]},
            "usageDetails": {"input": 5},
        },
        {
            "id": "o2",
            "traceId": "t1",
            "type": "TOOL",
            "name": "read",
            "startTime": "2026-01-02T03:04:07Z",
            "parentObservationId": "o0",
            "input": {"path": PATH},
            "output": RESULT,
        },
        {
            "id": "o3",
            "traceId": "t1",
            "type": "GENERATION",
            "name": "chat",
            "startTime": "2026-01-02T03:04:08Z",
            "parentObservationId": "o0",
            "model": "gpt-x",
            "input": f"user: {_ASK}",
            "output": _SAY,
        },
    ],
}
_SPECSTORY = f"""<!-- Generated by SpecStory, Markdown v2.1.0 -->

# 2026-01-02 03:04:05Z

<!-- Claude Code Session 5e551017 (2026-01-02 03:04:05Z) -->

_**User (2026-01-02 03:04:05Z)**_

{_ASK}

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

{_SAY}
"""
_CASSETTE = {
    "version": 1,
    "interactions": [
        {
            "request": {
                "method": "POST",
                "uri": "https://api.anthropic.com/v1/messages",
                "parsed_body": {"model": "claude-x", "system": "You read files.", "messages": _ANTHROPIC[:1]},
            },
            "response": {"parsed_body": _ANTHROPIC[1], "status": {"code": 200}},
        },
        {
            "request": {
                "method": "POST",
                "uri": "https://api.anthropic.com/v1/messages",
                "parsed_body": {"model": "claude-x", "system": "You read files.", "messages": _ANTHROPIC[:3]},
            },
            "response": {"parsed_body": _ANTHROPIC[3], "status": {"code": 200}},
        },
    ],
}
_LANGCHAIN: list[dict[str, Any]] = [
    {"type": "human", "data": {"content": _ASK, "type": "human", "additional_kwargs": {}}},
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
        "kwargs": {"content": [{"type": "text", "text": _SAY}], "type": "ai"},
    },
]
_PYDANTIC_AI: list[dict[str, Any]] = [
    {
        "kind": "request",
        "instructions": "You read files.",
        "parts": [
            {"part_kind": "system-prompt", "content": "Be brief."},
            {"part_kind": "user-prompt", "content": [_ASK], "timestamp": _TIME},
        ],
    },
    {
        "kind": "response",
        "model_name": "gpt-x",
        "usage": {"input_tokens": 5},
        "timestamp": _TIME,
        "parts": [
            {"part_kind": "thinking", "content": "I look.", "signature": "c2ln"},
            {"part_kind": "tool-call", "tool_name": "read", "args": {"path": PATH}, "tool_call_id": "call_1"},
        ],
    },
    {
        "kind": "request",
        "parts": [{"part_kind": "tool-return", "tool_name": "read", "content": RESULT, "tool_call_id": "call_1"}],
    },
    {"kind": "response", "parts": [{"part_kind": "text", "content": _SAY}]},
]
_AUTOGEN: list[dict[str, Any]] = [
    {"source": "user", "type": "TextMessage", "content": _ASK, "models_usage": None},
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
    {"source": "reader", "type": "TextMessage", "content": _SAY},
]
_MULTI_AGENT = {
    "question_ID": "q",
    "question": _ASK,
    "system_prompt": {"Reader": "You read files."},
    "history": [
        {"role": "human", "content": _ASK},
        {"role": "Orchestrator (thought)", "content": "Let someone read it."},
        {"role": "Orchestrator (-> Reader)", "content": f"Read {PATH}."},
        {"role": "user", "name": "Computer_terminal", "content": RESULT},
        {"role": "Reader", "content": _SAY},
    ],
}
_MINT: list[dict[str, Any]] = [
    {
        "state": {
            "history": [
                {"role": "user", "content": _ASK},
                {
                    "role": "assistant",
                    "content": f"<thought> I look. </thought>\n<execute>\nopen('{PATH}')\n</execute>",
                },
                {"role": "user", "content": f"Observation:\n{RESULT}"},
                {"role": "assistant", "content": f"<solution> {_SAY} </solution>"},
                {"role": "user", "content": "Observation:\nYour answer is wrong."},
            ]
        },
        "task": {"task_name": "read", "task_id": 7},
    }
]
_INTERCODE = {
    "7": {
        "task_id": 7,
        "query": _ASK,
        "turn_history": {
            "actions": [f"cat {PATH}", f"submit {_SAY}"],
            "observations": [RESULT, {"ok": True}],
            "rewards": [0, 1],
        },
    }
}
_SHAREGPT: list[dict[str, Any]] = [
    {
        "id": "c1",
        "conversations": [
            {"from": "system", "value": "You read files."},
            {"from": "human", "value": _ASK},
            {"from": "function_call", "value": f'{{"name": "read", "arguments": {{"path": "{PATH}"}}}}'},
            {"from": "observation", "value": RESULT},
            {"from": "gpt", "value": _SAY},
        ],
    }
]

SAMPLES: dict[str, Any] = {
    "adk": _ADK,
    "anthropic-messages": _ANTHROPIC,
    "autogen": _AUTOGEN,
    "claude-code": _CLAUDE,
    "codex": _CODEX,
    "gemini-cli": _GEMINI,
    "http-cassette": _CASSETTE,
    "inspect": _INSPECT,
    "intercode": _INTERCODE,
    "jaeger": _JAEGER,
    "langchain": _LANGCHAIN,
    "langfuse": _LANGFUSE,
    "mint": _MINT,
    "multi-agent": _MULTI_AGENT,
    "openai-chat": _CHAT,
    "openai-responses": _RESPONSES,
    "openhands": _OPENHANDS,
    "otel-sdk": _SDK,
    "otlp": _OTLP,
    "pi": _PI,
    "pydantic-ai": _PYDANTIC_AI,
    "sharegpt": _SHAREGPT,
    "specstory": _SPECSTORY,
    "swe-agent": _SWE,
    "tau-bench": [{"task_id": 1, "trial": 0, "reward": 1.0, "traj": _CHAT}],
    "tau2": _TAU2,
}
"""By format: rows, one document, or a text."""
