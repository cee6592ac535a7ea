"""A manifest's JSON: what is damaged is told when it is read, and what is read restores or says why not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContextError,
    ContextGraph,
    Edge,
    EdgeType,
    Manifest,
    ManifestError,
    MemoryContentStore,
    Node,
    NodeType,
    Replacement,
    expand,
    graph_bytes,
    replace,
    restore,
)
from context_core.testing.damage import ODD, damaged


def compressed():
    """Return a graph with a preview and a summary, its manifest, and the store."""
    graph, store = ContextGraph("s"), MemoryContentStore()
    graph.add_message("user", "look")
    call = graph.add_tool_call("read", {"path": "a.py"})
    result = graph.add_tool_result(call.id, "content of a.py\n" * 30)
    short = result.evolve(content="content …", tokens=6, metadata={**result.metadata, "elided": "1.2"})
    changes = replace(graph, [Replacement(result, short, "test", "lossless")], store)
    summary = Node("summary-1", NodeType.SUMMARY, "user", "it was read", 9, metadata={"message": "summary-1"})
    edges = tuple(Edge(summary.id, node.id, EdgeType.SUMMARIZES) for node in (call, short))
    steps = [Replacement(None, summary, "test", "summarization", edges_added=edges)]
    for node in (call, short):
        blank = node.evolve(content="", tokens=0, metadata={"message": node.message_id, "folded": True})
        steps.append(Replacement(node, blank, "test", "summarization"))
    return graph, Manifest("s", [*changes, *replace(graph, steps, store)]), store


WHOLE = json.loads(compressed()[1].to_json())


def places(value, path=()):
    """Yield the path of every value in a JSON value."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def changed(path, value):
    """Return the manifest's JSON with another value at a place."""
    record = json.loads(json.dumps(WHOLE))
    at = record
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(record)


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "7", '"text"', "[]", "{}", b"\xff\xfe", b"\x00", "[" * 100_000, '{"a":' * 5_000, "9" * 5_000],
    ids=lambda text: repr(text[:8]),
)
def test_what_is_no_manifest(text):
    """Whatever the bytes are, they are told to be none."""
    with pytest.raises(ManifestError, match="not a manifest"):
        Manifest.from_json(text)


def test_a_newer_schema_asks_for_an_upgrade_whatever_it_holds():
    """Its version is looked at before all else, as nothing else is known of it."""
    for text in ('{"schema_version": 2}', '{"schema_version": 7, "session_id": 5, "changes": {"a": []}}'):
        with pytest.raises(ManifestError, match=r"schema version \d; this release reads up to 1: upgrade it"):
            Manifest.from_json(text)


@pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, None, [], {}])
def test_a_version_that_is_none(version):
    """Only a whole number from 1 is a version."""
    with pytest.raises(ManifestError, match="names no schema version"):
        Manifest.from_json(json.dumps({**WHOLE, "schema_version": version}))


def test_every_value_is_checked():
    """A value of another type anywhere is a ManifestError, but within metadata and evidence, which may hold any."""
    free = {"metadata", "evidence"}
    checked = [path for path in places(WHOLE) if not free & set(path[:-1])]
    assert len(checked) > 80
    for path in checked:
        odd = {} if path[-1] == "created_at" else 1.5
        with pytest.raises(ManifestError):
            Manifest.from_json(changed(path, odd))


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("changes", 0), {}, "no 'node_id'; expected str"),
        (("changes", 0, "node_id"), 7, "got node_id=int; expected str"),
        (("changes", 0, "tokens_saved"), True, "got tokens_saved=bool; expected int"),
        (("changes", 0, "tier"), None, "got tier=NoneType; expected str"),
        (("changes", 0, "before", "record", "type"), "thing", "got type='thing'; expected one of artifact"),
        (("changes", 0, "before", "record", "id"), "other", "the node 'other'; expected that of its node_id"),
        (("changes", 0, "before", "record", "secret"), 1, "a field 'secret'; expected one of id"),
        (("changes", 0, "extra"), 1, "a field 'extra'"),
        (("changes", 1, "edges_added", 0, "type"), "x" * 5_000, "got type='xxx"),
        (("changes", 1, "after"), None, "no state; expected one before it"),
    ],
)
def test_errors_say_what_was_got_and_what_expected(path, value, told):
    """Short, however large the value is."""
    with pytest.raises(ManifestError, match="in the manifest is damaged") as caught:
        Manifest.from_json(changed(path, value))
    assert told in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_huge_manifest_reads():
    """Ten thousand changes with numbers of any size are no trouble."""
    record = {**WHOLE, "changes": [{**WHOLE["changes"][0], "tokens_saved": 10**60}] * 10_000}
    manifest = Manifest.from_json(json.dumps(record))
    assert len(manifest) == 10_000
    assert Manifest.from_json(manifest.to_json()) == manifest


@given(st.randoms(use_true_random=False))
def test_damage_is_told_or_harmless(random):
    """Damaged in any way, it is a ManifestError; or it reads, and restores or says why not, changing all or nothing."""
    graph, _, store = compressed()
    before = graph_bytes(graph)
    try:
        manifest = Manifest.from_json(damaged(WHOLE, random))
    except ManifestError:
        return
    try:
        restore(graph, manifest, store)
    except ContextError:
        assert graph_bytes(graph) == before
    for reference in manifest.references:
        try:
            expand(manifest, store, reference)
        except ContextError:
            continue


@given(st.sampled_from(list(places(WHOLE))), st.sampled_from(ODD))
def test_odd_values_are_told_or_harmless(path, value):
    """The same for one value that is another, wherever it stands."""
    graph, _, store = compressed()
    before = graph_bytes(graph)
    try:
        restore(graph, Manifest.from_json(changed(path, value)), store)
    except ContextError:
        assert graph_bytes(graph) == before
