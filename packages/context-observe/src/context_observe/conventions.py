"""Names of attributes, spans and metrics.

Those that begin with ``gen_ai``, and ``error.type``, are OpenTelemetry's semantic conventions for generative AI as of
November 2026, whose status is *Development*: they may yet change, and stand here alone. What has no convention begins
with ``context``. None of the names under "metric labels" ever holds a session's or a node's id.
"""

from __future__ import annotations

# ── attributes of spans, by OpenTelemetry's conventions ──────────────────────────────────────────────────────────
OPERATION_NAME = "gen_ai.operation.name"
CONVERSATION_ID = "gen_ai.conversation.id"
PROVIDER_NAME = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens"
REQUEST_TOP_K = "gen_ai.request.top_k"
USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens"
USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
RETRIEVAL_QUERY = "gen_ai.retrieval.query.text"
MEMORY_QUERY = "gen_ai.memory.query.text"
TOOL_NAME = "gen_ai.tool.name"
TOKEN_TYPE = "gen_ai.token.type"
ERROR_TYPE = "error.type"

CAPTURE_CONTENT_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The environment variable that turns content on: ``true``, or one of the newer ``SPAN_ONLY``, ``SPAN_AND_EVENT``."""

OPERATION_NAMES = {
    "chat": "chat",
    "search": "retrieval",
    "recall": "search_memory",
    "expand": "search_memory",
    "execute_tool": "execute_tool",
    "store.append": "upsert_memory",
    "store.record": "upsert_memory",
    "store.commit": "update_memory",
    "store.purge": "delete_memory",
    "store.expire": "delete_memory",
}
"""For an operation of core's, what the conventions call it; the others keep their name."""

ATTRIBUTES = {
    ("chat", "model"): REQUEST_MODEL,
    ("chat", "input_tokens"): USAGE_INPUT_TOKENS,
    ("chat", "output_tokens"): USAGE_OUTPUT_TOKENS,
    ("search", "limit"): REQUEST_TOP_K,
    ("search", "query"): RETRIEVAL_QUERY,
    ("recall", "limit"): REQUEST_TOP_K,
    ("recall", "query"): MEMORY_QUERY,
    ("expand", "reference"): MEMORY_QUERY,
    ("summarize", "max_tokens"): REQUEST_MAX_TOKENS,
    ("execute_tool", "tool"): TOOL_NAME,
}
"""For an operation's attribute or content, what the conventions call it; the others are ``context.NAME``."""

# ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────
OPERATION_DURATION = "context.operation.duration"
CLIENT_DURATION = "gen_ai.client.operation.duration"
CLIENT_TOKENS = "gen_ai.client.token.usage"
TOKENS_ADDED = "context.tokens.added"
TOKENS_SAVED = "context.tokens.saved"
PROMPT_TOKENS = "context.prompt.tokens"
BUDGET_UTILIZATION = "context.budget.utilization"
BUDGET_SHARE = "context.budget.share"
SESSION_TOKENS = "context.session.tokens"
COMPRESSIONS = "context.compressions"
COMPRESSION_RATIO = "context.compression.ratio"
SUMMARY_FAILURES = "context.summary.failures"
NODES_RESTORED = "context.nodes.restored"
REFERENCES_LOST = "context.references.lost"
CACHE_REQUESTS = "context.cache.requests"
TASKS = "context.tasks"
REVIEWS = "context.reviews"
REWORK = "context.rework"
FAULTS = "context.faults"
RESUMPTIONS = "context.resumptions"
AGENTS_ACTIVE = "context.agents.active"
AGENTS_HUNG = "context.agents.hung"

# ── metric labels ────────────────────────────────────────────────────────────────────────────────────────────────
OPERATION = "context.operation"
STRATEGY = "context.strategy"
TIER = "context.tier"
LEVEL = "context.budget.level"
CACHE = "context.cache"
OUTCOME = "context.outcome"
SUMMARIZER = "context.summarizer"


def attribute(operation: str, name: str) -> str:
    """Return what an attribute of an operation is called on its span.

    Example:
        >>> attribute("search", "limit"), attribute("compress", "tokens_after")
        ('gen_ai.request.top_k', 'context.tokens_after')
    """
    return ATTRIBUTES.get((operation, name), f"context.{name}")
