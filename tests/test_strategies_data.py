"""The strategies that rewrite, on real sessions: less, valid, and back to the byte."""

import re

import pytest

from context_compression import CompressionPipeline, Deduplicate, ExtractSchemas, Preserve, Reencode, scope_of
from context_core import build, expand, graph_bytes, read, read_all, render, restore, window
from context_core.testing.providers import check_anthropic, check_openai

pytestmark = pytest.mark.data
WORD = re.compile(r"[\w./]+")
REWRITES = (Deduplicate(), Reencode(), ExtractSchemas())


def sessions(data):
    """Return a few sessions of each kind."""
    logs = sorted((data / "entire_claude_code" / "dev").rglob("*full.jsonl"))[:6]
    logs += sorted((data / "swe_agent_traj").rglob("*.traj"))[:6]
    yield from (build(read(path), session_id=str(path)) for path in logs)
    for path in sorted((data / "tau2_bench" / "dev").glob("*.json")):
        for number, transcript in zip(range(10), read_all(path), strict=False):
            yield build(transcript, session_id=f"{path.name} {number}")


def test_rewrites_save_tokens_and_come_back(data):
    """Taken all at once, rewrites leave valid messages, each expands to what was said, and all is restored."""
    saved = dict.fromkeys((strategy.name for strategy in REWRITES), 0)
    for graph in sessions(data):
        before, contents = graph_bytes(graph), {node.id: node.content for node in graph.nodes()}
        target = window(graph).tokens * 99 // 100
        result = CompressionPipeline(REWRITES).compress(graph, target_tokens=target, max_tier=1)
        check_openai(render(graph))
        check_anthropic(render(graph, "anthropic"))
        for node in window(graph):
            if node.elided is not None:
                assert expand(result.manifest, result.store, node.elided) == contents[node.id]
        for outcome in result:
            saved[outcome.strategy] += outcome.tokens_saved
        restore(graph, result.manifest, result.store)
        assert graph_bytes(graph) == before
    assert all(tokens > 500 for tokens in saved.values()), saved


def test_what_is_reencoded_keeps_its_words_in_sight(data):
    """Every word of a text that became a table, or lost shared starts, still stands in it."""
    for graph in sessions(data):
        for candidate in Reencode(trim=False).propose(scope_of(graph, Preserve())):
            text, old = candidate.after.content, candidate.nodes[0].content
            if "\x1b" not in old and "\r" not in old:
                assert set(WORD.findall(old)) <= set(WORD.findall(text))
