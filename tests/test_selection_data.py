"""Selection on real sessions: the tool called next is among the eight, more often than among the usual eight."""

import pytest

from benchmarks.selection import judge
from benchmarks.tool_pool import pool, sessions, split
from benchmarks.tool_weights import fitted, gathered
from context_compression import CompressionPipeline
from context_core import build, read, window
from context_toolkit import ToolSelector, ToolUse

pytestmark = pytest.mark.data
DATA_SETS = ("agentrx", "entire_codex", "entire_pi", "openhands", "specstory_md", "swe_agent_traj")
"""Few sessions of many kinds; `benchmarks/selection.py` measures all."""


def test_the_next_tool_is_selected(data):
    """With what other sessions teach, the next tool is found clearly more often than by popularity or recency."""
    every = sessions(data, DATA_SETS)
    training, tests = split(every)
    tools, _ = pool(every, data)
    assert len(tools) >= 50
    selector = ToolSelector(tools[:50], use=ToolUse.learn(session.nodes for session in training))
    found = judge(tests, training, selector)
    total = sum(found.values(), start=type(found["agentrx"])())
    assert total["calls"] > 500
    assert total["selected"] >= total["last"] + 0.05 * total["calls"]
    assert total["selected"] >= total["popular"] + 0.1 * total["calls"]
    assert total["selected"] >= total["same set"]
    assert total["steady"] >= total["selected"] - 0.03 * total["calls"]
    assert total["steady changed"] < 0.6 * total["changed"]


def test_compression_changes_no_selection(data):
    """A graph tells the same before and after compression: the calls that a summary covers still count."""
    path = sorted((data / "entire_codex" / "dev").rglob("*full.jsonl"))[0]
    graph = build(read(path))
    tools, _ = pool(sessions(data, ("entire_codex",)), data)
    selector = ToolSelector(tools, use=ToolUse.learn([graph]))
    before = selector.select(graph, max_tokens=400)
    assert before.tokens <= 400
    CompressionPipeline().compress(graph, target_tokens=window(graph).tokens // 2)
    after = selector.select(graph, max_tokens=400)
    assert {"follows", "together", "share"} <= set(after.choices[0].reasons)
    assert after.names == before.names


def test_weights_are_fitted(data):
    """Fitted on a few sessions, what follows what counts in a known kind of session, and nothing counts below 0."""
    every = sessions(data, ("agentrx", "swe_agent_traj"))
    weights = fitted(gathered(every[::3], pool(every, data)[0][:30]), rounds=100)
    assert weights.known["follows"] > 1
    assert min(*weights.known.values(), *weights.strange.values()) >= 0
