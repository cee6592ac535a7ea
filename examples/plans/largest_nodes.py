"""The third request: a function that lists the largest nodes of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turns import Request, call, edit, failed, found, passed, turn

from plans.paths import CORE, EXPORTS, LARGEST, TEST_LARGEST

if TYPE_CHECKING:
    from turns import Plan

TESTS = '''\
"""largest_nodes: where the tokens of a graph are."""

import pytest

from context_core import ContextGraph, NodeType, graph_bytes, largest_nodes


@pytest.fixture
def graph() -> ContextGraph:
    """A question, two calls with a long and a short result, and two answers of the same cost."""
    graph = ContextGraph("s")
    graph.add_message("user", "What does the budget do?")
    long = graph.add_tool_call("read_file", {"path": "budget.py"}, call_id="call_1")
    graph.add_tool_result(long.id, "a line of source\\n" * 100)
    short = graph.add_tool_call("read_file", {"path": "py.typed"}, call_id="call_2")
    graph.add_tool_result(short.id, "")
    graph.add_message("assistant", "It counts tokens.")
    graph.add_message("assistant", "It names tokens.")
    return graph


def test_the_largest_comes_first(graph: ContextGraph) -> None:
    """Tokens never rise along the list, and the long result leads it."""
    nodes = largest_nodes(graph)
    tokens = [node.tokens for node in nodes]
    assert tokens == sorted(tokens, reverse=True)
    assert nodes[0].type is NodeType.TOOL_RESULT
    assert nodes[0].content.startswith("a line of source")


def test_nodes_of_one_cost_keep_the_order_of_the_graph(graph: ContextGraph) -> None:
    """Of two answers that cost the same the earlier one comes first."""
    answers = [node for node in graph.nodes() if node.role == "assistant" and node.type is NodeType.MESSAGE]
    assert answers[0].tokens == answers[1].tokens
    assert [node for node in largest_nodes(graph) if node in answers] == answers


@pytest.mark.parametrize("count", [1, 2, 5])
def test_no_more_than_the_count(graph: ContextGraph, count: int) -> None:
    """The list has as many nodes as were asked for, and a shorter list is the beginning of a longer one."""
    assert len(largest_nodes(graph, count)) == count
    assert largest_nodes(graph, count) == largest_nodes(graph, count + 1)[:count]


def test_a_small_graph_gives_all_it_has(graph: ContextGraph) -> None:
    """Where fewer nodes are there than were asked for, all of them come."""
    assert len(largest_nodes(graph, 1_000)) == len(graph)
    assert largest_nodes(ContextGraph("empty")) == []


def test_nodes_of_one_type(graph: ContextGraph) -> None:
    """With a type only its nodes are listed."""
    results = largest_nodes(graph, type=NodeType.TOOL_RESULT)
    assert [node.call_id for node in results] == ["call_1", "call_2"]


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_below_one_is_refused(graph: ContextGraph, count: int) -> None:
    """Asking for no node at all is an error of the caller's, told in the words of the other checks."""
    with pytest.raises(ValueError, match=f"got count={count}; expected at least 1"):
        largest_nodes(graph, count)


def test_a_node_that_shrank_moves_down(graph: ContextGraph) -> None:
    """The list goes by what the nodes cost now, not by what they cost when they were added."""
    first = largest_nodes(graph, 1)[0]
    graph.put(first.evolve(content="elided", tokens=1))
    assert largest_nodes(graph, 1)[0].id != first.id
    assert largest_nodes(graph, 1_000)[-1].id == first.id


def test_looking_changes_nothing(graph: ContextGraph) -> None:
    """The graph has the same bytes before and after."""
    before = graph_bytes(graph)
    largest_nodes(graph)
    assert graph_bytes(graph) == before
'''

MODULE = '''\
"""Where the tokens are: the largest nodes of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node, NodeType


def largest_nodes(graph: ContextGraph, count: int = 10, *, type: NodeType | None = None) -> list[Node]:
    """Return the nodes that cost most, the largest first; of the same cost, the earlier first.

    Args:
        graph: the graph.
        count: how many at most, at least 1.
        type: only nodes of this type, all unless given.

    Raises:
        ValueError: count is below 1.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "Which files are there?")
        >>> _ = graph.add_message("assistant", "Two.")
        >>> [node.content for node in largest_nodes(graph, 1)]
        ['Which files are there?']
    """
    if not count:
        raise ValueError(f"got count={count}; expected at least 1")
    ranked = sorted(graph.nodes(type), key=lambda node: (node.tokens, graph.position(node.id)), reverse=True)
    return ranked[:count]
'''

REFUSE_BELOW_ONE = (
    """\
    if not count:
""",
    """\
    if count < 1:
""",
)

KEEP_THE_ORDER = (
    """\
    ranked = sorted(graph.nodes(type), key=lambda node: (node.tokens, graph.position(node.id)), reverse=True)
    return ranked[:count]
""",
    """\
    return sorted(graph.nodes(type), key=lambda node: -node.tokens)[:count]
""",
)

IMPORT_LARGEST = (
    "from context_core.manifest import",
    "from context_core.largest import largest_nodes\nfrom context_core.manifest import",
)

EXPORT_LARGEST = (
    """\
    "listen",
""",
    """\
    "largest_nodes",
    "listen",
""",
)


def answer() -> Plan[None]:
    """Answer the third request: list the largest nodes of a graph."""
    yield from _explore_style()
    yield from _write_largest()
    yield from _mend_largest()


def _explore_style() -> Plan[None]:
    limits, _ = yield turn(
        "A function over a graph should look like its neighbours. I'll see how they take a limit and refuse a wrong "
        "one, and what a node offers to rank by.",
        call("search", pattern=r"max_nodes|expected at least 1", path=CORE),
        call("read_file", path=f"{CORE}/node.py"),
    )
    path = found(r"(\S+):\d+:def causal_chain", limits)
    yield turn(
        f"{path} is the nearest relative: a free function with a limit. I'll read it, and the package's exports, "
        "since the new function should be among them.",
        call("read_file", path=path),
        call("read_file", path=EXPORTS),
    )


def _write_largest() -> Plan[None]:
    yield turn(
        "`causal_chain` takes the graph first and raises ValueError below 1, and I'll keep to that. What you left "
        "open I decide in the tests: nodes of one cost keep the order of the graph, so that the list is the same each "
        "time, and the figures are those of now, after any compression.",
        call("write_file", path=TEST_LARGEST, content=TESTS),
    )
    (report,) = yield turn("They must fail, for there is nothing to import.", call("run_tests", paths=[TEST_LARGEST]))
    reason = found(r"E   (ImportError: cannot import name '\w+')", report)
    yield turn(
        f"`{reason}`, as it should be. I'll write the module, and export the function.",
        call("write_file", path=LARGEST, content=MODULE),
        edit(EXPORTS, IMPORT_LARGEST),
        edit(EXPORTS, EXPORT_LARGEST),
    )


def _mend_largest() -> Plan[None]:
    (report,) = yield turn("Now with the code there.", call("run_tests", paths=[TEST_LARGEST]))
    place = found(r"(tests/test_largest\.py:\d+): in test_nodes_of_one_cost", report)
    (own,) = yield turn(
        f"{failed(report)}. The one at {place} says that of two nodes with the same cost the later came first, and "
        "the other that -1 is not refused. Both are in the last lines of what I wrote.",
        call("search", pattern="if not count|ranked", path=LARGEST),
    )
    check, ranking = found(r":(\d+):    if not count", own), found(r":(\d+):    ranked = ", own)
    yield turn(
        f"Line {check} tests for zero alone. At line {ranking}, `reverse=True` turns the position round together with "
        "the cost. Python's sort is stable and `nodes()` yields the order of the graph, so sorting by the negative "
        "cost is enough, and needs no position.",
        edit(LARGEST, REFUSE_BELOW_ONE),
        edit(LARGEST, KEEP_THE_ORDER),
    )
    (report,) = yield turn(
        "Once more, now with the example of the docstring, which is to run as well.",
        call("run_tests", paths=[TEST_LARGEST, LARGEST], doctests=True),
    )
    yield turn(
        f"Done: {passed(report)}, the docstring's example among them.\n\n"
        f"`largest_nodes(graph, count=10, *, type=None)` in {LARGEST} returns the nodes that cost most, the largest "
        "first and of the same cost the earlier first. A count below 1 is a ValueError, and a smaller graph gives all "
        "it has. It is exported from `context_core`, it only reads the graph, and it goes by what nodes cost now: one "
        f"that was compressed moves down. Tests are in {TEST_LARGEST}."
    )


REQUEST = Request(
    "Good. Then I'd like to see where the tokens of a long session are: please add a function that lists the "
    "largest nodes of a graph, with tests. Put it into a module of its own and export it.",
    answer,
)
