"""Originals stand as plain files, from the commit that takes them out of the prompt until their session goes."""

import pytest
from hypothesis import settings

from context_core import (
    Change,
    ConflictError,
    ContextGraph,
    MemoryStore,
    NodeType,
    Replacement,
    SessionNotFoundError,
    State,
    StoreError,
    graph_bytes,
    replace,
    restoration,
)
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.examples import LONE_SURROGATE, example_graph, pointer, summary
from context_core.testing.graph_store import GraphStoreContract, appended, compressed
from context_core.testing.graph_store_machine import graph_store_machine
from context_core.testing.journal import JournalContract, copied, lived
from context_core.testing.upkeep import UpkeepContract
from context_memory import FileStore, ReadableFiles


class TestReadableFiles(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract):
    @pytest.fixture
    def store(self, tmp_path):
        with ReadableFiles(MemoryStore(), tmp_path / "files") as store:
            yield store


@pytest.mark.usefixtures("tmp_path")
def test_a_machine(tmp_path_factory):
    """Whatever is done to sessions, the store with files does what the dict does."""

    def start():
        return ReadableFiles(MemoryStore(), tmp_path_factory.mktemp("files"))

    case = graph_store_machine(start).TestCase
    case.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
    case("runTest").runTest()


@pytest.fixture
def store(tmp_path):
    return ReadableFiles(MemoryStore(), tmp_path / "files")


def texts(store):
    """Return what stands in the files, by their names."""
    return {path.name: path.read_text() for path in store.folder.rglob("*") if path.is_file()}


def readable(text):
    return text.replace(LONE_SURROGATE, "?")


def test_the_original_of_what_was_elided(store):
    """The text that a pointer stands for is in a file named by the pointer's reference."""
    graph = appended(store)
    [result] = graph.nodes(NodeType.TOOL_RESULT)
    assert texts(store) == {}
    [change] = replace(graph, pointer(graph), store)
    store.commit("example", [change])
    [shown] = graph.nodes(NodeType.TOOL_RESULT)
    assert f"expand {change.reference}]" in shown.content
    assert texts(store) == {f"{change.reference}.txt": readable(result.content)}
    assert store.path("example", change.reference).read_text() == readable(result.content)


def test_what_was_shortened_twice(store):
    """A node that is folded after it was elided keeps the file of its original; a summary has none."""
    original = example_graph()
    graph, changes = compressed(store)
    wanted = {
        f"{change.reference}.txt": readable(original.node(change.node_id).content)
        for change in changes
        if change.before is not None
    }
    assert len(wanted) == 2
    assert texts(store) == wanted
    assert graph.summaries()


def test_a_restoration_leaves_the_files(store):
    """A restored node's file stays, as an older prompt may name it, and still holds the original."""
    graph, _ = compressed(store)
    before = texts(store)
    store.commit("example", replace(graph, restoration(graph, store.manifest("example"), store), store))
    assert graph_bytes(store.load("example")) == graph_bytes(example_graph())
    assert texts(store) == before
    store.commit("example", replace(graph, summary(graph), store))
    assert texts(store) == before


@pytest.mark.parametrize("method", ["purge", "expire"])
def test_files_go_with_their_session(store, method):
    """Purging or expiring a session removes its files, and no others."""
    compressed(store)
    other = appended(store, "other")
    store.commit("other", replace(other, pointer(other), store))
    both = texts(store)
    getattr(store, method)("example")
    assert len(texts(store)) == len(both) - 2
    assert [path.name for path in store.folder.iterdir()] == [store.path("other", "").parent.name]
    with pytest.raises(SessionNotFoundError):
        store.purge("example")


def test_what_the_user_keeps_beside_the_files(store):
    """Something else in a session's folder stays when the session is purged."""
    _, changes = compressed(store)
    notes = store.path("example", changes[0].reference).parent / "notes.md"
    notes.write_text("mine")
    store.purge("example")
    assert texts(store) == {"notes.md": "mine"}


def test_names_that_lead_nowhere_else(store, tmp_path):
    """Whatever a session and a reference are called, the file lies in the folder."""
    graph = ContextGraph(f"../../{LONE_SURROGATE}\0/etc")
    node = graph.add_message("user", "text")
    store.append(graph.session_id, graph.nodes(), graph.edges())
    [change] = replace(graph, [Replacement(node, node.evolve(content="x"), "test", "lossless")], store)
    for reference in (change.reference, "../../../outside", "/etc/passwd", "", LONE_SURROGATE, "a" * 1000):
        assert store.path(graph.session_id, reference).parent.parent == store.folder
    odd = Change(change.node_id, "../../../outside", change.before, change.after, "test", "lossless", 0)
    store.commit(graph.session_id, [odd])
    assert list(texts(store).values()) == ["text"]
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_a_commit_that_fails(store):
    """A commit that is a conflict, or to no session, is one here, and a right commit later writes the right text."""
    graph = appended(store)
    [change] = replace(graph, pointer(graph), store)
    [wrong_id] = store.put([b"never was"])
    wrong = Change(change.node_id, change.reference, State({}, wrong_id), change.after, "test", "lossless", 0)
    with pytest.raises(SessionNotFoundError):
        store.commit("unknown", [change])
    assert texts(store) == {}
    with pytest.raises(ConflictError):
        store.commit("example", [wrong])
    store.commit("example", [change])
    [text] = texts(store).values()
    assert text.startswith("0: größe = 0")


def test_a_folder_that_cannot_be_written(tmp_path):
    """Where a file cannot be written, the commit is an error of the store, and the store below is as it was."""
    (tmp_path / "files").write_text("a file")
    store = ReadableFiles(MemoryStore(), tmp_path / "files")
    graph = appended(store)
    with pytest.raises(StoreError, match="expected the path of a folder"):
        store.commit("example", replace(graph, pointer(graph), store))
    assert store.version("example") == 1


def test_sessions_that_come_from_elsewhere(store):
    """A session recorded from another store gets its files, and one compressed without them on request."""
    model = MemoryStore()
    lived(model)
    copied(model, store, "example")
    recorded = texts(store)
    assert sorted(recorded.values()) == sorted(
        readable(node.content)
        for node in example_graph().nodes()
        if node.type in {NodeType.TOOL_CALL, NodeType.TOOL_RESULT}
    )
    later = ReadableFiles(model, store.folder.parent / "later")
    assert texts(later) == {}
    assert len(later.refresh("example")) == 2
    assert texts(later) == recorded
    assert later.refresh("example") == []


def test_over_files(tmp_path):
    """Over a store in a folder, another process finds the files and the store as they were left."""
    pytest.importorskip("fcntl")
    with ReadableFiles(FileStore(tmp_path / "store"), tmp_path / "files") as store:
        graph, _ = compressed(store)
    again = ReadableFiles(FileStore(tmp_path / "store"), tmp_path / "files")
    assert graph_bytes(again.load("example")) == graph_bytes(graph)
    assert len(texts(again)) == 2
    assert again.refresh("example") == []
    again.purge("example")
    assert texts(again) == {}
