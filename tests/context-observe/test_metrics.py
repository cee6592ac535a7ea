"""MetricSink and its ways out: a scrape over HTTP, and a receiving server on loopback."""

import importlib.util
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from context_core import (
    ContextGraph,
    emit,
    listen,
    operation,
)
from context_observe import (
    MetricSink,
    SpanSink,
    TaskEnded,
    TaskStarted,
    otlp_metrics,
    otlp_spans,
    prometheus_metrics,
)

needs_prometheus = pytest.mark.skipif(
    importlib.util.find_spec("prometheus_client") is None, reason='needs pip install "context-observe[prometheus]"'
)
needs_otlp = pytest.mark.skipif(
    importlib.util.find_spec("opentelemetry.exporter") is None, reason='needs pip install "context-observe[otlp]"'
)
SESSION = "session-of-anna"


def scraped(text):
    """The samples of a scrape, by name and labels."""
    from prometheus_client.parser import text_string_to_metric_families

    families = text_string_to_metric_families(text)
    return {
        (sample.name, tuple(sorted((k, v) for k, v in sample.labels.items() if v))): sample.value
        for family in families
        for sample in family.samples
    }


@needs_prometheus
class TestPrometheus:
    def test_a_scrape_has_everything(self, everything):
        """What happened stands in the answer to an HTTP request, each with its labels."""
        with prometheus_metrics(0) as metrics, listen(MetricSink(metrics.meter_provider)):
            everything(SESSION)
            with urllib.request.urlopen(metrics.url, timeout=10) as answer:
                found = scraped(answer.read().decode())
        expected = {
            ("context_tokens_added_total", ()): 5,
            ("context_tokens_saved_total", (("context_strategy", "externalize"), ("context_tier", "lossless"))): 600,
            ("context_compressions_total", ()): 1,
            ("context_compression_ratio_sum", ()): 0.4,
            ("context_prompt_tokens_sum", (("context_budget_level", "warning"),)): 500,
            ("context_budget_share", ()): 0.5,
            ("context_budget_utilization_bucket", (("le", "0.5"),)): 1,
            ("context_budget_utilization_bucket", (("le", "0.4"),)): 0,
            ("context_session_tokens_sum", ()): 5,
            ("context_summary_failures_total", (("context_summarizer", "Model"),)): 1,
            ("context_references_lost_total", (("error_type", "UnknownReferenceError"),)): 1,
            ("context_cache_requests_total", (("context_cache", "tools"), ("context_outcome", "hit"))): 1,
            ("context_tasks_total", (("context_outcome", "completed"),)): 1,
            ("context_reviews_total", (("context_outcome", "rejected"),)): 1,
            ("context_rework_total", ()): 1,
            ("context_faults_total", (("context_outcome", "recovered"),)): 1,
            ("context_resumptions_total", (("context_outcome", "succeeded"),)): 1,
            ("context_agents_hung", ()): 0,
            ("context_operation_duration_seconds_count", (("context_operation", "build"),)): 1,
            (
                "gen_ai_client_token_usage_sum",
                (("gen_ai_operation_name", "chat"), ("gen_ai_request_model", "small"), ("gen_ai_token_type", "input")),
            ): 30,
        }
        assert {key: found.get(key) for key in expected} == expected

    def test_no_label_is_a_session_or_a_node(self, everything):
        """However many sessions there are, there are no more time series than with one."""
        counts = []
        for sessions in (["only"], [f"session-{number}" for number in range(30)]):
            with prometheus_metrics() as metrics, listen(MetricSink(metrics.meter_provider)):
                for session_id in sessions:
                    everything(session_id)
                text = metrics.text()
            counts.append(len(scraped(text)))
            assert not any(session_id in text for session_id in sessions)
        assert counts[0] == counts[1]

    def test_a_silent_agent_is_hung(self):
        """A session with a task that nothing is heard of counts, until it speaks or ends."""
        now = [0.0]
        with prometheus_metrics() as metrics:
            sink = MetricSink(metrics.meter_provider, hung_seconds=60, clock=lambda: now[0])

            def hung():
                found = scraped(metrics.text())
                return found["context_agents_active", ()], found["context_agents_hung", ()]

            with listen(sink):
                emit(TaskStarted("a"))
                emit(TaskStarted("b"))
                ContextGraph("never told of")
                now[0] = 61
                with operation("search", "b"):
                    pass
                assert hung() == (2, 1)
                emit(TaskEnded("a", completed=False))
                assert hung() == (1, 0)

    def test_two_are_apart(self, everything):
        """Each has a registry of its own; the library's global one is left alone."""
        from prometheus_client import REGISTRY, generate_latest

        with prometheus_metrics() as one, prometheus_metrics() as other, listen(MetricSink(one.meter_provider)):
            everything(SESSION)
            assert "context_tasks_total" in one.text()
            assert "context_tasks_total" not in other.text()
            assert "context_" not in generate_latest(REGISTRY).decode()

    def test_a_port_that_is_taken(self):
        """It is the usual error, and the first server goes on."""
        with prometheus_metrics(0) as metrics:
            port = int(metrics.url.rsplit(":", 1)[1].split("/")[0])
            with pytest.raises(OSError, match="in use"):
                prometheus_metrics(port)
            assert urllib.request.urlopen(metrics.url, timeout=10).status == 200

    def test_closing_stops_the_server(self):
        """Nothing is served afterwards."""
        with prometheus_metrics(0) as metrics:
            pass
        with pytest.raises(urllib.error.URLError):
            urllib.request.urlopen(metrics.url, timeout=10)


class Collector(ThreadingHTTPServer):
    """Receives what a collector would; `bodies` are (path, body)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.bodies, self.headers = [], []
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.server.bodies.append((self.path, body))
        self.server.headers.append(dict(self.headers))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def collector():
    server = Collector()
    yield server
    server.close()


@needs_otlp
class TestOtlp:
    def test_spans_arrive(self, collector):
        """A collector on loopback receives the spans, with their parents, their service and the given headers."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        provider = otlp_spans(f"{collector.url}/", service_name="my-agent", headers={"x-key": "k"})
        with listen(SpanSink(provider)), operation("compress", SESSION), operation("strategy", SESSION):
            pass
        provider.shutdown()
        [(path, body)] = collector.bodies
        [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
        spans = {span.name: span for scope in resource.scope_spans for span in scope.spans}
        assert path == "/v1/traces"
        assert collector.headers[0]["x-key"] == "k"
        assert spans["strategy"].parent_span_id == spans["compress"].span_id
        assert ("service.name", "my-agent") in {(a.key, a.value.string_value) for a in resource.resource.attributes}

    def test_metrics_arrive(self, collector, everything):
        """The last of them are sent when the provider is shut down."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        provider = otlp_metrics(collector.url, interval_seconds=3600)
        with listen(MetricSink(provider)):
            everything(SESSION)
        provider.shutdown()
        [(path, body)] = collector.bodies
        [resource] = ExportMetricsServiceRequest.FromString(body).resource_metrics
        names = {metric.name for scope in resource.scope_metrics for metric in scope.metrics}
        assert path == "/v1/metrics"
        assert {"context.tasks", "context.tokens.saved", "context.agents.hung", "gen_ai.client.token.usage"} <= names
        assert SESSION.encode() not in body

    def test_a_ratio_of_traces(self, collector):
        """With a ratio of nothing, nothing is sent; with all, all is."""
        for ratio, sent in ((0.0, 0), (1.0, 1)):
            provider = otlp_spans(collector.url, sample_ratio=ratio)
            with listen(SpanSink(provider)), operation("search"):
                pass
            provider.shutdown()
            assert len(collector.bodies) == sent

    @pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
    def test_a_ratio_that_is_none(self, ratio):
        """It is refused with what was expected."""
        with pytest.raises(ValueError, match="expected a share from 0 to 1"):
            otlp_spans("http://127.0.0.1:1", sample_ratio=ratio)

    def test_an_interval_that_is_none(self):
        """It is refused with what was expected."""
        with pytest.raises(ValueError, match="expected a number of seconds above 0"):
            otlp_metrics("http://127.0.0.1:1", interval_seconds=0)


def test_without_a_provider_nothing_happens(everything):
    """Where the application has set none up, the interface's own does nothing, and nothing fails."""
    with listen(MetricSink()):
        everything(SESSION)
