import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import ContextGraph, Manifest, MemoryContentStore, NodeType, Replacement, replace
from context_toolkit import LoopKind, Originals, detect_loops, patterns
from context_toolkit.loops import LOOK_BACK, POLLS, TIMES


def session(*steps):
    """A session of steps (tool, arguments, result), a word of the assistant before each."""
    graph = ContextGraph("s")
    graph.add_message("user", "go on")
    for tool, arguments, result in steps:
        graph.add_message("assistant", "next")
        call = graph.add_tool_call(tool, arguments)
        graph.add_tool_result(call.id, result)
    return graph


def kinds(graph):
    return [(loop.kind, loop.tools, loop.times) for loop in detect_loops(graph)]


def read(path="a.py", result="x = 1"):
    return ("read", {"path": path}, result)


def test_stuck():
    """The same call with the same result, three times, is a loop; twice is a second look."""
    assert kinds(session(*[read()] * 2)) == []
    assert kinds(session(*[read()] * 3)) == [(LoopKind.STUCK, ("read",), 3)]


def test_polling():
    """The same call with something new each time is a loop once it has gone on for a while."""
    polls = [("status", {"job": 7}, f"{number} of 100 files") for number in range(POLLS)]
    assert kinds(session(*polls[:-1])) == []
    assert kinds(session(*polls)) == [(LoopKind.POLLING, ("status",), POLLS)]


def test_ping_pong():
    """Two calls in turn, each undoing the other, are one loop of both."""
    turns = [
        step
        for number in range(3)
        for step in (("edit", {"to": "a"}, f"now a ({number})"), ("edit", {"to": "b"}, f"now b ({number})"))
    ]
    assert kinds(session(*turns)) == [(LoopKind.PING_PONG, ("edit", "edit"), 3)]
    assert kinds(session(*turns[:-1])) == []


def test_a_cycle_of_four_that_is_stuck():
    """The longest cycle that is looked for, with the same results each time round."""
    cycle = [read(f"{name}.py") for name in "abcd"]
    assert kinds(session(*cycle * 3)) == [(LoopKind.STUCK, ("read",) * 4, 3)]


def test_a_loop_that_was_left_is_past():
    """What counts is the end of the branch; the pattern of the whole session still has it."""
    graph = session(*[read()] * 5, read("b.py"))
    assert detect_loops(graph) == []
    assert [(pattern.kind, pattern.times) for pattern in patterns(graph)] == [("stuck", 5)]


def test_times_and_durations_make_no_difference():
    """A result that differs in when it was made, and how long it took, says the same."""
    told = [f"2026-11-21T10:0{number}:00Z ok\nWall time: 0.{number} seconds" for number in range(3)]
    assert kinds(session(*[("run", {}, text) for text in told])) == [(LoopKind.STUCK, ("run",), 3)]


def test_the_order_of_arguments_makes_no_difference():
    """Arguments are compared as JSON, not as text."""
    arguments = ['{"a": 1, "b": [1]}', '{"b":[1],"a":1}', '{ "b": [1], "a": 1 }']
    assert kinds(session(*[("run", text, "ok") for text in arguments])) == [(LoopKind.STUCK, ("run",), 3)]
    assert kinds(session(*[("run", {"path": name}, "ok") for name in ("a", "A", "a")])) == []


def test_a_call_that_still_runs():
    """It belongs to no loop yet: what comes of it is not known."""
    graph = session(*[read()] * 3)
    graph.add_tool_call("read", {"path": "a.py"})
    [loop] = detect_loops(graph)
    assert loop.times == 3


def test_while_the_agent_runs():
    """Asked after every step, it tells of the loop with the very step that makes it one, and not before."""
    graph, told = ContextGraph("s"), []
    for number in range(6):
        call = graph.add_tool_call("read", {"path": "a.py" if number > 1 else f"{number}.py"})
        graph.add_tool_result(call.id, "x = 1")
        told.append(bool(detect_loops(graph)))
    assert told == [False] * 4 + [True] * 2


def test_its_nodes_and_its_cost():
    """It names every call and result, in order, and what they cost."""
    graph = session(read("other.py"), *[read()] * 3)
    [loop] = detect_loops(graph)
    nodes = [node for node in graph.nodes() if node.type is not NodeType.MESSAGE][2:]
    assert loop.node_ids == tuple(node.id for node in nodes)
    assert loop.tokens == sum(node.tokens for node in nodes)
    assert "read" in loop.advice


def test_sub_agents_apart():
    """Steps of a side chain are none of the main one's."""
    graph = session(*[read()] * 2)
    call = graph.add_tool_call("read", {"path": "a.py"})
    result = graph.add_tool_result(call.id, "x = 1")
    for node in (call, result):
        graph.put(node.evolve(metadata={**node.metadata, "thread": "agent-1"}))
    assert [pattern.kind for pattern in patterns(graph)] == ["repeat"]


def test_compressed_results_are_compared_by_what_they_were():
    """Where two of three results stand as pointers, their originals tell that they are the same."""
    graph, store = session(*[("log", {}, "line of the log\n" * 50)] * 3), MemoryContentStore()
    changes = []
    for number, node in enumerate(list(graph.nodes(NodeType.TOOL_RESULT))[:2]):
        short = node.evolve(
            content=f"[{number}]", tokens=2, metadata={**node.metadata, "elided": graph.reference(node.id)}
        )
        changes += replace(graph, [Replacement(node, short, "test", "lossless")], store)
    assert [loop.kind for loop in detect_loops(graph)] == []
    [loop] = detect_loops(graph, originals=Originals(Manifest("s", changes), store))
    assert loop.kind is LoopKind.STUCK


def test_too_short_a_look():
    """It is refused with what was expected."""
    with pytest.raises(ValueError, match=f"got look_back=2; expected at least {TIMES}"):
        detect_loops(ContextGraph("s"), look_back=2)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy")), max_size=8),
    st.lists(st.tuples(st.sampled_from("abc"), st.just("same")), min_size=1, max_size=4),
    st.integers(min_value=TIMES, max_value=6),
)
def test_a_planted_loop_is_found(before, cycle, times):
    """Whatever came before, a cycle that came often enough at the end is told, and its kind is right."""
    steps = [*before, *cycle * times]
    [loop] = detect_loops(session(*[(tool, {}, result) for tool, result in steps]))
    assert len(loop.node_ids) >= 2 * len(cycle) * times
    assert loop.times >= TIMES
    assert loop.kind is LoopKind.STUCK or len(loop.node_ids) > 2 * len(cycle) * times


@given(st.lists(st.sampled_from("abcdefgh"), max_size=LOOK_BACK, unique=True))
def test_no_step_twice_is_no_loop(tools):
    """Where nothing is done twice, nothing is told."""
    assert detect_loops(session(*[(tool, {}, "ok") for tool in tools])) == []
