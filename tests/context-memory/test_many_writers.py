"""Sixty-four writers on one session and a thousand sessions at once lose nothing, on every store for many writers."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread

import pytest

from context_core import Edge, EdgeType, Node, NodeType, graph_bytes, replace
from context_core.testing.examples import example_graph, pointer
from context_memory import open_store

WRITERS, PROCESSES, TURNS = 64, 4, 5
SESSIONS = 1_000
FOLDER = Path(__file__).parent

WRITE = """
import sys
from test_many_writers import append_turns, at_once
from context_memory import open_store

url, namespace, process, writers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open_store(url, namespace=namespace) as store:
    sys.stdin.readline()
    at_once([lambda n=n: append_turns(store, f"{process}-{n}") for n in range(writers)])
"""


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def place(request, tmp_path):
    """The URL and the namespace of a new and empty store."""
    if request.param == "redis":
        namespace = request.getfixturevalue("redis_namespace")
        return request.getfixturevalue("redis_url"), namespace
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/context.db", "default"
    return request.getfixturevalue("postgres_url"), "default"


def opened(place):
    return open_store(place[0], namespace=place[1])


def at_once(steps):
    """Run each step in a thread of its own, all from one moment; raise what the first one raised."""
    ready, errors = Barrier(len(steps)), []

    def run(step):
        ready.wait()
        try:
            step()
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def turn(name, number):
    node = Node(f"{name}/{number}", NodeType.MESSAGE, "user", f"{name} says {number}", 5)
    return node, [Edge(f"{name}/{number - 1}", node.id, EdgeType.TEMPORAL)] if number else []


def append_turns(store, name, session_id="shared", turns=TURNS):
    """Append turns, each twice, as a writer does that was not sure of the first."""
    for number in range(turns):
        node, edges = turn(name, number)
        assert store.append(session_id, [node], edges) == 1
        assert store.append(session_id, [node], edges) == 0


def test_64_writers_on_one_session(place):
    """The turns of 64 writers in four processes are all there, each once, each writer's in its order."""
    each = WRITERS // PROCESSES
    command = [sys.executable, "-c", WRITE, *place]
    with opened(place) as store:
        children = [
            subprocess.Popen(
                [*command, str(p), str(each)], stdin=subprocess.PIPE, text=True, cwd=__file__.rsplit("/", 1)[0]
            )
            for p in range(PROCESSES)
        ]
        for child in children:
            child.stdin.write("go\n")
            child.stdin.close()
        assert [child.wait() for child in children] == [0] * PROCESSES
        graph = store.load("shared")
        assert len(graph) == WRITERS * TURNS
        assert store.version("shared") == WRITERS * TURNS
        ids = [node.id for node in graph.nodes()]
        for name in (f"{p}-{n}" for p in range(PROCESSES) for n in range(each)):
            assert [node_id for node_id in ids if node_id.startswith(f"{name}/")] == [
                f"{name}/{n}" for n in range(TURNS)
            ]
        assert len(list(graph.edges(EdgeType.TEMPORAL))) == WRITERS * (TURNS - 1)
        assert store.verify() == []


def test_1000_sessions_at_once(place):
    """A thousand threads begin a session each at one moment, and every session is whole."""
    with opened(place) as store:
        at_once([lambda n=n: append_turns(store, "w", f"session-{n}", 1) for n in range(SESSIONS)])
        assert len(store.sessions()) == SESSIONS
        assert {store.version(f"session-{n}") for n in range(SESSIONS)} == {1}
        assert [node.id for node in store.load("session-999").nodes()] == ["w/0"]


def test_one_of_many_commits_wins(place):
    """Where writers commit changes from the same state, one is written, and all others are told so."""
    graph = example_graph()
    with opened(place) as store, ThreadPoolExecutor(16) as pool:
        store.append("example", graph.nodes(), graph.edges())
        changes = replace(graph, pointer(graph), store)
        futures = [pool.submit(store.commit, "example", changes) for _ in range(16)]
        errors = [type(error).__name__ for future in futures if (error := future.exception())]
        assert errors == ["ConflictError"] * 15
        assert len(store.manifest("example")) == 1


def test_writers_and_erasers(place):
    """Writers of sessions with the same contents, and who erases some of them, leave every other session whole."""
    graph = example_graph()

    def live(name):
        for _ in range(3):
            own = example_graph(name)
            store.append(name, own.nodes(), own.edges())
            store.commit(name, replace(own, pointer(own), store))
            assert graph_bytes(store.load(name)) == graph_bytes(own)
            store.purge(name)

    with opened(place) as store:
        store.append("example", graph.nodes(), graph.edges())
        at_once([lambda n=n: live(f"s{n}") for n in range(8)])
        assert store.sessions() == ["example"]
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.verify() == []
