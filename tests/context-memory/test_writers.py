"""Many threads and processes write to one file at once, and lose nothing."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from context_core import Edge, EdgeType, MemoryStore, Node, NodeType, replace
from context_core.testing.examples import example_graph, pointer
from context_memory import SQLiteStore

STEPS = 12
WRITE = """
import sys
from context_core import Edge, EdgeType, Node, NodeType
from context_memory import open_store

url, name, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
with open_store(url) as store:
    for step in range(steps):
        node = Node(f"{name}-{step}", NodeType.MESSAGE, "user", f"{name} says {step}", 5)
        before = [Edge(f"{name}-{step - 1}", node.id, EdgeType.TEMPORAL)] if step else []
        assert store.append("shared", [node], before) == 1
        [content] = store.put([b"put by all"])
        assert store.get(content) == b"put by all"
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "context.db"


def write(store, name):
    for step in range(STEPS):
        node = Node(f"{name}-{step}", NodeType.MESSAGE, "user", f"{name} says {step}", 5)
        before = [Edge(f"{name}-{step - 1}", node.id, EdgeType.TEMPORAL)] if step else []
        assert store.append("shared", [node], before) == 1
        [content] = store.put([b"put by all"])
        assert store.get(content) == b"put by all"


def started(path, name):
    command = [sys.executable, "-c", WRITE, f"sqlite:///{path}", name, str(STEPS)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True)


def test_threads_and_processes(path):
    """Eight threads and four processes, which also make the file together, append to one session and lose nothing."""
    threads, processes = [f"thread{n}" for n in range(8)], [f"process{n}" for n in range(4)]
    children = [started(path, name) for name in processes]
    for child in children:
        child.stdin.write("go\n")
        child.stdin.close()
    with SQLiteStore(path) as store, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: write(store, name), threads))
        assert [child.wait() for child in children] == [0, 0, 0, 0]
        graph = store.load("shared")
        ids = [node.id for node in graph.nodes()]
        for name in threads + processes:
            own = [node_id for node_id in ids if node_id.startswith(f"{name}-")]
            assert own == [f"{name}-{step}" for step in range(STEPS)]
        assert len(list(graph.edges(EdgeType.TEMPORAL))) == 12 * (STEPS - 1)
        [content] = store.put([b"put by all"])
        gone = [store.delete(content) for _ in range(12 * STEPS + 1)]
        assert gone == [False] * 12 * STEPS + [True]


def test_one_of_many_commits_wins(path):
    """Where threads commit changes from the same state, one is written and all others are conflicts."""
    graph = example_graph()
    with SQLiteStore(path) as store, ThreadPoolExecutor(8) as pool:
        store.append("example", graph.nodes(), graph.edges())
        changes = replace(graph, pointer(graph), store)
        futures = [pool.submit(store.commit, "example", changes) for _ in range(8)]
        errors = [future.exception() for future in futures]
        assert [type(error).__name__ for error in errors if error] == ["ConflictError"] * 7
        assert len(store.manifest("example")) == 1


def test_a_reader_sees_one_state(path):
    """A load while another thread commits gives the graph before or after the commit, never between."""
    with SQLiteStore(path) as store, ThreadPoolExecutor(2) as pool:
        node = Node("n", NodeType.MESSAGE, "user", "first", 5)
        store.append("s", [node], [])
        done = pool.submit(append_pairs, store)
        while not done.done():
            assert len(store.load("s")) % 2 == 1
        done.result()
        assert len(store.load("s")) == 61


def append_pairs(store):
    for step in range(30):
        pair = [Node(f"{side}{step}", NodeType.MESSAGE, "user", "x", 5) for side in "ab"]
        store.append("s", pair, [])


def test_a_store_in_memory_is_shared_by_threads(switching):
    """Threads that switch all the time share a store in memory, and lose no write."""
    store = MemoryStore()

    def write(name):
        for step in range(50):
            store.append("s", [Node(f"{name}-{step}", NodeType.MESSAGE, "user", "x", 5)], [])
            store.load("s")
            store.put([b"put by all"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert (store.version("s"), len(store.load("s"))) == (200, 200)


@pytest.fixture
def switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
