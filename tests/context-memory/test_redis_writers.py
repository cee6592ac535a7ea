"""Many threads, processes and sessions write to one Redis namespace at once, and lose nothing."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from context_core import ConflictError, ContextGraph, Edge, EdgeType, Node, NodeType, graph_bytes, replace
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import compressed
from context_memory import RedisStore

pytest.importorskip("redis", reason='needs the Redis client: pip install "context-memory[redis]"')
pytest.importorskip("msgpack", reason='needs msgpack: pip install "context-memory[redis]"')

STEPS = 5
WRITE = """
import sys
from context_core import Edge, EdgeType, Node, NodeType
from context_memory import RedisStore

url, namespace, name, steps = *sys.argv[1:4], int(sys.argv[4])
sys.stdin.readline()
with RedisStore(url, namespace) as store:
    for step in range(steps):
        node = Node(f"{name}-{step}", NodeType.MESSAGE, "user", f"{name} says {step}", 5)
        before = [Edge(f"{name}-{step - 1}", node.id, EdgeType.TEMPORAL)] if step else []
        assert store.append("shared", [node], before) == 1
        [content] = store.put([b"put by all"])
        assert store.get(content) == b"put by all"
"""


@pytest.fixture
def store(redis_url, redis_namespace):
    with RedisStore(redis_url, redis_namespace) as store:
        yield store


def write(store, name, steps=STEPS):
    for step in range(steps):
        node = Node(f"{name}-{step}", NodeType.MESSAGE, "user", f"{name} says {step}", 5)
        before = [Edge(f"{name}-{step - 1}", node.id, EdgeType.TEMPORAL)] if step else []
        assert store.append("shared", [node], before) == 1
        [content] = store.put([b"put by all"])
        assert store.get(content) == b"put by all"


def started(store, redis_url, name):
    command = [sys.executable, "-c", WRITE, redis_url, store.namespace, name, str(STEPS)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True)


def check_all_is_there(store, names, steps=STEPS):
    graph = store.load("shared")
    ids = [node.id for node in graph.nodes()]
    for name in names:
        assert [each for each in ids if each.startswith(f"{name}-")] == [f"{name}-{step}" for step in range(steps)]
    assert len(ids) == len(names) * steps
    assert len(list(graph.edges(EdgeType.TEMPORAL))) == len(names) * (steps - 1)
    assert store.version("shared") == len(ids)


def test_64_writers(store, redis_url):
    """Sixty threads and four processes append to one session; every turn is there once, each writer's in its order."""
    threads, processes = [f"thread{n}" for n in range(60)], [f"process{n}" for n in range(4)]
    children = [started(store, redis_url, name) for name in processes]
    for child in children:
        child.stdin.write("go\n")
        child.stdin.close()
    with ThreadPoolExecutor(60) as pool:
        list(pool.map(lambda name: write(store, name), threads))
    assert [child.wait() for child in children] == [0, 0, 0, 0]
    check_all_is_there(store, threads + processes)
    [content] = store.put([b"put by all"])
    gone = [store.delete(content) for _ in range(64 * STEPS + 1)]
    assert gone == [False] * 64 * STEPS + [True]


def test_a_lock_that_runs_out(store, redis_server):
    """Where the lock that orders writers is taken from them all the time, still no turn is lost or written twice."""
    is_done = threading.Event()

    def steal():
        while not is_done.is_set():
            redis_server.delete(store._space.keys.lock("shared"))

    thief = threading.Thread(target=steal)
    thief.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: write(store, name), [f"thread{n}" for n in range(8)]))
    finally:
        is_done.set()
        thief.join()
    check_all_is_there(store, [f"thread{n}" for n in range(8)])


def test_a_writer_that_died_with_the_lock(store, redis_server):
    """A lock whose owner is gone keeps others waiting until it runs out, and no longer."""
    write(store, "before")
    redis_server.set(store._space.keys.lock("shared"), b"gone", px=300)
    began = time.monotonic()
    store.append("shared", [Node("after", NodeType.MESSAGE, "user", "after", 5)], [])
    assert 0.2 < time.monotonic() - began < 5


def test_300_sessions(store):
    """Three hundred sessions are written, compressed and read at once, and each is whole."""

    def live(number):
        graph = example_graph(f"session {number}")
        nodes = list(graph.nodes())
        for part in (nodes[:5], nodes[5:]):
            store.append(graph.session_id, part, [edge for node in part for edge in graph.in_edges(node.id)])
        store.commit(graph.session_id, replace(graph, pointer(graph), store))
        return graph_bytes(store.load(graph.session_id)) == graph_bytes(graph)

    with ThreadPoolExecutor(300) as pool:
        assert all(pool.map(live, range(300)))
    assert sorted(store.sessions()) == sorted(f"session {number}" for number in range(300))
    assert {store.version(name) for name in store.sessions()} == {3}


def test_one_of_many_commits_wins(store):
    """Where threads commit changes from the same state, one is written and all others are conflicts."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    changes = replace(graph, pointer(graph), store)
    with ThreadPoolExecutor(8) as pool:
        errors = [future.exception() for future in [pool.submit(store.commit, "example", changes) for _ in range(8)]]
    assert [type(error) for error in errors if error] == [ConflictError] * 7
    assert len(store.manifest("example")) == 1


def test_a_reader_sees_one_state(store):
    """A load while another thread appends gives the graph before or after an append, never between."""
    store.append("s", [Node("n", NodeType.MESSAGE, "user", "first", 5)], [])

    def append_pairs():
        for step in range(60):
            store.append("s", [Node(f"{side}{step}", NodeType.MESSAGE, "user", "x", 5) for side in "ab"], [])

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(append_pairs)
        while not done.done():
            assert len(store.load("s")) % 2 == 1
        done.result()
    assert len(store.load("s")) == 121


def test_sessions_that_come_and_go(store, redis_server):
    """Sessions that share contents are made, compressed and purged by many threads at once; at the end nothing is left.

    Neither is a content lost that another session needs.
    """

    def live(number):
        for turn in range(4):
            graph = ContextGraph(f"session {number}-{turn}")
            for text in ("said by all", f"said by {number % 3}", "…"):
                graph.add_message("user", text)
            store.append(graph.session_id, graph.nodes(), graph.edges())
            store.commit(graph.session_id, replace(graph, shortened(graph), store))
            [content] = store.put([b"said by all"])
            store.delete(content)
            assert graph_bytes(store.load(graph.session_id)) == graph_bytes(graph)
            store.purge(graph.session_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(live, range(8)))
    assert list(redis_server.scan_iter(match=store._space.keys.prefix + b"*", count=10_000)) == []


def shortened(graph):
    from context_core import Replacement

    return [
        Replacement(node, node.evolve(content="…", tokens=1, metadata={"elided": graph.reference(node.id)}), "x", "y")
        for node in graph.nodes()
        if node.content != "…"
    ]


def test_a_session_that_is_purged_while_others_read(store):
    """Who reads a session that is purged and made anew sees one of them whole, or none."""
    from context_core import SessionNotFoundError

    is_done = threading.Event()
    wanted = graph_bytes(compressed(store)[0])

    def read():
        while not is_done.is_set():
            try:
                loaded = store.load("example")
                assert len(loaded) == 0 or store.version("example") <= 3
            except SessionNotFoundError:
                continue

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for _ in range(15):
            store.purge("example")
            graph, _ = compressed(store)
            assert graph_bytes(graph) == wanted
        is_done.set()
        for reader in readers:
            reader.result()
    assert graph_bytes(store.load("example")) == wanted
