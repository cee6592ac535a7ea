"""Filters on recorded sessions: whatever tools returned, all of it comes back."""

from __future__ import annotations

import pytest

from context_core import (
    Manifest,
    MemoryContentStore,
    NodeType,
    build,
    graph_bytes,
    read_all,
    render,
    restore,
)
from context_core.testing.providers import check_openai
from context_toolkit import ResultFilter, Rule, filter_results

SOURCES = ("tau_bench", "tau2_bench", "entire_pi", "entire_codex", "entire_claude_code")
RULES = {"strict": Rule(max_tokens=200, max_items=3, max_chars=300), "plain": Rule()}


@pytest.mark.data
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("source", SOURCES)
def test_all_comes_back(data, source, rule):
    """Filtered sessions are valid for a provider, have fewer tokens, and are restored byte for byte."""
    changed = 0
    files = [path for path in sorted((data / source).rglob("*.json*")) if path.name != "metadata.json"]
    for path in files[:2]:
        for number, transcript in enumerate(read_all(path, on_error="skip")):
            if number == 3:
                break
            graph, store = build(transcript), MemoryContentStore()
            before, tokens = graph_bytes(graph), graph.total_tokens
            changes = filter_results(
                graph, list(graph.nodes(NodeType.TOOL_RESULT)), store, ResultFilter(default=RULES[rule])
            )
            changed += len(changes)
            assert graph.total_tokens == tokens - sum(change.tokens_saved for change in changes)
            assert all(change.tokens_saved >= 20 for change in changes)
            check_openai(render(graph, "openai"))
            restore(graph, Manifest(graph.session_id, changes), store)
            assert graph_bytes(graph) == before
    assert changed or rule == "plain"
