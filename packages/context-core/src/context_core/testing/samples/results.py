"""Samples of the results of benchmarks and of data sets."""

from __future__ import annotations

from typing import Any

from context_core.testing.samples.words import ASK, PATH, RESULT, SAY, TIME

INSPECT = {
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
                {"id": "d", "role": "assistant", "content": SAY},
            ],
            "attachments": {"00ff": ASK},
            "output": {"choices": [{"message": {"id": "d"}}], "usage": {"input_tokens": 5}},
        }
    ],
}

TAU2 = {
    "info": {"environment_info": {"policy": "You read files."}},
    "simulations": [
        {
            "id": "sim-1",
            "task_id": "1",
            "messages": [
                {"role": "user", "content": ASK, "timestamp": TIME},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": "call_1", "name": "read", "arguments": {"path": PATH}, "requestor": "assistant"}
                    ],
                    "usage": {"prompt_tokens": 5},
                },
                {"role": "tool", "id": "call_1", "content": RESULT, "requestor": "assistant", "error": False},
                {"role": "assistant", "content": SAY},
            ],
        }
    ],
}

SWE = {
    "environment": "main",
    "trajectory": [{"action": f"cat {PATH}", "observation": RESULT, "response": "I look.", "thought": "I look."}],
    "history": [
        {"role": "system", "content": "You read files.", "agent": "primary"},
        {"role": "user", "content": ASK, "agent": "primary"},
        {
            "role": "assistant",
            "content": f"I look.\n```\ncat {PATH}\n```",
            "thought": "I look.",
            "action": f"cat {PATH}",
        },
        {"role": "user", "content": RESULT, "agent": "primary"},
        {
            "role": "assistant",
            "content": SAY,
            "thought": SAY,
            "action": "submit",
            "tool_calls": [{"id": "call_2", "type": "function", "function": {"name": "submit", "arguments": "{}"}}],
        },
        {"role": "tool", "content": "submitted", "tool_call_ids": ["call_2"], "message_type": "observation"},
    ],
}

MULTI_AGENT = {
    "question_ID": "q",
    "question": ASK,
    "system_prompt": {"Reader": "You read files."},
    "history": [
        {"role": "human", "content": ASK},
        {"role": "Orchestrator (thought)", "content": "Let someone read it."},
        {"role": "Orchestrator (-> Reader)", "content": f"Read {PATH}."},
        {"role": "user", "name": "Computer_terminal", "content": RESULT},
        {"role": "Reader", "content": SAY},
    ],
}

MINT: list[dict[str, Any]] = [
    {
        "state": {
            "history": [
                {"role": "user", "content": ASK},
                {
                    "role": "assistant",
                    "content": f"<thought> I look. </thought>\n<execute>\nopen('{PATH}')\n</execute>",
                },
                {"role": "user", "content": f"Observation:\n{RESULT}"},
                {"role": "assistant", "content": f"<solution> {SAY} </solution>"},
                {"role": "user", "content": "Observation:\nYour answer is wrong."},
            ]
        },
        "task": {"task_name": "read", "task_id": 7},
    }
]

INTERCODE = {
    "7": {
        "task_id": 7,
        "query": ASK,
        "turn_history": {
            "actions": [f"cat {PATH}", f"submit {SAY}"],
            "observations": [RESULT, {"ok": True}],
            "rewards": [0, 1],
        },
    }
}

SHAREGPT: list[dict[str, Any]] = [
    {
        "id": "c1",
        "conversations": [
            {"from": "system", "value": "You read files."},
            {"from": "human", "value": ASK},
            {"from": "function_call", "value": f'{{"name": "read", "arguments": {{"path": "{PATH}"}}}}'},
            {"from": "observation", "value": RESULT},
            {"from": "gpt", "value": SAY},
        ],
    }
]
