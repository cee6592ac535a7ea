import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContentNotFoundError,
    ContextGraph,
    Edge,
    EdgeType,
    Manifest,
    MemoryContentStore,
    MemoryStore,
    Node,
    NodeNotFoundError,
    NodeType,
    Replacement,
    UnknownReferenceError,
    graph_bytes,
    pin,
    replace,
    resolve,
    restore,
    unpin,
)


@pytest.fixture
def graph():
    graph = ContextGraph("s")
    graph.add_message("user", "Which files are there?")
    for name in ("a", "b"):
        call = graph.add_tool_call("ls", {"path": name})
        graph.add_tool_result(call.id, f"{name}.py\n" * 30)
    return graph


def shortened(graph, store, *nodes):
    """Put a pointer in the place of nodes; return the manifest."""
    short = [node.evolve(content="…", tokens=1, metadata={**node.metadata, "elided": "1.2"}) for node in nodes]
    steps = [Replacement(node, after, "t", "lossless") for node, after in zip(nodes, short, strict=True)]
    return Manifest("s", replace(graph, steps, store))


def results(graph):
    return list(graph.nodes(NodeType.TOOL_RESULT))


def test_a_node_is_pinned_and_unpinned(graph):
    """Both are changes that a manifest keeps; doing either twice does nothing more."""
    node, store, manifest = results(graph)[0], MemoryContentStore(), Manifest("s")
    manifest = manifest.extended(pin(graph, manifest, store, [node.id]))
    assert graph.node(node.id).pinned
    assert pin(graph, manifest, store, [node.id]) == []
    manifest = manifest.extended(unpin(graph, store, [node.id]))
    assert graph.node(node.id) == node
    assert unpin(graph, store, [node.id]) == []
    assert [change.strategy for change in manifest.changes] == ["pin", "pin"]


def test_a_compressed_node_is_put_back_first(graph):
    """It says what it said again, and others stay as they are."""
    store, (first, second) = MemoryContentStore(), results(graph)
    manifest = shortened(graph, store, first, second)
    pin(graph, manifest, store, [first.id])
    assert graph.node(first.id) == first.evolve(pinned=True)
    assert graph.node(second.id).content == "…"


def test_a_node_under_a_summary(graph):
    """It comes back with its call, unpinned, and the summary stays for the others."""
    store, nodes = MemoryContentStore(), list(graph.nodes())[1:]
    summary = Node("sum/0", NodeType.SUMMARY, "user", "files were listed", 5, metadata={"elided": "1.99999999"})
    edges = tuple(Edge(summary.id, node.id, EdgeType.SUMMARIZES) for node in nodes)
    folded = [
        Replacement(n, n.evolve(content="", tokens=0, metadata={**n.metadata, "folded": True}), "t", "lossless")
        for n in nodes
    ]
    steps = [Replacement(None, summary, "t", "summarization", edges_added=edges), *folded]
    manifest = Manifest("s", replace(graph, steps, store))
    pin(graph, manifest, store, [nodes[1].id])
    assert graph.node(nodes[1].id) == nodes[1].evolve(pinned=True)
    assert graph.node(nodes[0].id) == nodes[0]
    assert {edge.target for edge in graph.out_edges(summary.id, EdgeType.SUMMARIZES)} == {n.id for n in nodes[2:]}
    with pytest.raises(ValueError, match="expected what it stands for"):
        pin(graph, manifest, store, [summary.id])


def test_restoring_leaves_pins(graph):
    """A pin is no compression: restoring all brings back what was said, and pinned nodes stay pinned."""
    store, (first, second) = MemoryContentStore(), results(graph)
    manifest = shortened(graph, store, second)
    manifest = manifest.extended(pin(graph, manifest, store, [first.id]))
    assert [node.id for node in restore(graph, manifest, store)] == [second.id]
    assert graph.node(first.id) == first.evolve(pinned=True)
    assert restore(graph, manifest, store) == []


def test_nothing_is_changed_where_one_fails(graph):
    """An unknown node, or an original that the store lacks, leaves all as it was."""
    store, (first, second) = MemoryContentStore(), results(graph)
    manifest = shortened(graph, store, second)
    before = graph_bytes(graph)
    with pytest.raises(NodeNotFoundError):
        pin(graph, manifest, store, [first.id, "nobody"])
    with pytest.raises(ContentNotFoundError):
        pin(graph, manifest, MemoryContentStore(), [first.id, second.id])
    assert graph_bytes(graph) == before


def test_pins_are_stored(graph):
    """A store keeps them as it keeps any change, and the manifest is read again."""
    store = MemoryStore()
    store.append("s", graph.nodes(), graph.edges())
    changes = pin(graph, Manifest("s"), store, [results(graph)[0].id])
    store.commit("s", changes)
    assert graph_bytes(store.load("s")) == graph_bytes(graph)
    assert Manifest.from_json(store.manifest("s").to_json()).changes == tuple(changes)


@given(st.lists(st.tuples(st.sampled_from(["pin", "unpin", "shorten", "restore"]), st.integers(0, 3)), max_size=12))
def test_in_any_order(steps):
    """However pins, compressions and restores follow each other, all comes back in the end, pinned as it was last."""
    graph, store, manifest = ContextGraph("s"), MemoryContentStore(), Manifest("s")
    nodes = [graph.add_message("user", f"word {number} " * 20) for number in range(4)]
    pinned = [False] * 4
    for what, which in steps:
        node_id = nodes[which].id
        if what == "pin":
            manifest = manifest.extended(pin(graph, manifest, store, [node_id]))
            pinned[which] = True
        elif what == "unpin":
            manifest = manifest.extended(unpin(graph, store, [node_id]))
            pinned[which] = False
        elif what == "restore":
            restore(graph, manifest, store, [node_id] if node_id in manifest else [])
        elif not graph.node(node_id).pinned:
            manifest = manifest.extended(shortened(graph, store, graph.node(node_id)).changes)
    restore(graph, manifest, store)
    assert [graph.node(node.id) for node in nodes] == [n.evolve(pinned=p) for n, p in zip(nodes, pinned, strict=True)]


def test_resolving(graph):
    """A reference and an id name the same node; what was never shown is told."""
    manifest = Manifest("s")
    for node in graph.nodes():
        assert resolve(graph, manifest, graph.reference(node.id)) == resolve(graph, manifest, node.id) == node.id
    with pytest.raises(UnknownReferenceError, match="session 's' never showed it"):
        resolve(graph, manifest, "123456789.123456")
