"""OTLP: spans and metrics sent to a collector, over HTTP. Needs the extra ``otlp``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

_HTTP = "opentelemetry.exporter.otlp.proto.http"


def otlp_spans(
    endpoint: str | None = None,
    *,
    sample_ratio: float = 1.0,
    service_name: str = "context-engine",
    headers: Mapping[str, str] | None = None,
) -> TracerProvider:
    """Return a tracer provider that sends spans to a collector in the background; nothing is set for the process.

    Call its ``shutdown`` at the end: it sends what is left.

    Args:
        endpoint: such as ``http://127.0.0.1:4318``; what ``OTEL_EXPORTER_OTLP_ENDPOINT`` says unless given.
        sample_ratio: the share of traces to record, from 0 to 1, chosen by trace id; a trace that the caller began is
            recorded as its beginning was.
        service_name: what the spans are of.
        headers: further headers, such as a key.

    Raises:
        MissingExtraError: the extra ``otlp`` is not installed.
        ValueError: the ratio is not from 0 to 1.
    """
    if not 0 <= sample_ratio <= 1:
        raise ValueError(f"got sample_ratio={sample_ratio}; expected a share from 0 to 1")
    sdk, export = _need("opentelemetry.sdk.trace"), _need("opentelemetry.sdk.trace.export")
    sampling = _need("opentelemetry.sdk.trace.sampling")
    exporter = _need(f"{_HTTP}.trace_exporter").OTLPSpanExporter(_at(endpoint, "traces"), headers=dict(headers or {}))
    provider = sdk.TracerProvider(
        sampler=sampling.ParentBasedTraceIdRatio(sample_ratio), resource=_resource(service_name), shutdown_on_exit=False
    )
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    return provider


def otlp_metrics(
    endpoint: str | None = None,
    *,
    interval_seconds: float = 60.0,
    service_name: str = "context-engine",
    headers: Mapping[str, str] | None = None,
) -> MeterProvider:
    """Return a meter provider that sends metrics to a collector at an interval; nothing is set for the process.

    Call its ``shutdown`` at the end: it sends what is left.

    Args:
        endpoint: such as ``http://127.0.0.1:4318``; what ``OTEL_EXPORTER_OTLP_ENDPOINT`` says unless given.
        interval_seconds: how often.
        service_name: what the metrics are of.
        headers: further headers, such as a key.

    Raises:
        MissingExtraError: the extra ``otlp`` is not installed.
        ValueError: the interval is not positive.
    """
    if not interval_seconds > 0:
        raise ValueError(f"got interval_seconds={interval_seconds}; expected a number of seconds above 0")
    sdk, export = _need("opentelemetry.sdk.metrics"), _need("opentelemetry.sdk.metrics.export")
    exporter = _need(f"{_HTTP}.metric_exporter").OTLPMetricExporter(
        _at(endpoint, "metrics"), headers=dict(headers or {})
    )
    reader = export.PeriodicExportingMetricReader(exporter, export_interval_millis=interval_seconds * 1000)
    return sdk.MeterProvider(metric_readers=[reader], resource=_resource(service_name), shutdown_on_exit=False)


def _need(module: str) -> Any:
    return need(module, "otlp", package="context-observe")


def _at(endpoint: str | None, signal: str) -> str | None:
    """Return where a signal goes: the exporter adds the path only to what the environment says."""
    return None if endpoint is None else f"{endpoint.rstrip('/')}/v1/{signal}"


def _resource(service_name: str) -> Any:
    return _need("opentelemetry.sdk.resources").Resource.create({"service.name": service_name})
