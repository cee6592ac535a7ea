"""Sessions are copied from any store to any other, forked, and compared; each version and each original comes along."""

import pytest

from context_core import (
    ConflictError,
    ContextGraph,
    MemoryStore,
    SessionNotFoundError,
    VersionNotFoundError,
    diff,
    expand,
    graph_bytes,
    restore,
)
from context_core.testing.examples import example_graph
from context_core.testing.graph_store import compressed
from context_core.testing.journal import lived
from context_memory import FileStore, SQLiteStore, copy_session, fork


@pytest.fixture(params=["memory", "sqlite", "files"])
def target(request, tmp_path):
    """A new and empty store."""
    if request.param == "memory":
        yield MemoryStore()
    else:
        made = SQLiteStore(tmp_path / "a.db") if request.param == "sqlite" else FileStore(tmp_path / "files")
        with made as store:
            yield store


def test_a_copy(target):
    """A copy has every version, the manifest and the times of the session."""
    source = MemoryStore()
    states = lived(source)
    assert copy_session(source, target, "example") == 7
    assert [graph_bytes(target.load("example", version=v)) for v in range(8)] == states
    assert target.manifest("example") == source.manifest("example")
    assert target.info("example").written_at == source.history("example")[-1].written_at
    assert copy_session(source, target, "example") == 7


def test_a_copy_that_is_gone_on_with(target):
    """What was copied in part before is not copied again, and the copy is whole in the end."""
    source = MemoryStore()
    states = lived(source)
    assert copy_session(source, target, "example", version=3) == 3
    assert copy_session(source, target, "example") == 7
    assert [graph_bytes(target.load("example", version=v)) for v in range(8)] == states


def test_a_copy_leaves_nothing_when_it_is_purged(target):
    """A copy takes no more of the contents than it needs: purged, it leaves none."""
    source = MemoryStore()
    _, changes = compressed(source)
    copy_session(source, target, "example")
    target.purge("example")
    names = {state.content_id for change in changes for state in (change.before, change.after) if state}
    assert not any(target.has(name) for name in names)


def test_an_empty_session_is_copied(target):
    """A session that nothing was said in is one in the copy, too."""
    source = MemoryStore()
    source.append("empty", [], [])
    assert copy_session(source, target, "empty") == 0
    assert target.sessions() == ["empty"]


def test_another_session_of_that_name(target):
    """A copy over another session of that name is a conflict, and leaves it as it is."""
    source, graph = MemoryStore(), ContextGraph("example")
    lived(source)
    target.append("example", [graph.add_message("user", "mine")], [])
    with pytest.raises(ConflictError, match="another session 'example'"):
        copy_session(source, target, "example")
    assert [each.content for each in target.load("example").nodes()] == ["mine"]


def test_a_fork(target):
    """A fork is the session up to a version, goes on by itself, and its references bring originals back."""
    graph, changes = compressed(target)
    assert fork(target, "example", "what-if", version=2) == 2
    forked = target.load("what-if")
    assert [node.content for node in forked.nodes()] == [
        node.content for node in target.load("example", version=2).nodes()
    ]
    node = forked.add_message("user", "what if")
    target.append("what-if", [node], forked.in_edges(node.id))
    assert graph_bytes(target.load("example")) == graph_bytes(graph)
    manifest = target.manifest("what-if")
    original = example_graph().node(changes[0].node_id).content
    assert expand(manifest, target, manifest.find(changes[0].reference)) == original
    target.purge("example")
    again = target.load("what-if")
    restore(again, target.manifest("what-if"), target)
    assert [each.content for each in again.nodes()][:-1] == [each.content for each in example_graph().nodes()]


def test_forks_that_cannot_be(target):
    """A fork to a name that is taken, of a session or a version that is not there, is an error."""
    compressed(target)
    with pytest.raises(ValueError, match="which a session has"):
        fork(target, "example", "example")
    with pytest.raises(SessionNotFoundError):
        fork(target, "unknown", "new")
    with pytest.raises(VersionNotFoundError, match="expected 0 to 3"):
        fork(target, "example", "new", version=4)
    assert target.sessions() == ["example"]


def test_the_difference_of_two_versions(target):
    """Two versions of a session differ by what was appended or changed between them."""
    compressed(target)
    first, third = (target.load("example", version=version) for version in (1, 3))
    told = diff(first, third)
    assert [node.id for node in told.added] == ["summary-1"]
    assert told.removed == ()
    assert {before.id for before, _ in told.changed} == {
        node.id for node in first.nodes() if node.type in ("tool_call", "tool_result")
    }
    assert {edge.type for edge in told.edges_added} == {"summarizes"}
    assert told.tokens == third.total_tokens - first.total_tokens
    assert not diff(first, first)
    back = diff(third, first)
    assert [node.id for node in back.removed] == ["summary-1"]
    assert back.edges_removed == told.edges_added
