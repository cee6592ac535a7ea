"""What any released version compressed is restored, for ever, with context-core alone."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from context_core import (
    ContentCorruptedError,
    ContentNotFoundError,
    Manifest,
    NodeType,
    assemble,
    expand,
    graph_bytes,
    original,
    read,
    render,
    restore,
)
from context_core.edge import Edge
from context_core.hashing import content_id, text_bytes
from context_core.node import Node

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("*.json"))
VERSIONS = {"0.1.0": 7}
"""How many files each release left; a line here with every release."""


class Contents:
    """Contents as they stand in a file, whatever they say."""

    def __init__(self, texts):
        self._texts = texts

    def get(self, content_id):
        if content_id not in self._texts:
            raise ContentNotFoundError(content_id)
        return text_bytes(self._texts[content_id])


class Golden:
    """A golden file's session."""

    def __init__(self, path):
        self.record = json.loads(path.read_text())
        nodes = [dict(node) for node in self.record["nodes"]]
        self.graph = assemble(
            self.record["session_id"],
            [Node.from_record({k: v for k, v in node.items() if k != "content"}, node["content"]) for node in nodes],
            map(Edge.from_record, self.record["edges"]),
        )
        self.manifest = Manifest.from_json(json.dumps(self.record["manifest"]))
        self.store = Contents(self.record["contents"])

    @property
    def digest(self):
        return hashlib.sha256(graph_bytes(self.graph)).hexdigest()

    @property
    def is_whole(self):
        return not self.record["missing"] and not self.record["tampered"]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def golden(request):
    return Golden(request.param)


def test_every_release_is_here():
    """No file of a release was taken away, and all are small."""
    found = [json.loads(path.read_text())["version"] for path in FILES]
    assert {version: found.count(version) for version in found} == VERSIONS
    assert sum(path.stat().st_size for path in FILES) < 200_000 * len(VERSIONS)


def test_it_restores(golden):
    """The graph is as it was, to the last byte; or the error names what is at fault, and nothing is changed."""
    before = golden.digest
    assert before != golden.record["original_sha256"]
    if golden.is_whole:
        restored = restore(golden.graph, golden.manifest, golden.store)
        assert restored
        assert restored.left == {}
        assert golden.digest == golden.record["original_sha256"]
        return
    error = ContentNotFoundError if golden.record["missing"] else ContentCorruptedError
    [at_fault] = golden.record["missing"] or golden.record["tampered"]
    with pytest.raises(error, match=at_fault):
        restore(golden.graph, golden.manifest, golden.store)
    assert golden.digest == before


def test_what_is_not_missing_comes_back(golden):
    """Where a content is lost, the rest is as it was; tampered content is refused all the same."""
    if golden.record["tampered"]:
        with pytest.raises(ContentCorruptedError):
            restore(golden.graph, golden.manifest, golden.store, on_missing="skip")
        return
    restored = restore(golden.graph, golden.manifest, golden.store, on_missing="skip")
    assert set(restored.left.values()) == set(golden.record["missing"])
    expected = "without_missing_sha256" if golden.record["missing"] else "original_sha256"
    assert golden.digest == golden.record[expected]


def test_every_reference_opens(golden):
    """Each gives the original of its node, one by one; a summary's, of all that it covers."""
    at_fault = {*golden.record["missing"], *golden.record["tampered"]}
    for reference in golden.manifest.references:
        node_id = golden.manifest.find(reference)
        covered = golden.manifest.covered(node_id) or (node_id,)
        states = [golden.manifest.original(each) for each in covered]
        if at_fault & {state.content_id for state in states if state}:
            with pytest.raises((ContentNotFoundError, ContentCorruptedError)):
                expand(golden.manifest, golden.store, reference)
            continue
        text = expand(golden.manifest, golden.store, reference)
        assert all(original(golden.manifest, golden.store, each).content in text for each in covered)


def test_a_restored_session_renders_as_messages(golden):
    """What comes back is a conversation that reads and renders again."""
    if golden.is_whole:
        restore(golden.graph, golden.manifest, golden.store)
        assert render(golden.graph)
        assert read(render(golden.graph, "anthropic"), format="anthropic-messages")


def test_one_part_comes_back_alone(golden):
    """By its reference, whatever it is under; a folded one with its call."""
    if not golden.is_whole:
        return
    for node in list(golden.graph.nodes(NodeType.TOOL_RESULT)):
        if node.id in golden.manifest:
            restore(golden.graph, golden.manifest, golden.store, [golden.graph.reference(node.id)])
            name = golden.manifest.original(node.id).content_id
            assert content_id(text_bytes(golden.graph.node(node.id).content)) == name


def test_the_cases_are_what_they_say():
    """Pointers, summaries, previews in summaries, a summary in a summary, and a way back are among them."""
    changes = [change for path in FILES for change in Golden(path).manifest.changes]
    steps = [(c.before.record.get("metadata", {}), c.after.record["metadata"]) for c in changes if c.before and c.after]
    assert any("elided" in before and "folded" in after for before, after in steps)
    assert any("elided" in before and "elided" in after for before, after in steps)
    assert any("folded" in before and "folded" not in after for before, after in steps)
    assert {change.tier for change in changes} >= {"lossless", "summarization"}
    removed = [c for c in changes if c.after is None]
    assert any(c.before.record["type"] == "summary" and c.strategy != "restore" for c in removed)


def test_no_other_package_is_needed():
    """In a process where the siblings cannot be imported, every file is restored."""
    code = (
        "import sys\n"
        "for name in ('context_compression', 'context_memory', 'context_suite'): sys.modules[name] = None\n"
        f"import pytest; sys.exit(pytest.main(['-q', '-k', 'test_it_restores', '-p', 'no:cacheprovider', "
        f"'--import-mode=importlib', '--rootdir', {str(FOLDER.parent)!r}, {__file__!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
