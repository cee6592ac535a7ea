"""Cost of a graph by its size: time to append, time to ask, memory beyond content, and how each grows.

    uv run python -m benchmarks.scale --nodes 100000

One process, one session. Times are of single operations, in milliseconds of the thread: what other programs on the
machine do is not in them.
"""

from __future__ import annotations

import argparse
import gc
import math
import random
import statistics
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

from benchmarks.sessions import Speaker, steps
from context_core import (
    ContextGraph,
    EdgeType,
    SearchIndex,
    causal_chain,
    effects,
    mentions,
    neighborhood,
    timeline,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def grow(nodes: int, tokens: int = 500) -> ContextGraph:
    """Return a session of as many nodes, with their causes and the posting lists of their values made."""
    graph = ContextGraph("scale")
    for _ in steps(graph, nodes, tokens):
        pass
    _ = graph.values
    return graph


def append_times(graph: ContextGraph, count: int, tokens: int = 500) -> list[float]:
    """Return the seconds of each of as many further appends, to the graph and to an index of words in memory.

    Each asks for the edges of the new node, causes included, as one that stores them does. Making the texts is not
    counted.
    """
    speaker, times = Speaker(seed=1), list[float]()
    with SearchIndex() as index:
        for number in range(count):
            text = speaker.text(tokens)
            start = time.thread_time()
            node = graph.add_message("assistant" if number % 10 else "user", text)
            list(graph.in_edges(node.id))
            index.add([node])
            times.append(time.thread_time() - start)
    return times


def query_times(graph: ContextGraph, count: int) -> dict[str, list[float]]:
    """Return the seconds of each query, by its name, on nodes drawn at random."""
    draw = random.Random(2)
    ids = [node.id for node in graph.nodes()]
    speaker = Speaker(seed=0)
    values = [speaker.value() for _ in range(20_000)]
    queries: dict[str, Callable[[], Any]] = {
        "node": lambda: graph.node(draw.choice(ids)),
        "in_edges": lambda: list(graph.in_edges(draw.choice(ids))),
        "causal_chain": lambda: causal_chain(graph, draw.choice(ids), max_nodes=50),
        "effects": lambda: effects(graph, draw.choice(ids), max_nodes=50),
        "neighborhood": lambda: neighborhood(graph, draw.choice(ids)),
        "mentions": lambda: mentions(graph, draw.choice(values)),
        "timeline of an entity": lambda: timeline(graph, draw.choice(values)),
        "references": lambda: list(graph.out_edges(draw.choice(ids), EdgeType.REFERENCES)),
    }
    return {name: [_timed(ask) for _ in range(count)] for name, ask in queries.items()}


def _timed(ask: Callable[[], Any]) -> float:
    start = time.thread_time()
    ask()
    return time.thread_time() - start


def bytes_beyond_content(nodes: int, tokens: int = 500) -> float:
    """Return the bytes a node costs beside the text of its content, index included."""
    gc.collect()
    tracemalloc.start()
    graph = grow(nodes, tokens)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    content = sum(node.content.__sizeof__() for node in graph.nodes())
    return (used - content) / nodes


def slope(sizes: list[int], tokens: int = 30) -> tuple[float, list[float]]:
    """Return the slope of log time over log size, by least squares, and the seconds of each size."""
    seconds: list[float] = []
    for size in sizes:
        gc.collect()
        start = time.thread_time()
        grow(size, tokens)
        seconds.append(time.thread_time() - start)
    fit = statistics.linear_regression([math.log(size) for size in sizes], [math.log(second) for second in seconds])
    return fit.slope, seconds


def percentile(times: list[float], share: float) -> float:
    """Return the time, in milliseconds, that a share of the times does not exceed."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000


def main(arguments: list[str] | None = None) -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=2_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    options = parser.parse_args(arguments)
    memory = bytes_beyond_content(min(options.nodes, 20_000))
    print(f"memory beyond content      {memory:8,.0f} bytes a node")
    graph = grow(options.nodes)
    print(repr(graph))
    for name, times in {
        "append and index": append_times(graph, options.samples),
        **query_times(graph, options.samples),
    }.items():
        print(
            f"{name:24} p50 {percentile(times, 0.5):8.3f} ms   p99 {percentile(times, 0.99):8.3f} ms   "
            f"max {max(times) * 1000:8.3f} ms"
        )
    if options.sizes:
        exponent, seconds = slope(options.sizes)
        print("log-log slope", f"{exponent:.3f}", dict(zip(options.sizes, (round(s, 2) for s in seconds), strict=True)))


if __name__ == "__main__":
    main()
