"""The instruments of `MetricSink`, each with its unit, made of one meter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_observe import conventions as names

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Gauge, Histogram, Meter

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Bounds of what an operation takes: a look-up is under a millisecond, a model's summary takes seconds."""
MODEL_SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
"""Bounds that the conventions give for `gen_ai.client.operation.duration`."""
MODEL_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
"""Bounds that the conventions give for `gen_ai.client.token.usage`."""
TOKENS = (1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 200_000, 400_000, 1_000_000, 2_500_000, 10_000_000)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 0.9, 1.0)
"""Bounds of shares; 0.4 and 0.65 enclose where a budget is used well."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """What is counted and measured; the names and labels are in `conventions`."""

    operation_duration: Histogram
    client_duration: Histogram
    client_tokens: Histogram
    tokens_added: Counter
    tokens_saved: Counter
    prompt_tokens: Histogram
    budget_utilization: Histogram
    budget_share: Gauge
    session_tokens: Histogram
    compressions: Counter
    compression_ratio: Histogram
    summary_failures: Counter
    nodes_restored: Counter
    references_lost: Counter
    cache_requests: Counter
    tasks: Counter
    reviews: Counter
    rework: Counter
    faults: Counter
    resumptions: Counter


def instruments(meter: Meter) -> Instruments:
    """Return the instruments, made of a meter."""

    def counter(name: str, unit: str, description: str) -> Counter:
        return meter.create_counter(name, unit, description)

    def histogram(name: str, unit: str, description: str, bounds: tuple[float, ...]) -> Histogram:
        return meter.create_histogram(name, unit, description, explicit_bucket_boundaries_advisory=bounds)

    return Instruments(
        operation_duration=histogram(names.OPERATION_DURATION, "s", "How long operations take", SECONDS),
        client_duration=histogram(names.CLIENT_DURATION, "s", "How long a model's answer takes", MODEL_SECONDS),
        client_tokens=histogram(names.CLIENT_TOKENS, "{token}", "Tokens that a model's service counted", MODEL_TOKENS),
        tokens_added=counter(names.TOKENS_ADDED, "{token}", "Tokens appended to sessions"),
        tokens_saved=counter(names.TOKENS_SAVED, "{token}", "Tokens that windows lost by compression"),
        prompt_tokens=histogram(names.PROMPT_TOKENS, "{token}", "Tokens of the prompts that were made", TOKENS),
        budget_utilization=histogram(names.BUDGET_UTILIZATION, "1", "Share of the budget that prompts use", SHARES),
        budget_share=meter.create_gauge(names.BUDGET_SHARE, "1", "Share of the budget that the latest prompt uses"),
        session_tokens=histogram(names.SESSION_TOKENS, "{token}", "Tokens of the sessions whose task ended", TOKENS),
        compressions=counter(names.COMPRESSIONS, "{compression}", "Compressions that changed a window"),
        compression_ratio=histogram(
            names.COMPRESSION_RATIO, "1", "Tokens after a compression, as a share of those before", SHARES
        ),
        summary_failures=counter(names.SUMMARY_FAILURES, "{summary}", "Summaries that a summarizer failed to write"),
        nodes_restored=counter(names.NODES_RESTORED, "{node}", "Nodes put back, and originals looked at"),
        references_lost=counter(names.REFERENCES_LOST, "{reference}", "References that could not be followed"),
        cache_requests=counter(names.CACHE_REQUESTS, "{request}", "What caches were asked for, by outcome"),
        tasks=counter(names.TASKS, "{task}", "Tasks that ended, by outcome"),
        reviews=counter(names.REVIEWS, "{review}", "Reviews of what agents made, by outcome"),
        rework=counter(names.REWORK, "{task}", "Work that had to be done again"),
        faults=counter(names.FAULTS, "{fault}", "Faults that agents met, by whether they got on"),
        resumptions=counter(names.RESUMPTIONS, "{session}", "Sessions taken up again, by outcome"),
    )
