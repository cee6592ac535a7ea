"""What was stored is there in another store on the same file, and in another process."""

import subprocess
import sys

import pytest

from context_core import Manifest, graph_bytes, replace, restore
from context_core.testing.examples import example_graph, pointer, summary
from context_memory import SQLiteStore

RESTORE = """
import sys
from context_core import graph_bytes, restore
from context_memory import open_store

with open_store(sys.argv[1]) as store:
    graph = store.load("example")
    present = graph_bytes(graph)
    restore(graph, store.manifest("example"), store)
print(present.hex(), graph_bytes(graph).hex())
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "context.db"


@pytest.fixture
def compressed(path):
    graph = example_graph()
    with SQLiteStore(path) as store:
        store.append("example", graph.nodes(), graph.edges())
        changes = replace(graph, pointer(graph), store) + replace(graph, summary(graph), store)
        store.commit("example", changes)
    return graph, changes


def test_a_new_store_on_the_same_file(path, compressed):
    """A store that is opened later holds the compressed graph and its manifest, and restores the original."""
    graph, changes = compressed
    with SQLiteStore(path) as store:
        loaded = store.load("example")
        assert graph_bytes(loaded) == graph_bytes(graph)
        assert store.manifest("example") == Manifest("example", changes)
        restore(loaded, store.manifest("example"), store)
    assert graph_bytes(loaded) == graph_bytes(example_graph())


def test_a_new_process(path, compressed):
    """A process that knows only the file's URL loads the compressed graph and restores the original."""
    graph, _ = compressed
    output = subprocess.check_output([sys.executable, "-c", RESTORE, f"sqlite:///{path}"], text=True)
    present, restored = map(bytes.fromhex, output.split())
    assert present == graph_bytes(graph)
    assert restored == graph_bytes(example_graph())


def test_two_stores_on_one_file_at_once(path, compressed):
    """What one store writes, another one that is open on the same file reads."""
    with SQLiteStore(path) as one, SQLiteStore(path) as other:
        [name] = one.put([b"from one"])
        assert other.get(name) == b"from one"
        assert other.delete(name)
        assert not one.has(name)


def test_a_closed_store_leaves_one_file(path, compressed):
    """After closing there is the file alone, without logs beside it."""
    assert [each.name for each in path.parent.iterdir()] == ["context.db"]
