"""ExtractSchemas: of JSON results of one shape, the latest says the keys."""

import json

from hypothesis import given
from hypothesis import strategies as st

from context_compression import Deduplicate, ExtractSchemas, Preserve, scope_of
from context_compression.strategies._shapes import filled, shape_of, values_of
from context_compression.testing.sessions import sessions
from context_compression.testing.strategy import StrategyContract
from context_core import ContextGraph

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.lists(st.fixed_dictionaries({"id": inner, "name": inner}), max_size=3)
    ),
)


class TestContract(StrategyContract):
    strategy = ExtractSchemas()


def order(number, **fields):
    items = [{"sku": f"sku-{number}", "quantity": 2, "unit_price": 10}, {"sku": "b", "quantity": 1, "unit_price": 7}]
    address = {"street_name": "a street", "postal_code": number, "country_name": "a country"}
    return {"order_id": f"#W{number}", "order_status": "pending", "items": items, "address": address, **fields}


def graph_of(*results):
    graph = ContextGraph("s")
    for number, value in enumerate(results):
        call = graph.add_tool_call("get_order", {"order_id": f"#W{number}"})
        graph.add_tool_result(call.id, value if isinstance(value, str) else json.dumps(value))
    graph.add_message("user", "and now?")
    return graph


def proposed(graph):
    return list(ExtractSchemas().propose(scope_of(graph, Preserve())))


@given(JSON)
def test_shape_and_values_are_the_json(value):
    """A value comes back from its shape and its values, with its keys in order."""
    shape = shape_of(value)
    assert json.dumps(filled(values_of(value, shape), shape)) == json.dumps(value)


@given(JSON, JSON)
def test_values_of_one_shape_come_back_from_the_other_s(one, other):
    """Of two values of one shape, either one's shape gives both back."""
    shape = shape_of(one)
    if shape is not None and shape == shape_of(other):
        assert filled(values_of(other, shape), shape) == other


def test_the_latest_says_the_keys():
    """Earlier results of one shape are their values, in order, below a line that names the latest."""
    graph = graph_of(order(0), order(1), order(2))
    found = proposed(graph)
    assert [json.loads(candidate.nodes[0].content)["order_id"] for candidate in found] == ["#W0", "#W1"]
    head, values = found[0].after.content.split("\n")
    reference = graph.reference_of(found[0].nodes[0])
    assert head == (
        f"[values alone, in the order of the keys of the later result of get_order #W2; expand {reference}]"
    )
    assert filled(json.loads(values), shape_of(order(2))) == order(0)


def test_other_shapes_are_left_alone():
    """A field more, or in another place, is another shape."""
    assert proposed(graph_of(order(0), order(1, note="x"), dict(reversed(order(2).items())))) == []


def test_a_price_that_would_be_written_in_another_way_is_left_alone():
    """Values stay as they were written."""
    texts = [json.dumps(order(number)).replace("10", "10.50") for number in range(3)]
    assert proposed(graph_of(*texts)) == []


def test_what_is_said_twice_is_left_to_deduplicate():
    """A result that another one equals keeps its keys, since the other may come to point to it."""
    graph = graph_of(order(0), order(0), order(1))
    assert proposed(graph) == []
    assert len(list(Deduplicate().propose(scope_of(graph, Preserve())))) >= 1


@given(sessions())
def test_no_pointer_leads_to_a_pointer(graph):
    """What says the keys is not rewritten, and comes later."""
    place = {node.id: number for number, node in enumerate(graph.nodes())}
    found = {candidate.nodes[0].id: candidate.after.metadata["same_as"] for candidate in proposed(graph)}
    assert not set(found) & set(found.values())
    assert all(place[node] < place[kept] for node, kept in found.items())
