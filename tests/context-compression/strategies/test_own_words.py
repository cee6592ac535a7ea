"""EntityCentric and TaskRelevance: which lines of the agent's own words are worth their place."""

import numpy as np
import pytest
from hypothesis import given

from context_compression import EntityCentric, Preserve, TaskRelevance, Weigher, scope_of
from context_compression.strategies.weigher import MOST
from context_compression.testing.sessions import ODD_TEXTS, sessions
from context_compression.testing.strategy import StrategyContract
from context_core import ContextGraph, TfidfScorer, build, read

BOTH = [EntityCentric(), TaskRelevance(), TaskRelevance(scorer=TfidfScorer())]


class TestEntityCentric(StrategyContract):
    strategy = EntityCentric()


class TestTaskRelevance(StrategyContract):
    strategy = TaskRelevance()


def worth_of_lines(strategy, graph, task=None):
    """Return what each line of the agent is worth."""
    scope = scope_of(graph, Preserve(), task)
    worth = strategy.weigh(scope)
    return {scope.sight.text_of(number).strip(): worth[number] for number in range(len(scope.sight.units))}


@pytest.mark.parametrize("strategy", BOTH)
@given(graph=sessions())
def test_worths_are_small_and_one_a_unit(strategy, graph):
    """A weigher gives each unit a number from 0 to its most, the same each time."""
    scope = scope_of(graph, Preserve())
    worth = strategy.weigh(scope)
    assert isinstance(strategy, Weigher)
    assert worth.shape == (len(scope.sight.units),)
    assert np.isfinite(worth).all()
    assert worth.min(initial=0) >= 0
    assert worth.max(initial=0) <= MOST + 1e-12
    assert (worth == strategy.weigh(scope)).all()


@pytest.mark.parametrize("strategy", BOTH[:2])
@pytest.mark.parametrize("name", ODD_TEXTS)
def test_odd_texts_are_weighed(strategy, name):
    """No text breaks a weigher, as the task or as a line."""
    graph = ContextGraph("s")
    graph.add_message("assistant", ODD_TEXTS[name])
    graph.add_message("user", ODD_TEXTS[name])
    assert np.isfinite(strategy.weigh(scope_of(graph, Preserve()))).all()


@pytest.mark.parametrize("strategy", BOTH[:2])
def test_the_agents_own_words_are_open(strategy):
    """Long texts and thinking of the agent may be cut; results, calls and users' words are others' matter."""
    blocks = [
        {"type": "thinking", "thinking": "hm, " * 60, "signature": "c2ln"},
        {"type": "text", "text": "it is so. " * 60},
        {"type": "tool_use", "id": "c1", "name": "read", "input": {"path": "a " * 60}},
    ]
    result = {"type": "tool_result", "tool_use_id": "c1", "content": "much " * 60}
    messages = [{"role": "user", "content": "please " * 60}, {"role": "assistant", "content": blocks}]
    messages += [{"role": "user", "content": [result]}, {"role": "assistant", "content": "ok"}]
    graph = build(read([*messages, {"role": "user", "content": "go on"}]), session_id="s")
    found = list(strategy.propose(scope_of(graph, Preserve())))
    assert [candidate.nodes[0].kind for candidate in found] == ["thinking", "text"]
    assert all(candidate.is_open and candidate.after == candidate.nodes[0] for candidate in found)


def test_what_all_speak_of_under_two_names_is_central():
    """A line that names what user, agent and result speak of is worth more than one that names what one alone does."""
    graph = ContextGraph("s")
    graph.add_message("user", "why does src/io_util.py fail?")
    call = graph.add_tool_call("read", {"path": "src/io_util.py"})
    graph.add_tool_result(call.id, "src/io_util.py: 3 errors")
    graph.add_message("assistant", "io_util.py has errors\nmy_own_idea is another\nplain words only\nall 12345 of them")
    graph.add_message("user", "and now?")
    worth = worth_of_lines(EntityCentric(), graph)
    assert worth["io_util.py has errors"] > worth["my_own_idea is another"] == 0
    assert worth["plain words only"] == worth["all 12345 of them"] == 0


def test_lines_about_the_task_are_worth_more():
    """A line with the task's rarer terms is worth most, one with none of them nothing."""
    graph = ContextGraph("s")
    lines = [f"filler of number {number}" for number in range(200)]
    graph.add_message("assistant", "\n".join(["parse_rows drops the header", "the header is fine", *lines]))
    graph.add_message("user", "Why does parse_rows lose the header?")
    worth = worth_of_lines(TaskRelevance(), graph, "Why does parse_rows lose the header?")
    assert worth["parse_rows drops the header"] > worth["the header is fine"] > worth["filler of number 7"] == 0


def test_a_scorer_of_ones_own_weighs_lines():
    """Where a scorer is given, its scores are the worths."""
    graph = ContextGraph("s")
    graph.add_message("assistant", "parse_rows drops it\nthe weather is fine")
    graph.add_message("user", "parse_rows")
    worth = worth_of_lines(TaskRelevance(scorer=TfidfScorer()), graph)
    assert worth["parse_rows drops it"] > worth["the weather is fine"] == 0
