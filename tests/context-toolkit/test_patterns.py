import pytest

from context_core import ContextGraph, NodeType
from context_toolkit import patterns
from context_toolkit.finders.unused import RECENT_STEPS

FAILURE = "Error: it did not work"


class Session:
    """A session that is written step by step."""

    def __init__(self):
        self.graph = ContextGraph("s")
        self.graph.add_message("user", "go on")

    def step(self, tool, result="ok", **arguments):
        call = self.graph.add_tool_call(tool, arguments)
        self.graph.add_tool_result(call.id, result)
        self.graph.add_message("assistant", "next")
        return self

    def of(self, kind):
        return [pattern for pattern in patterns(self.graph) if pattern.kind == kind]


def test_nothing():
    """An empty session has no patterns, and one of different steps none either."""
    assert patterns(ContextGraph("s")) == []
    assert patterns(Session().step("ls").step("read", path="a").step("test").graph) == []


def test_error_streak():
    """Three failures in a row are one, of whatever tools; a success ends it."""
    session = Session().step("a", FAILURE).step("b", FAILURE, x=1).step("a", FAILURE, x=2).step("a").step("b", FAILURE)
    [streak] = session.of("error-streak")
    assert (streak.tools, streak.times, len(streak.node_ids)) == (("a", "b"), 3, 6)


def test_retries():
    """Tries after a failure are told by tool, with the blind ones counted, and how they ended."""
    session = Session().step("run", FAILURE, x=1).step("run", FAILURE, x=1).step("look").step("run", x=2)
    [retry] = session.of("retry")
    assert (retry.tools, retry.times, len(retry.node_ids)) == (("run",), 2, 6)
    assert retry.advice.startswith("run: tried again 2× after a failure, 1× with arguments that had failed; 1 of 1")


def test_calls_side_by_side_are_no_retries():
    """Two calls of one message that both fail are two failures: the second knew nothing of the first."""
    session = Session()
    calls = [session.graph.add_tool_call("run", {"x": number}) for number in range(2)]
    for call in calls:
        session.graph.add_tool_result(call.id, FAILURE)
    assert session.of("retry") == []


def test_repeats():
    """The same call with the same result, not in a row, could have come from a cache; all but the first is to save."""
    session = Session().step("read", "x = 1\n" * 99, path="a").step("ls").step("read", "x = 1\n" * 99, path="a")
    [repeat] = session.of("repeat")
    tokens = [node.tokens for node in session.graph.nodes() if node.type is not NodeType.MESSAGE]
    assert (repeat.times, repeat.tokens) == (1, sum(tokens[-2:]))


def test_another_result_is_no_repeat():
    """What has changed since was worth another look, and a failure is a retry's matter."""
    assert Session().step("read", "1", path="a").step("edit").step("read", "2", path="a").of("repeat") == []
    assert Session().step("run", FAILURE).step("ls").step("run", FAILURE).of("repeat") == []


def test_unused_results():
    """Results from which nothing was taken are told by tool, those that were used are not."""
    session = Session()
    for number in range(4):
        names = "\n".join(f"src/part_{number}/module_{line}.py" for line in range(60))
        session.step("glob", names, pattern=f"*{number}")
    session.step("read", path="src/part_0/module_7.py")
    for number in range(RECENT_STEPS):
        session.step("think", about=number)
    [idle] = session.of("unused")
    results = [node for node in session.graph.nodes(NodeType.TOOL_RESULT) if node.tokens > 200]
    assert (idle.tools, idle.times) == (("glob",), 3)
    assert results[0].id not in idle.node_ids
    assert idle.tokens == sum(result.tokens for result in results[1:])


def test_sequences():
    """Tools that follow each other again and again; one called several times in a row counts once."""
    session = Session()
    for number in range(4):
        session.step("glob", pattern=f"{number}").step("read", path=f"{number}a").step("read", path=f"{number}b")
        session.step("edit", path=f"{number}").step(f"other-{number}")
    [sequence] = session.of("sequence")
    assert (sequence.tools, sequence.times) == (("glob", "read", "edit"), 4)
    assert len(sequence.node_ids) == 4 * 4 * 2


@pytest.mark.parametrize("kind", ["stuck", "error-streak", "retry", "repeat", "unused", "sequence"])
def test_each_names_nodes_of_the_graph_and_what_to_do(kind):
    """Node ids are the graph's, in its order, and advice is words."""
    session = Session()
    for number in range(4):
        session.step("glob", "\n".join(f"src/{number}/m_{line}.py" for line in range(80)), pattern=f"{number}")
        session.step("read", FAILURE, path=f"{number}a").step("read", path=f"{number}b")
    for _ in range(3):
        session.step("poll")
    for _ in range(3):
        session.step("push", FAILURE)
    session.step("read", path="0b")
    for found in session.of(kind) or pytest.fail(f"none of {kind}"):
        places = [session.graph.position(node_id) for node_id in found.node_ids]
        assert places == sorted(places)
        assert found.times > 0 <= found.tokens
        assert found.advice[-1] == "."
