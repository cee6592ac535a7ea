"""Reading, counting, building, appending, compressing, restoring: each beside a baseline of the same work done bare."""

import hashlib
from itertools import count

import orjson
import pytest
import toktok

from context_compression import CompressionPipeline
from context_core import EncodingCounter, MemoryContentStore, append, build, read, read_next, render, restore, window


def bare_parse(log):
    return [orjson.loads(line) for line in log.splitlines()]


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def bare_floor(log):
    """Parse, count and hash: what no reader can do without."""
    rows = bare_parse(log)
    texts = [text for row in rows for text in strings(row["message"]["content"])]
    toktok.batch_count(texts, "o200k_base", 1)
    for text in texts:
        hashlib.sha256(text.encode()).digest()
    return len(rows)


@pytest.mark.benchmark(group="read")
class TestRead:
    def test_baseline_orjson(self, benchmark, log):
        """Parsing every line and nothing else."""
        assert benchmark(bare_parse, log)

    def test_read(self, benchmark, log):
        """From bytes to messages."""
        assert benchmark(read, log).messages


@pytest.mark.benchmark(group="count")
class TestCount:
    def test_baseline_toktok(self, benchmark, log):
        """The tokenizer called on all texts at once."""
        texts = [text for row in bare_parse(log) for text in strings(row["message"]["content"])]
        assert benchmark(toktok.batch_count, texts, "o200k_base", 1)

    def test_count_many(self, benchmark, log):
        """The counter on the same texts."""
        texts = [text for row in bare_parse(log) for text in strings(row["message"]["content"])]
        assert benchmark(EncodingCounter().count_many, texts)


@pytest.mark.benchmark(group="read and build")
class TestBuild:
    def test_baseline_parse_count_hash(self, benchmark, log):
        """Parsing, counting and hashing, and nothing kept."""
        assert benchmark(bare_floor, log)

    def test_read_and_build(self, benchmark, log):
        """From bytes to a graph."""
        assert len(benchmark(lambda: build(read(log))))


@pytest.mark.benchmark(group="append one message")
class TestAppend:
    def test_baseline_to_1k_nodes(self, benchmark, small_graph):
        """To a graph of 1,000 nodes."""
        benchmark.pedantic(append_to(small_graph), rounds=300)

    def test_to_100k_nodes(self, benchmark, large_graph):
        """To a graph of 100,000 nodes: as quick as to a small one."""
        benchmark.pedantic(append_to(large_graph), rounds=300)


def append_to(graph):
    numbers = count()

    def one():
        message = {"role": "assistant", "content": f"message {next(numbers)} " + "of some words " * 160}
        return append(graph, read_next([message], graph.leaf.rpartition("/")[0]))

    return one


@pytest.mark.benchmark(group="compress to 30 %")
class TestCompress:
    def test_baseline_parse_count_hash(self, benchmark, log):
        """Parsing, counting and hashing the session once."""
        assert benchmark(bare_floor, log)

    def test_compress(self, benchmark, log):
        """Planning, filling and applying."""
        transcript = read(log)

        def graph():
            made = build(transcript)
            return (made, int(window(made).tokens * 0.3)), {}

        result = benchmark.pedantic(compress, setup=graph, rounds=5)
        assert result.tokens_after <= result.plan.target_tokens

    def test_bytes_to_rendered_messages(self, benchmark, log):
        """Reading, building, compressing and rendering."""

        def whole():
            graph = build(read(log))
            compress(graph, int(window(graph).tokens * 0.3))
            return render(graph, "anthropic")

        assert benchmark(whole)


def compress(graph, target):
    return CompressionPipeline().compress(graph, target_tokens=target, store=MemoryContentStore())


@pytest.mark.benchmark(group="restore")
class TestRestore:
    def test_baseline_compress(self, benchmark, log):
        """What is undone: compressing to 30 %."""
        transcript = read(log)
        benchmark.pedantic(
            compress, setup=lambda: ((g := build(transcript), int(window(g).tokens * 0.3)), {}), rounds=5
        )

    def test_restore(self, benchmark, log):
        """All nodes back in place."""
        transcript = read(log)

        def compressed():
            graph = build(transcript)
            result = compress(graph, int(window(graph).tokens * 0.3))
            return (graph, result.manifest, result.store), {}

        assert benchmark.pedantic(restore, setup=compressed, rounds=5)
