"""Large sessions load right."""

import pytest

from context_core import Change, ContextGraph, Manifest, NodeType, Replacement, graph_bytes, replace
from context_memory import SQLiteStore


@pytest.fixture
def graph():
    graph = ContextGraph("large")
    for number in range(10_000):
        call = graph.add_tool_call("read", {"path": f"src/{number}.py"})
        graph.add_tool_result(call.id, f"content of {number}")
    return graph


def shortened(graph) -> list[Replacement]:
    results = list(graph.nodes(NodeType.TOOL_RESULT))
    return [Replacement(node, node.evolve(content="cut", tokens=5), "test", "lossless") for node in results]


def test_a_session_of_20000_nodes(graph, tmp_path):
    """A session of 20,000 nodes, half of them compressed in one commit, loads as it is now."""
    with SQLiteStore(tmp_path / "context.db") as store:
        assert store.append("large", graph.nodes(), graph.edges()) == 20_000
        changes: list[Change] = replace(graph, shortened(graph), store)
        store.commit("large", changes)
        assert graph_bytes(store.load("large")) == graph_bytes(graph)
        assert store.manifest("large") == Manifest("large", changes)
