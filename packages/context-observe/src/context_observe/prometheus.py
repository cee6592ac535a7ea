"""Prometheus: metrics served over HTTP for a scrape, from a registry of their own.

Needs the extra ``prometheus``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from context_core.extras import need

if TYPE_CHECKING:
    from types import TracebackType

    from opentelemetry.sdk.metrics import MeterProvider
    from prometheus_client import CollectorRegistry


@dataclass(frozen=True, slots=True)
class PrometheusMetrics:
    """A meter provider whose metrics can be scraped; a context manager.

    Attributes:
        meter_provider: give it to `MetricSink`.
        registry: what is scraped; mount it in a web application of your own instead of serving it here.
        url: where the scrape is served; None where it is not.
    """

    meter_provider: MeterProvider
    registry: CollectorRegistry
    url: str | None
    _server: Any

    def text(self) -> str:
        """Return the metrics as a scrape would."""
        exposition: Any = need("prometheus_client", "prometheus", package="context-observe")
        return exposition.generate_latest(self.registry).decode()

    def close(self) -> None:
        """Stop serving, and the provider."""
        if self._server is not None:
            server, thread = self._server
            server.shutdown()
            server.server_close()
            thread.join()
        self.meter_provider.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def prometheus_metrics(port: int | None = None, address: str = "127.0.0.1") -> PrometheusMetrics:
    """Return metrics that Prometheus can scrape; nothing is set for the process.

    Args:
        port: serve them there; 0 for any free port, None to serve nothing.
        address: the address to listen on, this machine alone unless given.

    Raises:
        MissingExtraError: the extra ``prometheus`` is not installed.
        OSError: the port is taken.

    Example:
        >>> from context_core import build, listen, read
        >>> from context_observe import MetricSink
        >>> with prometheus_metrics() as metrics, listen(MetricSink(metrics.meter_provider)):
        ...     _ = build(read([{"role": "user", "content": "hi"}]))
        ...     print([line for line in metrics.text().splitlines() if line.startswith("context_tokens_added")])
        ['context_tokens_added_total 5.0']
    """
    client: Any = need("prometheus_client", "prometheus", package="context-observe")
    exporter: Any = need("opentelemetry.exporter.prometheus", "prometheus", package="context-observe")
    sdk: Any = need("opentelemetry.sdk.metrics", "prometheus", package="context-observe")
    registry = client.CollectorRegistry()
    reader = exporter.PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=registry)
    provider = sdk.MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    if port is None:
        return PrometheusMetrics(provider, registry, None, None)
    try:
        served = client.start_http_server(port, address, registry)
    except BaseException:
        provider.shutdown()
        raise
    host, bound = served[0].server_address[:2]
    return PrometheusMetrics(provider, registry, f"http://{host}:{bound}/metrics", served)
