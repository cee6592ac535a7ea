"""Reading, counting, building, appending, compressing, restoring: each beside a baseline of the same work done bare."""

import hashlib
from contextlib import suppress
from itertools import count

import orjson
import pytest
import toktok

from context_compression import CompressionPipeline
from context_core import (
    EncodingCounter,
    MemoryContentStore,
    NodeType,
    append,
    build,
    causal_chain,
    read,
    read_next,
    render,
    restore,
    window,
)

SHARE = 0.3


def bare_parse(logs):
    """Parse every line that is one JSON text."""
    rows = []
    for line in b"\n".join(logs).splitlines():
        with suppress(orjson.JSONDecodeError):
            rows.append(orjson.loads(line))
    return rows


def bare_texts(logs):
    """All strings of the messages, images left out as they are counted by size."""
    contents = [row["message"].get("content") for row in bare_parse(logs) if row.get("message")]
    return [text for text in strings(contents) if len(text) < 100_000]


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def bare_floor(logs):
    """Parse, count and hash: what no reader can do without."""
    texts = bare_texts(logs)
    toktok.batch_count(texts, "o200k_base", 1)
    for text in texts:
        hashlib.sha256(text.encode()).digest()
    return len(texts)


def graphs_of(logs):
    return [build(read(log)) for log in logs]


@pytest.mark.benchmark(group="read")
class TestRead:
    def test_baseline_orjson(self, benchmark, logs):
        """Parsing every line and nothing else."""
        assert benchmark(bare_parse, logs)

    def test_read(self, benchmark, logs):
        """From bytes to messages."""
        assert benchmark(lambda: [read(log) for log in logs])


@pytest.mark.benchmark(group="count")
class TestCount:
    def test_baseline_toktok(self, benchmark, logs):
        """The tokenizer called on all texts at once."""
        assert benchmark(toktok.batch_count, bare_texts(logs), "o200k_base", 1)

    def test_count_many(self, benchmark, logs):
        """The counter on the same texts."""
        assert benchmark(EncodingCounter().count_many, bare_texts(logs))


@pytest.mark.benchmark(group="read and build")
class TestBuild:
    def test_baseline_parse_count_hash(self, benchmark, logs):
        """Parsing, counting and hashing, and nothing kept."""
        assert benchmark(bare_floor, logs)

    def test_read_and_build(self, benchmark, logs):
        """From bytes to graphs of which nobody asked for causes."""
        assert all(benchmark(graphs_of, logs))

    def test_read_build_and_ask(self, benchmark, logs):
        """From bytes to the first causal chain of each graph, for which all causes are made."""
        assert all(benchmark(lambda: [causal_chain(graph, last_call(graph)) for graph in graphs_of(logs)]))


def last_call(graph):
    return list(graph.nodes(NodeType.TOOL_CALL))[-1].id


@pytest.mark.benchmark(group="append one message")
class TestAppend:
    def test_baseline_to_1k_nodes(self, benchmark, small_graph):
        """To a graph of 1,000 nodes, asking for its edges as one that stores them does."""
        benchmark.pedantic(append_to(small_graph), rounds=300)

    def test_to_100k_nodes(self, benchmark, large_graph):
        """To a graph of 100,000 nodes: as quick as to a small one."""
        benchmark.pedantic(append_to(large_graph), rounds=300)


def append_to(graph):
    numbers = count()

    def one():
        message = {"role": "assistant", "content": f"message {next(numbers)} " + "of some words " * 160}
        [node] = append(graph, read_next([message], graph.leaf.rpartition("/")[0]))
        return list(graph.in_edges(node.id))

    one()  # makes the causes of all that is there
    return one


@pytest.mark.benchmark(group="compress to 30 %")
class TestCompress:
    def test_baseline_parse_count_hash(self, benchmark, logs):
        """Parsing, counting and hashing the sessions once."""
        assert benchmark(bare_floor, logs)

    def test_compress(self, benchmark, logs):
        """Planning, filling and applying."""
        results = benchmark.pedantic(compress, setup=lambda: ((graphs_of(logs),), {}), rounds=5)
        assert all(result.plan.fits for result, _ in results)

    def test_bytes_to_rendered_messages(self, benchmark, logs):
        """Reading, building, compressing and rendering."""

        def whole():
            graphs = graphs_of(logs)
            compress(graphs)
            return [render(graph, "anthropic") for graph in graphs]

        assert all(benchmark(whole))


def compress(graphs):
    """Compress each graph to its share; the smallest keep a little more, as their task alone takes that."""
    results = []
    for graph in graphs:
        store, target = MemoryContentStore(), max(400, int(window(graph).tokens * SHARE))
        results.append((CompressionPipeline().compress(graph, target_tokens=target, store=store), store))
    return results


@pytest.mark.benchmark(group="restore")
class TestRestore:
    def test_baseline_compress(self, benchmark, logs):
        """What is undone: compressing to 30 %."""
        benchmark.pedantic(compress, setup=lambda: ((graphs_of(logs),), {}), rounds=5)

    def test_restore(self, benchmark, logs):
        """All nodes back in place."""

        def compressed():
            graphs = graphs_of(logs)
            return (graphs, compress(graphs)), {}

        assert any(benchmark.pedantic(restore_all, setup=compressed, rounds=5))


def restore_all(graphs, results):
    return [restore(graph, r.manifest, store) for graph, (r, store) in zip(graphs, results, strict=True)]
