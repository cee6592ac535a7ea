"""How long steps took."""

from __future__ import annotations

from context_core import (
    ContextGraph,
)
from context_observe import report
from context_observe.html_report.durations import durations
from context_observe.html_report.quotes import Quotes


def test_durations_of_tools_and_model():
    """A tool took from call to result, the model from what it was told to its last part; waiting users are apart."""
    graph = ContextGraph("s")
    graph.add_message("user", "go", created_at=100.0)
    call = graph.add_tool_call("make", {}, created_at=104.0)
    graph.add_tool_result(call.id, "done", created_at=134.0)
    graph.add_message("assistant", "it is made", created_at=136.0)
    graph.add_message("user", "thanks", created_at=200.0)
    told = durations(graph, {node.id: node.created_at for node in graph.nodes()}, Quotes())
    assert (told.tool_seconds, told.model_seconds, told.user_seconds, told.span_seconds) == (30.0, 6.0, 64.0, 100.0)
    assert [(took.kind, took.seconds) for took in told.slowest] == [("tool", 30.0), ("model", 4.0), ("model", 2.0)]


def test_a_clock_that_runs_backwards_costs_no_time():
    """A result that is dated before its call took no time, not less than none."""
    graph = ContextGraph("s")
    call = graph.add_tool_call("make", {}, created_at=104.0)
    graph.add_tool_result(call.id, "done", created_at=4.0)
    told = durations(graph, {node.id: node.created_at for node in graph.nodes()}, Quotes())
    assert (told.tool_seconds, told.slowest) == (0.0, ())
    assert report(graph)
