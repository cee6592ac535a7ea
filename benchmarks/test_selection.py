"""Selection: what choosing 8 of 1,000 tools costs, beside one bare pass of BM25 over their descriptions."""

from __future__ import annotations

from itertools import cycle

import pytest

from benchmarks.sessions import Speaker, steps
from context_core import Bm25Scorer, ContextGraph
from context_toolkit import Tool, ToolSelector, ToolUse

LIMIT = 8
VERBS = ("get", "list", "create", "update", "delete", "search", "send", "cancel", "export", "look")


@pytest.fixture(scope="module")
def tools(is_measured):
    """Made tools of some servers: 1,000, or 100 where nothing is measured."""
    speaker = Speaker(seed=3)
    names = [f"{VERBS[number % 10]}_{speaker.text(3).replace(' ', '_')}_{number}" for number in range(99)]
    if is_measured:
        names += [f"{VERBS[number % 10]}_server{number // 20}_{number}" for number in range(99, 999)]
    schema = {"type": "object", "properties": {"path": {"type": "string"}, "for": {"type": "string"}}}
    return [Tool("look"), *(Tool(name, speaker.text(25), schema) for name in names)]


@pytest.fixture(scope="module")
def graphs(is_measured):
    """Sessions of 10,000 nodes and of 100, or of a tenth of that."""
    sizes = (10_000, 100) if is_measured else (1_000, 50)
    made = [ContextGraph(f"s{size}") for size in sizes]
    for graph, size in zip(made, sizes, strict=True):
        for _ in steps(graph, size, tokens=100):
            pass
    return made


@pytest.mark.benchmark(group="select 8 of 1,000 tools")
def test_baseline_bm25(benchmark, tools, graphs):
    """The scorer's bare pass over all descriptions."""
    task = Speaker(seed=5).text(40)
    texts = [tool.text for tool in tools]
    assert len(benchmark(Bm25Scorer().score, task, texts)) == len(tools)


@pytest.mark.benchmark(group="select 8 of 1,000 tools")
def test_same_task(benchmark, tools, graphs):
    """A further step of a long session on the same task."""
    selector = ToolSelector(tools, use=ToolUse.learn(graphs))
    assert len(benchmark(selector.select, graphs[0], limit=LIMIT)) == LIMIT


@pytest.mark.benchmark(group="select 8 of 1,000 tools")
def test_new_task(benchmark, tools, graphs):
    """The first step on a new task: the scorer reads all descriptions."""
    selector = ToolSelector(tools, use=ToolUse.learn(graphs))
    speaker = Speaker(seed=5)
    tasks = cycle([speaker.text(40) for _ in range(50)])
    assert len(benchmark(lambda: selector.select(graphs[0], task=next(tasks), limit=LIMIT))) == LIMIT


@pytest.mark.benchmark(group="select 8 of 1,000 tools")
def test_short_session(benchmark, tools, graphs):
    """A further step of a short session."""
    selector = ToolSelector(tools, use=ToolUse.learn(graphs))
    assert len(benchmark(selector.select, graphs[1], limit=LIMIT)) == LIMIT
