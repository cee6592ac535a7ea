"""A live session under all sinks at once, and a real Prometheus that scrapes it and answers the dashboard's queries."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import ExitStack

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from context_core import emit, listen, read, render
from context_observe import (
    Checklist,
    LogSink,
    MetricSink,
    SpanSink,
    TaskEnded,
    TaskStarted,
    dashboard,
    prometheus_metrics,
)
from context_suite import ContextEngine

PATIENCE_SECONDS = 60


def replay(path, engine):
    """Put a recorded chat into an engine, message by message, and ask for a prompt before each of the agent's turns."""
    from context_core import build

    for message in render(build(read(path))):
        if message["role"] == "assistant":
            engine.prompt()
        engine.add(message)
    engine.prompt()


@pytest.fixture
def session(data):
    """Return a recorded session whose messages a provider takes."""
    return sorted((data / "entire_claude_code").rglob("*full.jsonl"), key=lambda path: path.stat().st_size)[4]


@pytest.mark.data
def test_a_real_session_under_all_sinks(session, tmp_path):
    """Spans make one tree, metrics and checklist agree with each other and with the engine, and nothing said leaks."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    logged: list[str] = []
    logger = logging.Logger("test", logging.DEBUG)
    logger.addHandler(handler := logging.Handler())
    handler.emit = lambda record: logged.append(record.getMessage())
    with ExitStack() as stack:
        metrics = stack.enter_context(prometheus_metrics())
        checklist = stack.enter_context(listen(Checklist()))
        for sink in (SpanSink(provider), MetricSink(metrics.meter_provider), LogSink(logger)):
            stack.enter_context(listen(sink))
        engine = stack.enter_context(ContextEngine(12_000, f"sqlite:///{tmp_path}/s.db", "observed-session"))
        emit(TaskStarted("observed-session"))
        replay(session, engine)
        reference = next(node.elided for node in engine.graph.nodes() if node.elided)
        engine.expand(reference)
        emit(TaskEnded("observed-session", completed=True))
        text = metrics.text()
    spans = {span.context.span_id: span for span in exporter.get_finished_spans()}
    parents = {(span.name, spans[span.parent.span_id].name if span.parent else None) for span in spans.values()}
    assert {("prompt", None), ("compress", "prompt"), ("strategy", "compress"), ("add", None)} <= parents
    assert {("store.record", "add"), ("store.commit", "prompt"), ("render", "prompt"), ("expand", None)} <= parents
    assert all(span.end_time >= span.start_time for span in spans.values())
    compressions = [span for span in spans.values() if span.name == "compress" and span.attributes["context.nodes"]]
    assert checklist.figure("compressions a session").value == len(compressions) > 0
    assert f"context_compressions_total {len(compressions)}.0" in text
    assert checklist.figure("originals looked at or restored").value == 1
    said = {
        line
        for node in engine.graph.nodes()
        for line in node.content.splitlines()
        if len(line) > 40 and len(set(line)) > 10
    }
    told = "".join(span.to_json() for span in spans.values()) + "".join(logged) + text
    assert len(said) > 100
    assert not [line for line in said if line in told]
    assert "observed-session" not in text


@pytest.fixture
def prometheus(tmp_path):
    """Return a function that starts a real Prometheus which scrapes a URL, and returns where it answers."""
    binary = shutil.which("prometheus")
    if binary is None:
        pytest.skip("needs prometheus on the path: tools/fetch_prometheus.sh FOLDER puts Debian's there")
    with socket.socket() as free, ExitStack() as stack:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        def start(target):
            config = {
                "global": {"scrape_interval": "1s"},
                "scrape_configs": [{"job_name": "agents", "static_configs": [{"targets": [target]}]}],
            }
            (tmp_path / "prometheus.yml").write_text(json.dumps(config))
            free.close()
            command = [
                binary,
                f"--config.file={tmp_path}/prometheus.yml",
                f"--storage.tsdb.path={tmp_path}/data",
                f"--web.listen-address=127.0.0.1:{port}",
                "--log.level=error",
            ]
            environment = {**os.environ, "no_proxy": "*"}
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return f"http://127.0.0.1:{port}"

        yield start


def asked(url, query):
    """Return what Prometheus answers to a query, or raise what it says is wrong."""
    with urllib.request.urlopen(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}", timeout=10) as answer:
        body = json.load(answer)
    assert body["status"] == "success", body
    return body["data"]["result"]


def value_of(url, query):
    """Return the one value of a query once Prometheus has it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if result := asked(url, query):
                return float(result[0]["value"][1])
        except (OSError, AssertionError):
            pass
        time.sleep(0.2)
    raise AssertionError(f"Prometheus has nothing for {query}")


def test_a_real_prometheus_scrapes_and_understands_the_dashboard(prometheus):
    """It takes the metrics as they are served, counts them right, and can answer every panel's query."""
    with prometheus_metrics(0) as metrics, listen(MetricSink(metrics.meter_provider)):
        url = prometheus(metrics.url.removeprefix("http://").removesuffix("/metrics"))
        engine = ContextEngine(4_000, "memory://", "s")
        emit(TaskStarted("s"))
        engine.add({"role": "user", "content": "Why does the build fail?"})
        value_of(url, "sum(context_tokens_added_total)")
        for number in range(4):
            call = {"id": f"c{number}", "type": "function", "function": {"name": "log", "arguments": "{}"}}
            engine.add({"role": "assistant", "content": None, "tool_calls": [call]})
            engine.add({"role": "tool", "tool_call_id": f"c{number}", "content": f"line {number} of the log\n" * 400})
            engine.prompt()
        emit(TaskEnded("s", completed=True))
        assert value_of(url, 'sum(context_tasks_total{context_outcome="completed"})') == 1
        assert value_of(url, "sum(context_tokens_saved_total) > 0") > 1_000
        for panel in json.loads(dashboard())["panels"]:
            for target in panel["targets"]:
                asked(url, target["expr"].replace("$__range", "5m").replace("$__rate_interval", "5s"))
        shares = "histogram_quantile(0.5, sum by (le) (context_budget_utilization_bucket))"
        assert 0 < value_of(url, shares) < 1
