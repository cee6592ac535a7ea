"""Causality by value flow: which node's values a call, or an assistant's claim, uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import ContextGraph, EdgeType, causal_chain, effects, graph_bytes
from context_core.value_flow import FREQUENT


@pytest.fixture
def graph():
    graph = ContextGraph("s")
    graph.add_message("user", "please look into it")
    return graph


def said(graph, text):
    """Add a call and its result; return the result."""
    return graph.add_tool_result(graph.add_tool_call("look", {}).id, text)


def used(graph, call):
    """Return what value came from which node, for a call."""
    edges = graph.in_edges(call.id, EdgeType.CAUSAL)
    return {edge.source: edge.evidence["value"] for edge in edges if "value" in edge.evidence}


def test_a_value_leads_to_the_node_that_introduced_it(graph):
    """The evidence is the value and where it stands."""
    source = said(graph, "the order is ORD-48213, shipped")
    said(graph, "nothing else")
    call = graph.add_tool_call("get_order", {"id": "ORD-48213"})
    [edge] = [edge for edge in graph.in_edges(call.id, EdgeType.CAUSAL) if edge.source == source.id]
    assert edge.evidence == {"reason": "used", "value": "ORD-48213", "span": [13, 22]}


def test_said_again_it_also_leads_to_its_latest_carrier(graph):
    """Of five nodes that say it, the first and the last are causes."""
    nodes = [said(graph, f"{number}: ORD-48213") for number in range(5)]
    call = graph.add_tool_call("get_order", {"id": "ORD-48213"})
    assert set(used(graph, call)) == {nodes[0].id, nodes[-1].id}


def test_a_frequent_value_leads_nowhere(graph):
    """What very many nodes say is vocabulary."""
    nodes = [said(graph, f"{number}: order_state") for number in range(FREQUENT)]
    assert set(used(graph, graph.add_tool_call("a", {"key": "order_state"}))) == {nodes[0].id, nodes[-1].id}
    assert used(graph, graph.add_tool_call("b", {"key": "order_state"})) == {}


@pytest.mark.parametrize(
    ("value", "near_miss"),
    [
        ("ORD-48213", "ORD-48214"),
        ("ORD-48213", "ORD-482131"),
        ("ORD-48213", "XORD-48213"),
        ("ORD-48213", "ORD-48213-B"),
        ("src/io_util.py", "lib/io_util.py"),
        ("src/io_util.py", "src/io_util.pyc"),
        ("src/io_util.py", "src/io_util_py"),
        ("read_all", "read_all_rows"),
        ("jo@x-mail.org", "a.jo@x-mail.org"),
        ("9f86d081", "9f86d0814"),
        ("1234", "1234"),
        ("result", "result"),
    ],
)
def test_near_misses_lead_nowhere(graph, value, near_miss):
    """Neither a longer name around the value, nor one with the same end in another folder, nor chance."""
    said(graph, f"found {near_miss} here")
    assert used(graph, graph.add_tool_call("look", {"for": value})) == {}


@pytest.mark.parametrize(
    ("value", "said_as", "common"),
    [
        ("/repo/src/io_util.py", "src/io_util.py", "src/io_util.py"),
        ("src/io_util.py", "/repo/src/io_util.py", "src/io_util.py"),
        ("src/io_util.py", "src/io_util.py:12: error", "src/io_util.py"),
        ("client.read_all", "read_all", "read_all"),
        ("read_all", "client.read_all()", "read_all"),
        ("https://x.org/orders/ORD-48213", "ORD-48213", "ORD-48213"),
        ("Yusuf", "I am Yusuf Rossi.", "Yusuf"),
    ],
)
def test_other_names_of_the_same_thing_lead_to_it(graph, value, said_as, common):
    """A path and its end, a place in a file, a symbol and its qualified name; the evidence is what both say."""
    source = said(graph, said_as)
    assert used(graph, graph.add_tool_call("open", {"it": value})) == {source.id: common}


def test_values_in_escaped_json_lead_to_it(graph):
    """A result's JSON may write letters and slashes with escapes."""
    source = said(graph, r'{"city": "Z\u00fcrich_5", "url": "https:\/\/x.org\/orders\/A1234"}')
    call = graph.add_tool_call("go", {"to": "Zürich_5", "from": "https://x.org/orders/A1234"})
    assert set(used(graph, call)) == {source.id}
    [edge] = [edge for edge in graph.in_edges(call.id, EdgeType.CAUSAL) if edge.source == source.id]
    assert [edge.evidence["value"], *(use["value"] for use in edge.evidence["more"])] == [
        "Zürich_5",
        "https://x.org/orders/A1234",
    ]


def test_argument_names_are_not_values(graph):
    """That two calls have the same parameter joins nothing."""
    graph.add_tool_call("a", {"file_path": 1})
    said(graph, "ok")
    assert used(graph, graph.add_tool_call("b", {"file_path": 2})) == {}


def test_a_claim_leads_to_its_source(graph):
    """What an assistant says is traced as a call's arguments are."""
    source = said(graph, "build 7f3a9c21 failed")
    claim = graph.add_message("assistant", "The failing build is 7f3a9c21.")
    assert used(graph, claim) == {source.id: "7f3a9c21"}


def test_effects_are_the_way_back_of_causes(graph):
    """Each node that a chain names has the node among its effects."""
    source = said(graph, "see ORD-48213")
    call = graph.add_tool_call("get_order", {"id": "ORD-48213"})
    result = graph.add_tool_result(call.id, "paid")
    assert [effect.node.id for effect in effects(graph, source.id)] == [call.id, result.id]
    for cause in causal_chain(graph, result.id):
        assert result.id in [effect.node.id for effect in effects(graph, cause.node.id)]
    assert not effects(graph, call.id, max_nodes=1).complete or len(effects(graph, call.id)) == 1


WORDS = st.sampled_from(["src/a_b.py", "a_b.py", "ORD-48213", "ORD-48214", "read_all", "x.read_all", "ok", "Yusuf"])


@given(st.lists(st.tuples(st.sampled_from(["say", "call"]), st.lists(WORDS, max_size=3)), max_size=14), st.data())
def test_causes_never_change_as_the_graph_grows(steps, data):
    """A graph cut short has the edges that the whole one has between its nodes."""
    cut = data.draw(st.integers(0, len(steps)))
    graph, whole = ContextGraph("s"), ContextGraph("s")
    for each, part in ((graph, steps[:cut]), (whole, steps)):
        for kind, words in part:
            if kind == "say":
                each.add_message("user", " ".join(words))
            else:
                each.add_tool_result(each.add_tool_call("do", {"what": " ".join(words)}).id, " ".join(words))
    for edge in graph.edges():
        assert edge in list(whole.in_edges(edge.target))
    grown = [edge for edge in whole.edges() if edge.target in graph]
    assert len(grown) == len(list(graph.edges()))
    for kind, words in steps[cut:]:
        if kind == "say":
            graph.add_message("user", " ".join(words))
        else:
            graph.add_tool_result(graph.add_tool_call("do", {"what": " ".join(words)}).id, " ".join(words))
    assert graph_bytes(graph) == graph_bytes(whole)
