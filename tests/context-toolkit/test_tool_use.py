import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import ContextGraph
from context_toolkit import ToolUse
from context_toolkit.selection.situation import situation_of

sequences = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=8)


def session(calls, task="Fix the parser of orders."):
    graph = ContextGraph("s")
    graph.add_message("user", task)
    for name, failed in calls:
        graph.add_tool_result(graph.add_tool_call(name, {}).id, "Error: no" if failed else "ok")
    return graph


@given(st.lists(sequences, max_size=5))
def test_counts_are_plain_json(calls):
    """Written as JSON and read again, counts are the same."""
    use = ToolUse.learn(map(session, calls))
    assert ToolUse.from_record(json.loads(json.dumps(use.to_record()))) == use


@given(st.lists(sequences, max_size=3), st.lists(sequences, max_size=3))
def test_learning_bit_by_bit(one, other):
    """What two learned apart, put together, is what one learns of all."""
    apart = ToolUse.learn(map(session, one)).merged(ToolUse.learn(map(session, other)))
    assert apart == ToolUse.learn(map(session, [*one, *other]))


@given(st.lists(sequences, max_size=5), sequences)
def test_chances_are_chances(calls, now):
    """The chances of what comes next sum to 1, where anything is known; those of a session are from 0 to 1."""
    use = ToolUse.learn(map(session, calls))
    here = situation_of(session(now))
    chances = use.next_chances(here)
    assert sum(chances.values()) <= 1 + 1e-9
    assert not use.calls or sum(chances.values()) == pytest.approx(1)
    for words in (True, False):
        assert all(0 < chance <= 1 for chance in use.session_chances(here, words=words).values())
    assert 0 <= use.familiarity(here) <= 1


def test_what_follows_a_failure():
    """The outcome of the last call is part of what came before: after a failure, other tools follow."""
    use = ToolUse.learn([session([("a", False), ("b", False)]), session([("a", True), ("c", False)])] * 3)
    went = use.next_chances(situation_of(session([("a", False)])))
    failed = use.next_chances(situation_of(session([("a", True)])))
    assert went["b"] > went["c"]
    assert failed["c"] > failed["b"]


def test_this_session_counts_the_most():
    """What followed in this session outweighs what followed in others."""
    use = ToolUse.learn([session([("a", False), ("b", False)])])
    here = situation_of(session([("a", False), ("c", False)] * 3 + [("a", False)]))
    chances = use.next_chances(here)
    assert chances["c"] > chances["b"]


def test_openings_and_company():
    """Which tools a session uses is judged by its first words, and by the tools that it used."""
    use = ToolUse.learn(
        [session([("a", False), ("b", False)], "Book a flight."), session([("c", False)], "Fix tests.")]
    )
    opening = use.session_chances(situation_of(session([], "A flight, please.")), words=True)
    assert set(opening) == {"a", "b"}
    assert set(use.session_chances(situation_of(session([("c", False)])), words=False)) == {"c"}
    assert use.familiarity(situation_of(session([("a", False), ("zzz", False)]))) == 0.5


def test_threads_are_sessions_of_their_own():
    """A sub-agent's calls follow one another, not those of the main thread between which they stand."""
    graph = ContextGraph("s")
    for name, thread in (("a", None), ("x", "t"), ("b", None), ("y", "t")):
        node = graph.add_tool_call(name, {})
        if thread:
            graph.put(node.evolve(metadata={**node.metadata, "thread": thread}))
    use = ToolUse.learn([graph])
    assert (use.sessions, use.follows["a"], use.follows["x"]) == (2, {"b": 1}, {"y": 1})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({}, "got counts of schema None; expected 1"),
        ({"schema": 2}, "got counts of schema 2; expected 1"),
        ({"schema": 1, "sessions": 1}, "got damaged counts"),
        ({"schema": 1, "sessions": 1, "calls": [], "follows": {}, "cues": {}, "together": {}}, "got damaged counts"),
        ({"schema": 1, "sessions": 1, "calls": {"a": "x"}, "follows": {}, "cues": {}, "together": {}}, "got damaged"),
        ({"schema": 1, "sessions": 1, "calls": {}, "follows": {}, "cues": {"a": 1}, "together": {}}, "got damaged"),
        ({"schema": 1, "sessions": 1, "calls": {}, "follows": {}, "cues": {"a": 0}, "together": {"a": {}}}, "damaged"),
    ],
)
def test_damaged_counts(record, message):
    """Counts that are damaged, or of another schema, are refused with a word on what to do."""
    with pytest.raises(ValueError, match=message):
        ToolUse.from_record(record)
