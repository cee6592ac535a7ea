"""A disk that is full is told of, loses nothing, and is written to again once there is room."""

import subprocess
import sys

FILL = """
import resource, signal, sys
from context_core import ContextGraph, StoreError, graph_bytes
from context_memory import SQLiteStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
graph, failed = ContextGraph("s"), None
with SQLiteStore(sys.argv[1]) as store:
    store.append("s", [], [])
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
    stored = graph_bytes(graph)
    for number in range(10_000):
        node = graph.add_message("user", f"{number} " + " ".join(str(number * 7919 * n) for n in range(300)))
        try:
            store.append("s", [node], graph.in_edges(node.id))
        except StoreError as error:
            failed = error
            break
        stored = graph_bytes(graph)
    print(failed)
    assert graph_bytes(store.load("s")) == stored
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert store.append("s", [node], graph.in_edges(node.id)) == 1
    assert graph_bytes(store.load("s")) == graph_bytes(graph)
    assert store.verify() == []
"""


def test_a_full_disk(tmp_path):
    """A write that does not fit is a clear error; what was written before is there, and it fits once there is room."""
    command = [sys.executable, "-c", FILL, str(tmp_path / "context.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert "context.db" in done.stdout
    assert "free" in done.stdout
