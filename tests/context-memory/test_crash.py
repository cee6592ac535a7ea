"""A writer that is killed loses nothing that it was told is stored."""

import subprocess
import sys
import time

from context_core import Manifest, graph_bytes, replace
from context_core.testing.examples import example_graph, pointer
from context_memory import SQLiteStore

WRITE = """
import itertools, sys
from context_core import replace
from context_core.testing.examples import example_graph, pointer
from context_memory import open_store

store = open_store(sys.argv[1])
for number in itertools.count():
    name = f"{sys.argv[2]}-{number}"
    graph = example_graph(name)
    store.append(name, graph.nodes(), graph.edges())
    print("appended", name, flush=True)
    store.commit(name, replace(graph, pointer(graph), store))
    print("committed", name, flush=True)
"""


def killed_while_writing(path, run):
    """Start a writer, kill it a moment after it began to write; return what it said was stored."""
    command = [sys.executable, "-c", WRITE, f"sqlite:///{path}", str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        first = child.stdout.readline()
        time.sleep(0.05 + 0.03 * run)
        child.kill()
        said = first + child.stdout.read()
    return [line.split() for line in said.splitlines(keepends=True) if line.endswith("\n")]


def test_killing_a_writer_again_and_again(tmp_path):
    """After each of five kills the file opens, and every append and commit that was acknowledged is there, whole."""
    path = tmp_path / "context.db"
    acknowledged = []
    for run in range(5):
        acknowledged += killed_while_writing(path, run)
        with SQLiteStore(path) as store:
            check(store, acknowledged)
    assert len(acknowledged) > 10


def check(store, acknowledged):
    committed = {name for verb, name in acknowledged if verb == "committed"}
    names = {name for _, name in acknowledged}
    assert names <= set(store.sessions())
    for name in store.sessions():
        graph, manifest = example_graph(name), store.manifest(name)
        original, changes = graph_bytes(graph), replace(graph, pointer(graph), store)
        assert manifest in (Manifest(name), Manifest(name, changes))
        assert graph_bytes(store.load(name)) == (graph_bytes(graph) if len(manifest) else original)
        assert len(manifest) or name not in committed
