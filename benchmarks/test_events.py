"""What it costs to be observable: operations and events that nobody hears, against the work that they stand in."""

from statistics import median
from time import perf_counter, thread_time

import pytest

from context_compression import CompressionPipeline
from context_core import MemoryStore, OperationStarted, build, listen, operation, read, render, restore
from context_core.events import Event, emit
from context_observe import Checklist, MetricSink, SpanSink, prometheus_metrics

SILENCES = 100_000


def work(log):
    """Read, build, store, compress, render, restore."""
    graph, store = build(read(log), session_id="s"), MemoryStore()
    store.append("s", graph.nodes(), graph.edges())
    result = CompressionPipeline().compress(graph, target_tokens=max(500, graph.total_tokens // 3), store=store)
    store.commit("s", result.manifest.changes)
    render(graph)
    restore(graph, result.manifest, store)


def seconds_a_silence():
    """Seconds of one operation and one event that nobody hears, and of the check in a store's method."""
    event = Event("s")
    start = perf_counter()
    for _ in range(SILENCES):
        with operation("search", "s", limit=10) as running:
            running.note(hits=1)
        emit(event)
    return (perf_counter() - start) / SILENCES


@pytest.mark.benchmark(group="observing")
def test_baseline_work(benchmark, logs):
    """The main job with no sink."""
    benchmark.pedantic(work, args=(max(logs, key=len),), rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="observing")
def test_with_a_sink(benchmark, logs):
    """The main job with a sink that keeps all it hears."""

    def heard():
        events = []
        with listen(events.append):
            work(max(logs, key=len))

    benchmark.pedantic(heard, rounds=5)


def spans(ratio):
    """A sink that makes spans, of which as many are kept as the ratio says, and does nothing with them."""
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    sampling = pytest.importorskip("opentelemetry.sdk.trace.sampling")
    return SpanSink(trace.TracerProvider(sampler=sampling.TraceIdRatioBased(ratio), shutdown_on_exit=False))


def metrics():
    """A sink that counts for a scrape."""
    return MetricSink(prometheus_metrics().meter_provider)


@pytest.mark.parametrize(
    "sink",
    [lambda: spans(0), lambda: spans(1), metrics, Checklist],
    ids=["spans sampled out", "spans", "metrics", "checklist"],
)
@pytest.mark.benchmark(group="observing")
def test_with_a_sink_of_the_package(benchmark, logs, sink):
    """The main job as it is observed."""
    hear = sink()

    def heard():
        with listen(hear):
            work(max(logs, key=len))

    benchmark.pedantic(heard, rounds=5)


def one_operation():
    with operation("search", "s", limit=10) as running:
        running.note(hits=1)


@pytest.mark.benchmark(group="one operation")
def test_baseline_a_lookup(benchmark):
    """What any operation costs: with no sink, and nothing in it."""
    benchmark(one_operation)


@pytest.mark.parametrize(
    "sink", [lambda: spans(0), lambda: spans(1), metrics], ids=["a span sampled out", "a span", "metrics"]
)
@pytest.mark.benchmark(group="one operation")
def test_one_operation(benchmark, sink):
    """What it costs where it is heard."""
    with listen(sink()):
        benchmark(one_operation)


@pytest.mark.parametrize("which", [min, max], ids=["the smallest log", "the largest log"])
def test_silence_costs_under_a_hundredth(which, logs, is_measured, capsys):
    """The share of the main job that goes into telling nobody: how often, times what once costs."""
    log, events = which(logs, key=len), []
    with listen(events.append):
        work(log)
    told = sum(not isinstance(event, OperationStarted) for event in events)
    assert told > 5
    if is_measured:
        times = []
        for _ in range(3):
            start = thread_time()
            work(log)
            times.append(thread_time() - start)
        share = told * seconds_a_silence() / median(times)
        with capsys.disabled():
            print(f"\n{told:,} operations and events, {seconds_a_silence() * 1e9:.0f} ns each: {share:.4%} of the work")
