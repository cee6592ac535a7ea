"""Write the Grafana dashboard of context-observe: `uv run python tools/make_dashboard.py`.

Each panel is a line here: title, unit, and for each series its legend and query. The first row are the figures of the
checklist over the time that is shown; the others say how they came about.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "packages/context-observe/src/context_observe/dashboard.json"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def share(metric: str, outcome: str) -> str:
    """Return the query of one outcome's share among all."""
    return (
        f'sum(increase({metric}_total{{context_outcome=~"{outcome}"}}[$__range])) '
        f"/ sum(increase({metric}_total[$__range]))"
    )


def total(metric: str) -> str:
    """Return the query of a counter's growth."""
    return f"sum(increase({metric}_total[$__range]))"


def mean(metric: str) -> str:
    """Return the query of a histogram's mean."""
    return f"sum(increase({metric}_sum[$__range])) / sum(increase({metric}_count[$__range]))"


def quantile(share: float, metric: str, by: str = "") -> str:
    """Return the query of a histogram's quantile, over time."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"


IN_BAND = (
    'sum(increase(context_budget_utilization_bucket{le="0.65"}[$__range])) '
    '- sum(increase(context_budget_utilization_bucket{le="0.4"}[$__range]))'
)
CACHE_HITS = (
    'sum(increase(context_cache_requests_total{context_outcome=~"hit|similar|shared"}[$__range])) '
    '/ sum(increase(context_cache_requests_total{context_outcome!="passed"}[$__range]))'
)
STATS = (
    ("Tokens a session", "short", mean("context_session_tokens")),
    ("Budget used by prompts, mean", "percentunit", mean("context_budget_utilization")),
    (
        "Prompts that use 40 to 65 %",
        "percentunit",
        f"({IN_BAND}) / sum(increase(context_budget_utilization_count[$__range]))",
    ),
    ("Compressions a session", "short", f"{total('context_compressions')} / {total('context_tasks')}"),
    ("Tokens left by a compression, mean", "percentunit", mean("context_compression_ratio")),
    ("Task completion", "percentunit", share("context_tasks", "completed")),
    ("Rework", "percentunit", f"{total('context_rework')} / {total('context_tasks')}"),
    ("Approval", "percentunit", share("context_reviews", "approved")),
    ("Error recovery", "percentunit", share("context_faults", "recovered")),
    ("Resumption success", "percentunit", share("context_resumptions", "succeeded")),
    ("Cache hits", "percentunit", CACHE_HITS),
    ("Hung agents", "short", "sum(context_agents_hung)"),
)
SERIES = (
    ("Budget share of the latest prompt", "percentunit", (("share", "max(context_budget_share)"),)),
    (
        "Tokens of prompts",
        "short",
        (("median", quantile(0.5, "context_prompt_tokens")), ("p95", quantile(0.95, "context_prompt_tokens"))),
    ),
    (
        "Tokens saved, by strategy",
        "short",
        (
            (
                "{{context_tier}}: {{context_strategy}}",
                "sum by (context_tier, context_strategy) (rate(context_tokens_saved_total[$__rate_interval]))",
            ),
        ),
    ),
    ("Tokens added", "short", (("tokens", "sum(rate(context_tokens_added_total[$__rate_interval]))"),)),
    (
        "Operations, p95",
        "s",
        (
            (
                "{{context_operation}}",
                quantile(0.95, "context_operation_duration_seconds", "context_operation"),
            ),
        ),
    ),
    (
        "Errors",
        "short",
        (
            (
                "{{context_operation}}: {{error_type}}",
                "sum by (context_operation, error_type) "
                '(rate(context_operation_duration_seconds_count{error_type!=""}[$__rate_interval]))',
            ),
            ("references lost", "sum(rate(context_references_lost_total[$__rate_interval]))"),
            ("summaries failed", "sum(rate(context_summary_failures_total[$__rate_interval]))"),
        ),
    ),
    (
        "Ways back",
        "short",
        (
            (
                "{{context_operation}}",
                "sum by (context_operation) (rate(context_nodes_restored_total[$__rate_interval]))",
            ),
        ),
    ),
    (
        "Cache requests",
        "short",
        (
            (
                "{{context_cache}}: {{context_outcome}}",
                "sum by (context_cache, context_outcome) (rate(context_cache_requests_total[$__rate_interval]))",
            ),
        ),
    ),
    ("Agents", "short", (("with a task", "sum(context_agents_active)"), ("hung", "sum(context_agents_hung)"))),
    (
        "Tokens that models counted",
        "short",
        (
            (
                "{{gen_ai_request_model}}: {{gen_ai_token_type}}",
                "sum by (gen_ai_request_model, gen_ai_token_type) "
                "(rate(gen_ai_client_token_usage_sum[$__rate_interval]))",
            ),
        ),
    ),
    (
        "Answers of models, p95",
        "s",
        (
            (
                "{{gen_ai_request_model}}",
                quantile(0.95, "gen_ai_client_operation_duration_seconds", "gen_ai_request_model"),
            ),
        ),
    ),
)


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    panels = [_stat(number, *stat) for number, stat in enumerate(STATS)]
    panels += [_series(number, *series) for number, series in enumerate(SERIES)]
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
    choice = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    return {
        "uid": "context-engine",
        "title": "Context engine",
        "tags": ["context", "agents"],
        "schemaVersion": 39,
        "timezone": "browser",
        "time": {"from": "now-24h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": [choice]},
        "panels": panels,
    }


def _stat(number: int, title: str, unit: str, query: str) -> dict[str, Any]:
    place = {"h": 4, "w": 4, "x": 4 * (number % 6), "y": 4 * (number // 6)}
    options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "none", "graphMode": "none"}
    targets = [{"refId": "A", "expr": query, "instant": True, "datasource": DATASOURCE}]
    return _panel("stat", title, unit, place, targets) | {"options": options}


def _series(number: int, title: str, unit: str, series: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    place = {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 + 8 * (number // 2)}
    targets = [
        {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend, "datasource": DATASOURCE}
        for place, (legend, query) in enumerate(series)
    ]
    return _panel("timeseries", title, unit, place, targets)


def _panel(kind: str, title: str, unit: str, place: dict[str, int], targets: list[dict[str, Any]]) -> dict[str, Any]:
    defaults = {"unit": unit, "min": 0}
    return {
        "type": kind,
        "title": title,
        "gridPos": place,
        "datasource": DATASOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": targets,
    }


if __name__ == "__main__":
    TARGET.write_text(json.dumps(dashboard(), indent=1) + "\n")
