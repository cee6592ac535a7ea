"""What it costs to be observable: operations and events that nobody hears, against the work that they stand in."""

from statistics import median
from time import perf_counter, thread_time

import pytest

from context_compression import CompressionPipeline
from context_core import MemoryStore, OperationStarted, build, listen, operation, read, render, restore
from context_core.events import Event, emit

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
    benchmark.pedantic(work, args=(logs[0],), rounds=3)


@pytest.mark.benchmark(group="observing")
def test_with_a_sink(benchmark, logs):
    """The main job with a sink that keeps all it hears."""

    def heard():
        events = []
        with listen(events.append):
            work(logs[0])

    benchmark.pedantic(heard, rounds=3)


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
