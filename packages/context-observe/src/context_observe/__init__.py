"""See an agent's context: traces, metrics, logs and an HTML report, as sinks for context-core's events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.on_demand import on_demand

if TYPE_CHECKING:
    from context_observe.checklist import Checklist, Figure
    from context_observe.grafana import dashboard
    from context_observe.html_report.report import report
    from context_observe.log_sink import JsonFormatter, LogSink
    from context_observe.metric_sink import MetricSink
    from context_observe.otlp import otlp_metrics, otlp_spans
    from context_observe.outcomes import FaultMet, SessionResumed, TaskEnded, TaskStarted, WorkRedone, WorkReviewed
    from context_observe.prometheus import PrometheusMetrics, prometheus_metrics
    from context_observe.secrets import masked, masked_value
    from context_observe.span_sink import SpanSink

__version__ = "0.1.0"

__all__ = [
    "Checklist",
    "FaultMet",
    "Figure",
    "JsonFormatter",
    "LogSink",
    "MetricSink",
    "PrometheusMetrics",
    "SessionResumed",
    "SpanSink",
    "TaskEnded",
    "TaskStarted",
    "WorkRedone",
    "WorkReviewed",
    "dashboard",
    "masked",
    "masked_value",
    "otlp_metrics",
    "otlp_spans",
    "prometheus_metrics",
    "report",
]

_MODULES = {
    "Checklist": "checklist",
    "FaultMet": "outcomes",
    "Figure": "checklist",
    "JsonFormatter": "log_sink",
    "LogSink": "log_sink",
    "MetricSink": "metric_sink",
    "PrometheusMetrics": "prometheus",
    "SessionResumed": "outcomes",
    "SpanSink": "span_sink",
    "TaskEnded": "outcomes",
    "TaskStarted": "outcomes",
    "WorkRedone": "outcomes",
    "WorkReviewed": "outcomes",
    "dashboard": "grafana",
    "masked": "secrets",
    "masked_value": "secrets",
    "otlp_metrics": "otlp",
    "otlp_spans": "otlp",
    "prometheus_metrics": "prometheus",
    "report": "html_report.report",
}


__getattr__ = on_demand(__name__, _MODULES)


def __dir__() -> list[str]:
    return __all__
