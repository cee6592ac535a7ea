"""A content stays while anything points to it."""

import pytest

from context_core import Manifest, graph_bytes, replace, restore
from context_core.hashing import content_id, text_bytes
from context_core.testing.examples import example_graph, pointer, summary
from context_memory import SQLiteStore


@pytest.fixture
def store(tmp_path):
    with SQLiteStore(tmp_path / "context.db") as store:
        yield store


def node_contents(graph):
    return {content_id(text_bytes(node.content)) for node in graph.nodes()}


def test_appending_stores_the_contents(store):
    """The contents of appended nodes can be read by their ids."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    assert all(store.has(name) for name in node_contents(graph))


def test_a_node_keeps_its_content(store):
    """Deleting the content of a node, however often, does not take it from the node."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    store.put([b"ok"])
    assert [store.delete(content_id(b"ok")) for _ in range(4)] == [False] * 4
    assert graph_bytes(store.load("example")) == graph_bytes(graph)


def test_a_manifest_keeps_its_contents(store):
    """After every put was taken back, all that was compressed can still be loaded and restored."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    changes = replace(graph, pointer(graph), store) + replace(graph, summary(graph), store)
    store.commit("example", changes)
    for name in Manifest("example", changes).content_ids():
        assert [store.delete(name) for _ in range(4)] == [False] * 4
    loaded = store.load("example")
    assert graph_bytes(loaded) == graph_bytes(graph)
    restore(loaded, store.manifest("example"), store)
    assert graph_bytes(loaded) == graph_bytes(example_graph())


def test_what_is_only_put_goes(store):
    """A content that no node and no change points to is gone with its last put, though others stay."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    [name] = store.put([b"only put"])
    assert store.delete(name)
    assert not store.has(name)


def test_a_failed_append_holds_nothing(store):
    """An append that is a conflict leaves no content behind."""
    graph = example_graph()
    first = next(graph.nodes())
    store.append("example", [first], [])
    other = first.evolve(content="never stored")
    with pytest.raises(ValueError, match="other bytes"):
        store.append("example", [*list(graph.nodes())[1:], other], [])
    assert not store.has(content_id(b"ok"))
    assert not store.has(content_id(b"never stored"))


def test_equal_contents_are_stored_once(store):
    """A thousand nodes of one large content take the room of one."""
    text = "the same\n" * 20_000
    nodes = [next(example_graph().nodes()).evolve(id=f"n{number}", content=text) for number in range(1_000)]
    store.append("example", nodes, [])
    assert store.path.stat().st_size < 2_000_000
    assert {node.content for node in store.load("example").nodes()} == {text}
