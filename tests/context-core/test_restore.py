"""Replace and restore: one journaled transaction there, the exact bytes back."""

import json

import pytest

from context_core import (
    ConflictError,
    ContentCorruptedError,
    ContentNotFoundError,
    ContextGraph,
    Edge,
    EdgeType,
    Manifest,
    ManifestError,
    MemoryContentStore,
    Node,
    NodesReplaced,
    NodeType,
    Replacement,
    UnknownReferenceError,
    expand,
    graph_bytes,
    listen,
    read,
    replace,
    restore,
    window,
)
from context_core.hashing import content_id


@pytest.fixture
def graph():
    graph = ContextGraph("s")
    graph.add_message("user", "look")
    for number in range(3):
        call = graph.add_tool_call("read", {"path": f"{number}.py"})
        graph.add_tool_result(call.id, f"content {number} \ud83d\n" * 50)
    return graph


def shorten(graph, node, text="short"):
    after = node.evolve(content=text, tokens=9, metadata={**node.metadata, "elided": graph.reference(node.id)})
    return Replacement(node, after, "test", "lossless")


def results(graph):
    return list(graph.nodes(NodeType.TOOL_RESULT))


def fold(graph, nodes):
    summary = Node("summary-1", NodeType.SUMMARY, "user", "it was read", 9, metadata={"message": "summary-1"})
    edges = tuple(Edge(summary.id, node.id, EdgeType.SUMMARIZES) for node in nodes)
    blank = [node.evolve(content="", tokens=0, metadata={"message": node.message_id, "folded": True}) for node in nodes]
    steps = [Replacement(before, after, "test", "summarization") for before, after in zip(nodes, blank, strict=True)]
    return [Replacement(None, summary, "test", "summarization", edges_added=edges), *steps]


def compressed(graph, replacements, store=None, manifest=None):
    store = store or MemoryContentStore()
    changes = replace(graph, replacements, store)
    return (manifest or Manifest(graph.session_id)).extended(changes), store


def test_there_and_back(graph):
    """What was replaced comes back byte for byte, through the manifest's JSON."""
    before = graph_bytes(graph)
    manifest, store = compressed(graph, [shorten(graph, node) for node in results(graph)])
    assert graph_bytes(graph) != before
    restored = restore(graph, Manifest.from_json(manifest.to_json()), store)
    assert [node.type for node in restored] == [NodeType.TOOL_RESULT] * 3
    assert graph_bytes(graph) == before


def test_one_node_comes_back_alone(graph):
    """By its id or by its reference; the others stay as they are."""
    originals = results(graph)
    manifest, store = compressed(graph, [shorten(graph, node) for node in originals])
    restore(graph, manifest, store, [originals[0].id])
    restore(graph, manifest, store, [graph.reference(originals[1].id)])
    assert [node.content == "short" for node in results(graph)] == [False, False, True]


def test_restoring_twice_is_restoring_once(graph):
    """What is its original already is left out of the second answer."""
    manifest, store = compressed(graph, [shorten(graph, results(graph)[0])])
    assert len(restore(graph, manifest, store)) == 1
    assert restore(graph, manifest, store) == []


def test_nested_changes_come_back_in_one_step(graph):
    """A preview of a preview restores to the original."""
    before = graph_bytes(graph)
    manifest, store = compressed(graph, [shorten(graph, results(graph)[0], "longer preview")])
    manifest, _ = compressed(graph, [shorten(graph, results(graph)[0], "short")], store, manifest)
    manifest, _ = compressed(graph, fold(graph, list(graph.nodes())[1:]), store, manifest)
    assert expand(manifest, store, graph.reference(results(graph)[0].id)).startswith("content 0")
    restore(graph, manifest, store)
    assert graph_bytes(graph) == before


def test_a_folded_run_comes_back(graph):
    """The summary goes, and what it covered stands in its place."""
    before, shown = graph_bytes(graph), window(graph)
    manifest, store = compressed(graph, fold(graph, list(graph.nodes())[1:5]))
    assert [node.content for node in window(graph)][:2] == ["look", "it was read"]
    restore(graph, manifest, store, ["summary-1"])
    assert graph_bytes(graph) == before
    assert window(graph) == shown


def test_a_folded_result_brings_its_call(graph):
    """Calls and results never part; the summary stays for the others."""
    run = list(graph.nodes())[1:5]
    manifest, store = compressed(graph, fold(graph, run))
    restored = restore(graph, manifest, store, [run[1].id])
    assert {node.id for node in restored} == {run[0].id, run[1].id}
    shown = [node.type for node in window(graph)]
    assert shown[1:4] == [NodeType.TOOL_CALL, NodeType.TOOL_RESULT, NodeType.SUMMARY]
    restore(graph, manifest, store)
    assert graph.summaries() == ()


def test_expanding_a_summary_gives_all_that_it_covers(graph):
    """Each part under a heading that says what it is."""
    run = list(graph.nodes())[1:5]
    manifest, store = compressed(graph, fold(graph, run))
    text = expand(manifest, store, "summary-1")
    assert "[assistant calls read]" in text
    assert all(node.content in text for node in run)


def test_restoring_after_appending_equals_appending_alone(graph):
    """Compression leaves no trace in what comes later."""
    manifest, store = compressed(graph, fold(graph, list(graph.nodes())[1:5]))
    plain = ContextGraph("s")
    for each in (graph, _rebuilt(plain)):
        call = each.add_tool_call("read", {"path": "new.py"})
        each.add_tool_result(call.id, "new")
    restore(graph, manifest, store)
    assert graph_bytes(graph) == graph_bytes(plain)


def _rebuilt(graph):
    graph.add_message("user", "look")
    for number in range(3):
        call = graph.add_tool_call("read", {"path": f"{number}.py"})
        graph.add_tool_result(call.id, f"content {number} \ud83d\n" * 50)
    return graph


def test_a_stale_change_is_refused_and_nothing_changes(graph):
    """A plan made on an older state does not overwrite a newer one, and its other changes are not done either."""
    first, second, _ = results(graph)
    stale = [shorten(graph, second), shorten(graph, first)]
    graph.put(first.evolve(content="changed meanwhile"))
    before, store = graph_bytes(graph), MemoryContentStore()
    with pytest.raises(ConflictError, match="another state"):
        replace(graph, stale, store)
    assert graph_bytes(graph) == before


def test_a_step_that_fails_undoes_those_before_it(graph):
    """The graph is as it was where a later step cannot be done."""
    before = graph_bytes(graph)
    edge = Edge("summary-1", "nowhere", EdgeType.SUMMARIZES)
    broken = Replacement(
        None, Node("summary-1", NodeType.SUMMARY, "user", "x", 5), "test", "lossless", edges_added=(edge,)
    )
    with pytest.raises(KeyError):
        replace(graph, [shorten(graph, results(graph)[0]), broken], MemoryContentStore())
    assert graph_bytes(graph) == before


def test_a_store_that_fails_changes_nothing(graph):
    """Originals are written first, so a full disk costs nothing."""

    class Full(MemoryContentStore):
        def put(self, contents):
            raise OSError("disk full")

    before = graph_bytes(graph)
    with pytest.raises(OSError, match="disk full"):
        replace(graph, [shorten(graph, results(graph)[0])], Full())
    assert graph_bytes(graph) == before


def test_missing_contents_are_named_and_nothing_changes(graph):
    """A store that lost something says what; nothing is half restored."""
    first, second, _ = results(graph)
    manifest, store = compressed(graph, [shorten(graph, first), shorten(graph, second)])
    lost = content_id(second.content.encode("utf-8", "surrogatepass"))
    store.delete(lost)
    before = graph_bytes(graph)
    with pytest.raises(ContentNotFoundError, match=lost) as caught:
        restore(graph, manifest, store)
    assert caught.value.content_ids == (lost,)
    assert graph_bytes(graph) == before
    assert [node.id for node in restore(graph, manifest, store, [first.id])] == [first.id]


def test_tampered_content_is_refused(graph):
    """Bytes that do not hash to their id are not put into the graph."""
    manifest, store = compressed(graph, [shorten(graph, results(graph)[0])])
    for name in store._contents:
        store._contents[name] = b"something else"
    with pytest.raises(ContentCorruptedError):
        restore(graph, manifest, store)


def test_an_unknown_reference_is_told(graph):
    """A text that looks like a reference and is none is not followed."""
    manifest, store = compressed(graph, [shorten(graph, results(graph)[0])])
    with pytest.raises(UnknownReferenceError, match=r"unknown reference '123456789\.123456'"):
        expand(manifest, store, "123456789.123456")


def test_sinks_hear_of_each_transaction(graph):
    """Replacing and restoring are events, with the tokens they moved."""
    heard = []
    with listen(heard.append):
        manifest, store = compressed(graph, [shorten(graph, results(graph)[0])])
        restore(graph, manifest, store)
    there, back = (event for event in heard if isinstance(event, NodesReplaced))
    assert there.tokens_saved == -back.tokens_saved > 0


class TestManifest:
    def test_json_there_and_back(self, graph):
        """A manifest is its JSON."""
        manifest, _ = compressed(graph, fold(graph, list(graph.nodes())[1:3]))
        assert Manifest.from_json(manifest.to_json()) == manifest

    def test_a_newer_version_is_refused(self):
        """A manifest of a release to come asks for that release."""
        with pytest.raises(ManifestError, match="schema version 99"):
            Manifest.from_json('{"schema_version": 99, "session_id": "s", "changes": []}')

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 1, "session_id": "s", "changes": [{}]}'])
    def test_damage_is_told(self, text):
        """A damaged manifest is a ManifestError, whatever the damage."""
        with pytest.raises(ManifestError):
            Manifest.from_json(text)

    def test_contents_it_points_to(self, graph):
        """What must be kept is listed."""
        manifest, store = compressed(graph, [shorten(graph, results(graph)[0])])
        assert all(store.has(name) for name in manifest.content_ids())
        assert json.loads(manifest.to_json())["schema_version"] == 1


def test_a_compressed_graph_is_not_confused_by_its_transcript(graph):
    """Reading the whole transcript again adds nothing to a graph whose nodes were compressed since."""
    from context_core import build, extend

    messages = [{"role": "user", "content": "look"}, {"role": "assistant", "content": "words " * 50}]
    graph = build(read(messages), session_id="s")
    manifest, _ = compressed(graph, [shorten(graph, graph.node(graph.leaf))])
    assert len(manifest) == 1
    assert extend(graph, read(messages)) == []
