"""The contract of `Journal`, as tests: versions, history, and sessions written from another store's history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from context_core.assemble import graph_bytes
from context_core.edge import Edge, EdgeType
from context_core.errors import ConflictError, ContentNotFoundError, SessionNotFoundError, VersionNotFoundError
from context_core.manifest import Manifest
from context_core.memory_store import MemoryStore
from context_core.replace import replace
from context_core.restore import restoration
from context_core.stores import Journal
from context_core.testing.examples import example_graph, pointer, summary

if TYPE_CHECKING:
    from context_core.revision import Revision
    from context_core.stores import ManagedStore


def lived(store: ManagedStore, session_id: str = "example") -> list[bytes]:
    """Let a session be appended in parts, compressed, gone on with and restored; return its graph at each version."""
    graph = example_graph(session_id)
    states = [graph_bytes(type(graph)(session_id))]
    nodes = list(graph.nodes())
    for part in (nodes[:4], nodes[4:]):
        store.append(session_id, part, [edge for node in part for edge in graph.in_edges(node.id)])
        states.append(graph_bytes(store.load(session_id)))
    for plan in (pointer, summary):
        store.commit(session_id, replace(graph, plan(graph), store))
        states.append(graph_bytes(graph))
    later = graph.add_message("user", "later")
    store.append(session_id, [later], graph.in_edges(later.id))
    states.append(graph_bytes(graph))
    store.commit(session_id, replace(graph, restoration(graph, store.manifest(session_id), store), store))
    states.append(graph_bytes(graph))
    store.commit(session_id, replace(graph, summary(graph), store))
    states.append(graph_bytes(graph))
    return states


def copied(source: ManagedStore, target: ManagedStore, session_id: str, *, after: int = 0) -> None:
    """Write a session's revisions past a version to another store, with the contents that they name."""
    revisions = list(source.history(session_id, after=after))
    changes = [change for revision in revisions for change in revision.changes]
    target.put([source.get(name) for name in sorted(Manifest(session_id, changes).content_ids())])
    target.record(session_id, revisions)


def _sorted(revision: Revision) -> tuple[object, ...]:
    """Return a revision without the order of edges that do not meet."""
    edges = sorted(revision.edges, key=lambda edge: (edge.source, edge.target, edge.type))
    return (revision.version, revision.written_at, revision.nodes, edges, revision.changes)


class JournalContract:
    """What every `Journal` does. A subclass gives the fixture ``store``: a new and empty `ManagedStore`.

    Example:
        >>> class TestMemory(JournalContract):
        ...     @pytest.fixture
        ...     def store(self):
        ...         return MemoryStore()
    """

    def test_it_is_a_journal(self, store: ManagedStore) -> None:
        """The store has the methods of the protocol."""
        assert isinstance(store, Journal)

    def test_each_write_is_a_version(self, store: ManagedStore) -> None:
        """Every append and every commit makes the next version."""
        lived(store)
        assert store.version("example") == 7

    def test_a_write_without_effect_is_none(self, store: ManagedStore) -> None:
        """Appending what is there, nothing, or committing no change leaves the version."""
        graph = example_graph()
        store.append("example", [], [])
        assert store.version("example") == 0
        store.append("example", graph.nodes(), graph.edges())
        for nodes, edges in (([], []), (graph.nodes(), graph.edges()), (graph.nodes(), [])):
            store.append("example", nodes, edges)
        store.commit("example", [])
        assert store.version("example") == 1

    def test_an_edge_alone_is_a_version(self, store: ManagedStore) -> None:
        """An edge between nodes that are there makes a version, once."""
        nodes = list(example_graph().nodes())
        store.append("example", nodes, [])
        edge = Edge(nodes[0].id, nodes[-1].id, EdgeType.CAUSAL, {"reason": "by hand"})
        for _ in range(2):
            store.append("example", [], [edge])
        assert store.version("example") == 2
        assert list(store.load("example").edges(EdgeType.CAUSAL)) == [edge]
        assert list(store.load("example", version=1).edges(EdgeType.CAUSAL)) == []

    def test_a_failed_write_is_no_version(self, store: ManagedStore) -> None:
        """A conflict leaves the version."""
        graph = example_graph()
        store.append("example", graph.nodes(), graph.edges())
        with pytest.raises(ConflictError):
            store.append("example", [next(graph.nodes()).evolve(content="other")], [])
        assert store.version("example") == 1

    def test_every_version_loads(self, store: ManagedStore) -> None:
        """A session loads as it was at each of its versions."""
        states = lived(store)
        assert [graph_bytes(store.load("example", version=v)) for v in range(len(states))] == states
        assert graph_bytes(store.load("example")) == states[-1]

    def test_the_order_of_nodes_at_every_version(self, store: ManagedStore) -> None:
        """The nodes of an earlier version come in the order they had then, edges of a node likewise."""
        lived(store)
        model = MemoryStore()
        copied(store, model, "example")
        for version in range(store.version("example") + 1):
            there, wanted = store.load("example", version=version), model.load("example", version=version)
            assert [node.id for node in there.nodes()] == [node.id for node in wanted.nodes()]
            for node in wanted.nodes():
                assert list(there.in_edges(node.id)) == list(wanted.in_edges(node.id))
                assert list(there.out_edges(node.id)) == list(wanted.out_edges(node.id))

    def test_a_manifest_of_a_version(self, store: ManagedStore) -> None:
        """A version's manifest has the changes up to it."""
        lived(store)
        changes = store.manifest("example").changes
        lengths = [len(store.manifest("example", version=version)) for version in range(8)]
        assert lengths == sorted(lengths)
        assert lengths[:4] == [0, 0, 0, 1]
        assert store.manifest("example", version=4) == Manifest("example", changes[: lengths[4]])

    def test_a_version_that_is_not_there(self, store: ManagedStore) -> None:
        """A version past the present one, or below zero, is an error that names the latest."""
        lived(store)
        for version in (8, -1):
            for method in (store.load, store.manifest):
                with pytest.raises(VersionNotFoundError) as caught:
                    method("example", version=version)
                assert (caught.value.version, caught.value.latest) == (version, 7)

    def test_history(self, store: ManagedStore) -> None:
        """The history tells each version's nodes, edges and changes, and begins after a version."""
        lived(store)
        history = list(store.history("example"))
        assert [revision.version for revision in history] == list(range(1, 8))
        assert list(store.history("example", after=5)) == history[5:]
        assert list(store.history("example", after=7)) == []
        graph = example_graph()
        assert [node for revision in history[:2] for node in revision.nodes] == list(graph.nodes())
        assert tuple(change for revision in history for change in revision.changes) == store.manifest("example").changes
        times = [revision.written_at for revision in history]
        assert times == sorted(times)
        assert times[0] > 0

    def test_a_session_from_its_history(self, store: ManagedStore) -> None:
        """A session that is recorded from another store's history is the same at every version, and goes on."""
        model = MemoryStore()
        states = lived(model)
        copied(model, store, "example")
        assert [graph_bytes(store.load("example", version=v)) for v in range(len(states))] == states
        assert store.manifest("example") == model.manifest("example")
        assert [_sorted(each) for each in store.history("example")] == [
            _sorted(each) for each in model.history("example")
        ]
        graph = store.load("example")
        store.commit("example", replace(graph, restoration(graph, store.manifest("example"), store), store))
        assert store.version("example") == len(states)

    def test_a_history_in_two_parts(self, store: ManagedStore) -> None:
        """A session that is recorded in parts is the one that is recorded at once."""
        model = MemoryStore()
        states = lived(model)
        target = MemoryStore()
        copied(model, target, "example")
        changes = model.manifest("example").content_ids()
        store.put([model.get(name) for name in sorted(changes)])
        store.record("example", model.history("example")[:3])
        store.record("example", model.history("example", after=3))
        assert [graph_bytes(store.load("example", version=v)) for v in range(len(states))] == states

    def test_revisions_that_do_not_follow(self, store: ManagedStore) -> None:
        """Revisions that leave one out, or come again, are a conflict; into an empty place they are no session."""
        model = MemoryStore()
        lived(model)
        history = model.history("example")
        with pytest.raises(SessionNotFoundError):
            store.record("example", history[1:])
        store.record("example", history[:1])
        for wrong in (history[:1], history[2:]):
            with pytest.raises(ConflictError):
                store.record("example", wrong)
        assert store.version("example") == 1

    def test_a_history_without_its_contents(self, store: ManagedStore) -> None:
        """A history whose contents are not in the store is an error, and nothing of it is written."""
        model = MemoryStore()
        lived(model)
        with pytest.raises(ContentNotFoundError):
            store.record("example", model.history("example"))
        assert store.sessions() == []

    def test_the_journal_of_an_unknown_session(self, store: ManagedStore) -> None:
        """Asking for the version or history of a session that is not there is an error."""
        with pytest.raises(SessionNotFoundError):
            store.version("unknown")
        with pytest.raises(SessionNotFoundError):
            list(store.history("unknown"))
