"""Samples of traces: one conversation, as spans of several containers, and as observations."""

from __future__ import annotations

from typing import Any

from context_core.testing.samples.words import ASK, CALL, PATH, RESULT, SAY, TIME


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
            "gen_ai.input.messages": f'[{{"role":"user","parts":[{{"type":"text","content":"{ASK}"}}]}}]',
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
            "llm.input_messages.0.message.content": ASK,
            "llm.input_messages.1.message.role": "assistant",
            "llm.input_messages.1.message.tool_calls.0.tool_call.id": "call_1",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "read",
            "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": f'{{"path": "{PATH}"}}',
            "llm.input_messages.2.message.role": "tool",
            "llm.input_messages.2.message.tool_call_id": "call_1",
            "llm.input_messages.2.message.content": RESULT,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": SAY,
        },
    ),
]

OTLP = {
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

JAEGER = {
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

SDK = [
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

LANGFUSE = {
    "trace": {"id": "t1", "name": "run", "input": ASK, "output": SAY},
    "observations": [
        {"id": "o0", "traceId": "t1", "type": "SPAN", "name": "run", "startTime": TIME, "parentObservationId": None},
        {
            "id": "o1",
            "traceId": "t1",
            "type": "GENERATION",
            "name": "chat",
            "startTime": "2026-01-02T03:04:06Z",
            "parentObservationId": "o0",
            "model": "gpt-x",
            "input": [{"role": "user", "content": ASK}],
            "output": {"role": "assistant", "content": None, "tool_calls": [CALL]},
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
            "input": f"user: {ASK}",
            "output": SAY,
        },
    ],
}
