"""Mentions, aliases, entities and artifacts as nodes, timeline and neighbourhood."""

import pytest

from context_core import (
    ContextGraph,
    EdgeType,
    MemoryContentStore,
    Node,
    NodeType,
    aliases,
    artifacts,
    is_reference,
    mentions,
    neighborhood,
    replace,
    timeline,
    writes,
)
from context_core.testing.examples import example_graph, pointer, summary


@pytest.fixture
def graph():
    graph = ContextGraph("s")
    graph.add_message("user", "fix src/app/io_util.py", created_at=10.0)
    call = graph.add_tool_call("Read", {"file_path": "/repo/src/app/io_util.py"}, created_at=20.0)
    graph.add_tool_result(call.id, "def read_all(): ...", created_at=30.0)
    graph.add_message("assistant", "client.read_all in io_util.py:12 is empty", created_at=40.0)
    return graph


def test_mentions_find_a_thing_under_all_its_names(graph):
    """A path by its end, a symbol by its tail; each node once, in the order of time."""
    assert [mention.name for mention in mentions(graph, "src/app/io_util.py")] == [
        "src/app/io_util.py",
        "src/app/io_util.py",
        "io_util.py",
    ]
    assert len(mentions(graph, "read_all")) == len(mentions(graph, "client.read_all")) == 2
    assert mentions(graph, "nothing_here") == []


def test_a_short_name_belongs_to_the_first_that_ends_in_it(graph):
    """A later file of the same name takes nothing over."""
    before = aliases(graph, "io_util.py")
    graph.add_message("user", "and lib/io_util.py")
    assert aliases(graph, "io_util.py") == before == ["src/app/io_util.py"]
    assert aliases(graph, "lib/io_util.py") == []
    assert "io_util.py" in aliases(graph, "io_util.py:12")


def test_entities_are_nodes_when_asked_for(graph):
    """They come by type, have ids of their own, and join who mentions them and what else names them."""
    stored = len(list(graph.nodes()))
    names = {node.content for node in graph.nodes(NodeType.ENTITY)}
    assert {"src/app/io_util.py", "client.read_all", "read_all"} <= names
    assert len(list(graph.nodes())) == len(graph) == stored
    entity = graph.node("entity:symbol:read_all")
    [edge] = graph.in_edges(entity.id, EdgeType.REFERENCES)
    assert graph.node(edge.source).content[slice(*edge.evidence["span"])] == "read_all"
    assert edge in list(graph.out_edges(edge.source, EdgeType.REFERENCES))
    assert [e.source for e in graph.edges(EdgeType.SAME_ENTITY) if e.target.endswith("client.read_all")] == [entity.id]
    with pytest.raises(KeyError):
        graph.node("entity:symbol:never_said")


def test_files_that_calls_write_are_artifacts_with_versions(graph):
    """A write and an edit are two versions; what failed is none."""
    graph.add_tool_call("Write", {"file_path": "a.py", "content": "x = 1"})
    patch = "*** Begin Patch\n*** Update File: a.py\n@@\n-x = 1\n+x = 2\n*** Add File: b.py\n+y = 1\n*** End Patch"
    call = graph.add_tool_call("apply_patch", {"input": patch})
    assert [(a.path, [v.action.value for v in a.versions]) for a in artifacts(graph)] == [
        ("a.py", ["write", "edit"]),
        ("b.py", ["write"]),
    ]
    assert [node.id for node in graph.nodes(NodeType.ARTIFACT)] == [
        "artifact:a.py@1",
        "artifact:a.py@2",
        "artifact:b.py@1",
    ]
    assert [edge.source for edge in graph.in_edges("artifact:a.py@2")] == [call.id, "artifact:a.py@1"]


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ({"path": "a.py"}, []),
        ({"path": "a.py", "command": "create", "file_text": ""}, [("a.py", "write")]),
        ({"path": "a.py", "command": "str_replace", "old_str": "x", "new_str": ""}, [("a.py", "edit")]),
        ({"command": "cat > out/a.txt <<'EOF'\nb > c.txt\nEOF\nls"}, [("out/a.txt", "write")]),
        ({"command": "make 2>&1 | tee -a log.txt > /dev/null"}, [("log.txt", "edit")]),
        ({"command": "awk '$1 > max {print}' a.txt; echo \"x > y\""}, []),
        ({"cmd": ["bash", "-c", "echo 1 >> n.txt"]}, [("n.txt", "edit")]),
        ({"command": "test $a > 5 && tee --append log.txt"}, [("log.txt", "edit")]),
        (
            {"command": "make &> out.log; make 2> err.log >| ./all.log"},
            [("out.log", "write"), ("err.log", "write"), ("all.log", "write")],
        ),
        ({"command": "view", "path": "a.py", "file_text": ""}, []),
        ({"file_path": "README.md", "content": "a diff:\n--- a/x.py\n+++ b/x.py\n"}, [("README.md", "write")]),
        ({"patch": "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-1\n+2\n"}, [("x.py", "edit")]),
        ({"patch": "--- a/x.py\t2026-11-01\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"}, [("x.py", "delete")]),
        ({"patch": "--- /dev/null\n+++ b/y.py\n@@ -0,0 +1 @@\n+1\n"}, [("y.py", "edit")]),
        (
            {"input": "*** Begin Patch\n*** Update File: a.py\n*** Move to: b.py\n@@\n-1\n+2\n*** End Patch"},
            [("a.py", "edit"), ("b.py", "write")],
        ),
    ],
)
def test_writes_are_told_by_the_shape_of_arguments(graph, arguments, written):
    """Whatever a tool is called: a path with content, a patch, a shell's redirection."""
    call = graph.add_tool_call("some_tool", arguments)
    assert [(write.path, write.action.value) for write in writes(call)] == written


def test_what_compression_cuts_takes_no_entity_with_it():
    """Every entity that is listed is found, every edge joins two nodes, and pointers are no entities."""
    graph, store = example_graph(), MemoryContentStore()
    for plan in (pointer, summary):
        replace(graph, plan(graph), store)
        listed = list(graph.nodes(NodeType.ENTITY))
        assert all(graph.node(node.id) == node for node in listed)
        assert not any(is_reference(node.content) for node in listed)
        assert set(graph.nx.nodes) == {node.id for node in (*graph.nodes(), *listed, *graph.nodes(NodeType.ARTIFACT))}
    assert [mention.node.type for mention in mentions(graph, "src/grün.py")] == [NodeType.TOOL_CALL]


def test_a_stored_node_may_have_the_id_of_an_entity():
    """What is stored is never taken for what is projected."""
    graph = ContextGraph("s")
    for node_id in ("entity:foo", "artifact:a@1"):
        graph.add(Node(node_id, NodeType.MESSAGE, "user", "hi", 5))
    graph.add_edge("entity:foo", "artifact:a@1", EdgeType.TEMPORAL)
    assert [edge.target for edge in graph.edges()] == ["artifact:a@1"]
    assert [edge.source for edge in graph.in_edges("artifact:a@1")] == ["entity:foo"]


def test_a_timeline_is_bounded_by_times_and_by_a_thing(graph):
    """Both ends are included."""
    assert [node.created_at for node in timeline(graph, since=20.0, until=30.0)] == [20.0, 30.0]
    assert [node.created_at for node in timeline(graph, "read_all")] == [30.0, 40.0]
    assert len(timeline(graph)) == len(graph)


def test_a_neighbourhood_grows_with_its_radius(graph):
    """The nearest come first, by any edge or by those asked for."""
    [call] = graph.nodes(NodeType.TOOL_CALL)
    near = neighborhood(graph, call.id)
    far = neighborhood(graph, call.id, radius=3)
    assert [neighbor.distance for neighbor in near] == [1] * len(near)
    assert {n.node.id for n in near} <= {n.node.id for n in far} == {n.id for n in graph.nodes() if n.id != call.id}
    assert [n.node.type for n in neighborhood(graph, call.id, types=[EdgeType.TOOL_IO])] == [NodeType.TOOL_RESULT]
    assert len(neighborhood(graph, call.id, radius=3, max_nodes=2)) == 2
    with pytest.raises(ValueError, match="expected at least 1"):
        neighborhood(graph, call.id, radius=0)


@pytest.mark.parametrize(
    "command",
    [
        "cat > x <<EOF\n" + "\n" * 60_000,
        "> x <<" + "a" * 60_000,
        "<<a" * 20_000,
        '> x "' + '\\"' * 60_000,
        "*** Begin Patch\n*** Add File: a" + " " * 60_000 + "x",
        "> " * 30_000,
        "tee " * 20_000,
    ],
)
def test_hostile_commands_take_no_more_than_their_length(graph, command):
    """A test that runs for minutes is how a quadratic pattern would show."""
    assert len(writes(graph.add_tool_call("Bash", {"command": command}))) < 3
