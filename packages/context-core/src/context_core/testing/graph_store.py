"""The contract of `GraphStore`, as tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from context_core.assemble import graph_bytes
from context_core.edge import Edge, EdgeType
from context_core.errors import ConflictError, ContentNotFoundError, SessionNotFoundError
from context_core.manifest import Change, Manifest, State
from context_core.node import Node, NodeType
from context_core.replace import replace
from context_core.restore import restoration, restore
from context_core.stores import GraphStore
from context_core.testing.examples import LONE_SURROGATE, example_graph, pointer, summary

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.stores import Store


def appended(store: Store, session_id: str = "example") -> ContextGraph:
    """Append the example's graph to a session, and return it."""
    graph = example_graph(session_id)
    store.append(session_id, graph.nodes(), graph.edges())
    return graph


def compressed(store: Store) -> tuple[ContextGraph, list[Change]]:
    """Append the example's graph and commit a pointer, then a summary over it; return the graph and all changes."""
    graph = appended(store)
    changes: list[Change] = []
    for plan in (pointer, summary):
        made = replace(graph, plan(graph), store)
        store.commit("example", made)
        changes += made
    return graph, changes


class GraphStoreContract:
    """What every `GraphStore` does. A subclass gives the fixture ``store``: a new and empty `Store`.

    Example:
        >>> from context_core import MemoryStore
        >>> class TestMemory(GraphStoreContract):
        ...     @pytest.fixture
        ...     def store(self):
        ...         return MemoryStore()
    """

    def test_it_is_a_graph_store(self, store: Store) -> None:
        """The store has the methods of the protocol."""
        assert isinstance(store, GraphStore)

    # ── append ───────────────────────────────────────────────────────────────────────────────────────────────────

    def test_a_graph_comes_back(self, store: Store) -> None:
        """A loaded graph is byte for byte the one that was appended."""
        graph = appended(store)
        loaded = store.load("example")
        assert graph_bytes(loaded) == graph_bytes(graph)
        assert loaded.total_tokens == graph.total_tokens

    def test_a_loaded_graph_goes_on(self, store: Store) -> None:
        """What is said next gets the same id, turn and edges on a loaded graph as on the one that was appended."""
        graph = appended(store)
        loaded = store.load("example")
        for each in (graph, loaded):
            each.add_message("user", "next")
            each.add_tool_call("ls", {"path": "."})
        assert graph_bytes(loaded) == graph_bytes(graph)

    def test_a_loaded_graph_is_the_callers_own(self, store: Store) -> None:
        """Changing a loaded graph changes nothing in the store."""
        graph = appended(store)
        store.load("example").add_message("user", "not stored")
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_edges_keep_their_order(self, store: Store) -> None:
        """The edges that enter and leave a node come in the order in which they were appended."""
        graph = example_graph()
        edges = list(graph.edges())[::-1]
        store.append("example", graph.nodes(), edges)
        loaded = store.load("example")
        for node in graph.nodes():
            assert list(loaded.in_edges(node.id)) == [edge for edge in edges if edge.target == node.id]
            assert list(loaded.out_edges(node.id)) == [edge for edge in edges if edge.source == node.id]

    def test_appending_counts_what_is_new(self, store: Store) -> None:
        """Appending returns how many nodes were new, and none for those that are there or come twice."""
        nodes = list(example_graph().nodes())
        assert store.append("example", [*nodes[:3], nodes[0]], []) == 3
        assert store.append("example", nodes, []) == len(nodes) - 3
        assert store.append("example", nodes, []) == 0

    def test_appending_in_parts(self, store: Store) -> None:
        """A graph that is appended node by node is the graph that is appended at once."""
        graph = example_graph()
        for node in graph.nodes():
            store.append("example", [node], graph.in_edges(node.id))
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_appending_again_changes_nothing(self, store: Store) -> None:
        """Appending what is there, before and after it was compressed, leaves the present state."""
        graph, _ = compressed(store)
        original = example_graph()
        assert store.append("example", original.nodes(), original.edges()) == 0
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_an_edge_keeps_its_first_evidence(self, store: Store) -> None:
        """An edge that is there is passed over, whatever its evidence."""
        graph = appended(store)
        edge = next(graph.edges(EdgeType.CAUSAL))
        store.append("example", [], [Edge(edge.source, edge.target, edge.type, {"reason": "other"})])
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_other_bytes_under_one_id(self, store: Store) -> None:
        """A node with the id of one that is there and other bytes is a conflict, and nothing of its call is stored."""
        graph = appended(store)
        first = next(graph.nodes())
        new = Node("new/0", NodeType.MESSAGE, "user", "new", 5)
        for other in (first.evolve(content="other"), first.evolve(pinned=True), first.evolve(metadata={"x": 1})):
            with pytest.raises(ConflictError, match="other bytes"):
                store.append("example", [new, other], [])
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_other_bytes_in_one_call(self, store: Store) -> None:
        """Two nodes of one id and different bytes in one call are a conflict, and no session is made."""
        node = Node("n/0", NodeType.MESSAGE, "user", "one", 5)
        with pytest.raises(ConflictError, match="other bytes"):
            store.append("example", [node, node.evolve(content="two")], [])
        assert store.sessions() == []

    def test_every_string_comes_back(self, store: Store) -> None:
        """Ids, contents, metadata and evidence may hold any string, and metadata any JSON value."""
        session_id = f"a/'b'\x00 {LONE_SURROGATE}"
        values = {LONE_SURROGATE: [LONE_SURROGATE, "\x00", 2**70, -0.5, True, None, {"größe": {}}]}
        nodes = [
            Node(f"{text}/0", NodeType.MESSAGE, text, text, 5, call_id=text, tool_name=text, metadata=values)
            for text in (LONE_SURROGATE, "\x00", "größe", "%s ? :x")
        ]
        edges = [Edge(nodes[0].id, node.id, EdgeType.CAUSAL, values) for node in nodes]
        store.append(session_id, nodes, edges)
        loaded = store.load(session_id)
        assert list(loaded.nodes()) == nodes
        assert list(loaded.edges()) == edges
        assert store.sessions() == [session_id]

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def test_sessions_are_apart(self, store: Store) -> None:
        """Two sessions hold nodes of the same ids, and neither sees the other's."""
        one = appended(store, "one")
        store.append("two", [next(one.nodes()).evolve(content="other")], [])
        assert graph_bytes(store.load("one")) == graph_bytes(one)
        assert [node.content for node in store.load("two").nodes()] == ["other"]

    def test_sessions_come_in_the_order_of_their_last_write(self, store: Store) -> None:
        """The session that was written to last comes last, and a commit is a write."""
        graph = appended(store)
        store.append("two", [], [])
        store.append("three", [], [])
        assert store.sessions() == ["example", "two", "three"]
        store.append("two", [], [])
        store.commit("example", replace(graph, pointer(graph), store))
        assert store.sessions() == ["three", "two", "example"]

    def test_an_empty_session(self, store: Store) -> None:
        """A session without nodes loads as an empty graph."""
        assert store.append("empty", [], []) == 0
        assert len(store.load("empty")) == 0
        assert len(store.manifest("empty")) == 0

    def test_an_unknown_session(self, store: Store) -> None:
        """Loading, committing to or asking for the manifest of a session that is not there is an error."""
        appended(store)
        with pytest.raises(SessionNotFoundError) as caught:
            store.load("unknown")
        assert caught.value.session_id == "unknown"
        with pytest.raises(SessionNotFoundError):
            store.manifest("unknown")
        with pytest.raises(SessionNotFoundError):
            store.commit("unknown", [])
        assert store.sessions() == ["example"]

    # ── commit ───────────────────────────────────────────────────────────────────────────────────────────────────

    def test_changes_come_back(self, store: Store) -> None:
        """After commits the store loads the compressed graph, and a manifest of all changes in order."""
        graph, changes = compressed(store)
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.manifest("example") == Manifest("example", changes)

    def test_restoring_from_the_store(self, store: Store) -> None:
        """What the store loads can be restored to the original from the store alone."""
        compressed(store)
        loaded = store.load("example")
        restore(loaded, store.manifest("example"), store)
        assert graph_bytes(loaded) == graph_bytes(example_graph())

    def test_committing_a_restoration(self, store: Store) -> None:
        """A committed restoration brings the original back, removes the summary, and stands in the manifest too."""
        graph, changes = compressed(store)
        back = replace(graph, restoration(graph, store.manifest("example"), store), store)
        store.commit("example", back)
        assert graph_bytes(store.load("example")) == graph_bytes(example_graph())
        assert store.manifest("example") == Manifest("example", [*changes, *back])

    def test_compressing_again(self, store: Store) -> None:
        """A summary that was removed can be added again, and then stands behind all other nodes."""
        graph, _ = compressed(store)
        back = replace(graph, restoration(graph, store.manifest("example"), store), store)
        store.commit("example", back)
        later = graph.add_message("user", "later")
        store.append("example", [later], graph.in_edges(later.id))
        store.commit("example", replace(graph, summary(graph), store))
        assert graph_bytes(store.load("example")) == graph_bytes(graph)

    def test_many_steps_in_one_commit(self, store: Store) -> None:
        """Changes that step on one another in a single commit are applied in order."""
        graph = appended(store)
        changes = replace(graph, pointer(graph), store) + replace(graph, summary(graph), store)
        changes += replace(graph, restoration(graph, Manifest("example", changes), store), store)
        changes += replace(graph, summary(graph), store)
        store.commit("example", changes)
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.manifest("example") == Manifest("example", changes)

    def test_a_removed_node_takes_its_edges(self, store: Store) -> None:
        """A node that a change removes takes its edges with it, though the change does not list them."""
        graph = appended(store)
        changes = replace(graph, summary(graph)[:1], store)
        store.commit("example", changes)
        added = changes[0]
        removal = Change("summary-1", added.reference, added.after, None, "example", "lossless", 9)
        store.commit("example", [removal])
        assert graph_bytes(store.load("example")) == graph_bytes(example_graph())

    def test_an_older_state(self, store: Store) -> None:
        """A change that starts from another state than the present one is a conflict, and nothing is written."""
        graph, changes = compressed(store)
        for change in changes:
            with pytest.raises(ConflictError, match="another state"):
                store.commit("example", [change])
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.manifest("example") == Manifest("example", changes)

    def test_all_or_none(self, store: Store) -> None:
        """Where one change of a commit is a conflict, those before it are not written either."""
        graph = appended(store)
        changes = replace(graph, pointer(graph), store)
        with pytest.raises(ConflictError):
            store.commit("example", [*changes, changes[0]])
        assert graph_bytes(store.load("example")) == graph_bytes(example_graph())
        assert len(store.manifest("example")) == 0

    def test_a_change_without_its_content(self, store: Store) -> None:
        """A change to a content that the store lacks is an error that names it, and nothing is written."""
        graph = appended(store)
        [change] = replace(graph, pointer(graph), store)
        assert change.after is not None
        after = State(change.after.record, "0" * 64)
        lacking = Change(change.node_id, change.reference, change.before, after, "example", "lossless", 1)
        with pytest.raises(ContentNotFoundError) as caught:
            store.commit("example", [lacking])
        assert caught.value.content_ids == ("0" * 64,)
        assert graph_bytes(store.load("example")) == graph_bytes(example_graph())
        assert len(store.manifest("example")) == 0

    def test_a_compressed_graph_goes_on(self, store: Store) -> None:
        """What is said after a compression is joined to its causes as if nothing had been compressed."""
        plain, (graph, _) = example_graph(), compressed(store)
        for each in (plain, graph, store.load("example")):
            call = each.add_tool_call("read", {"path": "src/grün.py"})
            causes = [edge for edge in each.in_edges(call.id, EdgeType.CAUSAL) if "value" in edge.evidence]
            assert [(each.node(edge.source).type, edge.evidence["value"]) for edge in causes] == [
                (NodeType.TOOL_CALL, "src/grün.py")
            ]

    def test_appending_after_a_commit(self, store: Store) -> None:
        """Nodes that are appended after a commit stand behind those that it added."""
        graph, _ = compressed(store)
        later = graph.add_message("user", "later")
        assert store.append("example", [later], graph.in_edges(later.id)) == 1
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
