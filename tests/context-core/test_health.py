"""Health of a window: each part by itself, and the score over all."""

import pytest

from context_core import ContextGraph, TokenBudget, health, window


def step(graph, number, result, arguments=None):
    call = graph.add_tool_call("look", {"n": number} if arguments is None else arguments)
    return graph.add_tool_result(call.id, result)


@pytest.fixture
def graph():
    graph = ContextGraph("s")
    graph.add_message("user", "look into it", created_at=0.0)
    return graph


def test_an_empty_window_is_well():
    """Nothing is wrong with nothing."""
    state = health(window(ContextGraph("s")), TokenBudget(100))
    assert (state.score, state.density, state.staleness, state.advice) == (1.0, 1.0, 0.0, ())


def test_what_is_said_twice_lowers_density(graph):
    """The second of two equal results counts as repeated; other lines do not."""
    text = "\n".join(f"line {number} of the report" for number in range(50))
    step(graph, 1, text)
    assert health(window(graph)).density == 1.0
    step(graph, 2, text)
    assert health(window(graph)).density == pytest.approx(0.55, abs=0.05)


def test_old_results_that_nobody_used_are_stale(graph):
    """A value of it said again later makes a result fresh."""
    step(graph, 1, "found order ORD-48213 " + "and more words " * 200)
    for number in range(2, 8):
        step(graph, number, f"nothing in {number}")
    assert health(window(graph)).staleness > 0.5
    graph.add_message("assistant", "it is ORD-48213")
    assert health(window(graph)).staleness == 0.0


@pytest.mark.parametrize(
    ("cycle", "loops"), [("aaa", 3), ("aa", 0), ("abab", 0), ("xababab", 6), ("abcabcabc", 9), ("abcd", 0)]
)
def test_loops_are_cycles_at_the_end(graph, cycle, loops):
    """Three times round is a loop; twice may be chance."""
    for name in cycle:
        step(graph, 0, "ok", {"path": name})
    assert health(window(graph)).loop_calls == loops


def test_time_to_the_trigger_at_the_present_rate(graph):
    """Half of the way to the trigger leaves as long as it took so far."""
    graph.add_message("assistant", "word " * 100, created_at=60.0)
    shown = window(graph)
    state = health(shown, TokenBudget(int(shown.tokens * 2 / 0.65)))
    assert state.turns_to_trigger == pytest.approx(1.0, abs=0.05)
    assert state.seconds_to_trigger == pytest.approx(60.0, abs=3.0)
    full = health(shown, TokenBudget(shown.tokens))
    assert full.turns_to_trigger == 0.0
    assert "compress now" in full.advice[0]
    assert full.score < state.score < health(shown).score


def test_calls_are_counted_from_the_last_compression(graph):
    """A recap or a pointer is where counting begins."""
    for number in range(3):
        step(graph, number, f"result {number}")
    assert health(window(graph)).calls_since_compression == 3
    last = graph.node(graph.leaf)
    graph.put(last.evolve(content="[cut]", metadata={**last.metadata, "elided": graph.reference(last.id)}))
    step(graph, 9, "more")
    assert health(window(graph)).calls_since_compression == 1
