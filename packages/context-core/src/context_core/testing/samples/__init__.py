"""A short conversation in each format that is read, written by hand: a question, a call with its result, an answer.

Example:
    >>> from context_core import read
    >>> read(SAMPLES["openai-chat"]).format
    'openai-chat'
"""

from __future__ import annotations

from typing import Any

from context_core.testing.samples.libraries import AUTOGEN, LANGCHAIN, PYDANTIC_AI
from context_core.testing.samples.logs import ADK, CLAUDE, CODEX, GEMINI, OPENHANDS, PI, SPECSTORY
from context_core.testing.samples.providers import ANTHROPIC, CASSETTE, CHAT, RESPONSES
from context_core.testing.samples.results import INSPECT, INTERCODE, MINT, MULTI_AGENT, SHAREGPT, SWE, TAU2
from context_core.testing.samples.traces import JAEGER, LANGFUSE, OTLP, SDK
from context_core.testing.samples.words import PATH, RESULT

__all__ = ["PATH", "RESULT", "SAMPLES"]

SAMPLES: dict[str, Any] = {
    "adk": ADK,
    "anthropic-messages": ANTHROPIC,
    "autogen": AUTOGEN,
    "claude-code": CLAUDE,
    "codex": CODEX,
    "gemini-cli": GEMINI,
    "http-cassette": CASSETTE,
    "inspect": INSPECT,
    "intercode": INTERCODE,
    "jaeger": JAEGER,
    "langchain": LANGCHAIN,
    "langfuse": LANGFUSE,
    "mint": MINT,
    "multi-agent": MULTI_AGENT,
    "openai-chat": CHAT,
    "openai-responses": RESPONSES,
    "openhands": OPENHANDS,
    "otel-sdk": SDK,
    "otlp": OTLP,
    "pi": PI,
    "pydantic-ai": PYDANTIC_AI,
    "sharegpt": SHAREGPT,
    "specstory": SPECSTORY,
    "swe-agent": SWE,
    "tau-bench": [{"task_id": 1, "trial": 0, "reward": 1.0, "traj": CHAT}],
    "tau2": TAU2,
}
"""By format: rows, one document, or a text."""
