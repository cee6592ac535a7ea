"""The store in a folder passes the shipped contracts, and withstands what happens to files."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings

from context_core import (
    Edge,
    EdgeType,
    Manifest,
    Node,
    NodeType,
    StoreError,
    graph_bytes,
    replace,
    restore,
)
from context_core.hashing import content_id
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.content_store_machine import content_store_machine
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import GraphStoreContract, compressed
from context_core.testing.graph_store_machine import graph_store_machine
from context_core.testing.journal import JournalContract, lived
from context_core.testing.namespaces import NamespaceContract
from context_core.testing.upkeep import UpkeepContract

pytest.importorskip("fcntl", reason="file locks are POSIX's")
from context_memory import FileStore, open_store


class TestFileStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract):
    @pytest.fixture
    def store(self, tmp_path):
        with FileStore(tmp_path / "store") as store:
            yield store


class TestNamespaces(NamespaceContract):
    @pytest.fixture
    def tenants(self, tmp_path):
        return FileStore(tmp_path / "store", "one"), FileStore(tmp_path / "store", "../größe \ud83d")


def start():
    return FileStore(tempfile.mkdtemp() + "/store")


def restart(store):
    store.close()
    return FileStore(store.folder)


def stop(store):
    shutil.rmtree(store.folder.parent)


TestContentMachine = content_store_machine(start, restart=restart, stop=stop).TestCase
TestContentMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)

TestSessionMachine = graph_store_machine(start, restart=restart, stop=stop).TestCase
TestSessionMachine.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def journal_of(folder):
    [path] = folder.rglob("sessions/*.jsonl")
    return path


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_url(folder):
    """A file URL with three slashes opens the folder of an absolute path, written as it is or as a URI."""
    strange = folder / "a folder % 日本"
    for url in (f"file://{folder}/sub", strange.as_uri()):
        with open_store(url, namespace="n") as store:
            store.append("s", [], [])
    assert (strange / "store.json").exists()
    assert FileStore(str(folder / "sub"), "n").sessions() == ["s"]
    assert repr(store) == f"FileStore({str(strange)!r}, namespace='n')"


@pytest.mark.parametrize(
    "url", ["file://relative/secret", "file://", "file:///", "file:///a?secret=1", "file://a:b@c/d"]
)
def test_urls_of_no_folder(url):
    """Any other file URL is refused with what is expected."""
    with pytest.raises(ValueError, match="absolute path of a folder, such as file:///data/context") as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_a_folder_of_something_else(folder):
    """A folder that holds anything else, and a file, are refused and left alone."""
    folder.mkdir()
    (folder / "theirs.txt").write_text("theirs")
    with pytest.raises(StoreError, match="holds something else; name an empty folder"):
        FileStore(folder)
    with pytest.raises(StoreError, match="expected the path of a folder"):
        FileStore(folder / "theirs.txt")
    with pytest.raises(ValueError, match="empty path"):
        FileStore("")
    assert [path.name for path in folder.iterdir()] == ["theirs.txt"]


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('{"format":"context-memory files","version":2}', "has version 2; this release reads 1: upgrade"),
        ('{"format":"theirs","version":1}', "of another program"),
        ('{"version":1}', "of another program"),
        ("torn {", "of another program"),
    ],
)
def test_a_newer_version(folder, mark, message):
    """A store of a newer version, or of another program, is refused and left as it is."""
    FileStore(folder).append("s", [], [])
    (folder / "store.json").write_text(mark)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(StoreError, match=message):
        FileStore(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_closed_store(folder):
    """A closed store says so, and closing it twice is no error."""
    store = FileStore(folder)
    store.close()
    store.close()
    for method in (store.sessions, lambda: store.put([b"x"]), lambda: store.get("0" * 64), lambda: store.has("0" * 64)):
        with pytest.raises(StoreError, match="was closed"):
            method()


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────────────

STEPS = 8
WRITE = """
import sys
from context_core import Edge, EdgeType, Node, NodeType
from context_memory import open_store

url, name, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
with open_store(url) as store:
    for step in range(steps):
        node = Node(f"{name}-{step}", NodeType.MESSAGE, "user", f"{name} says {step}" + "." * 5000, 5)
        before = [Edge(f"{name}-{step - 1}", node.id, EdgeType.TEMPORAL)] if step else []
        assert store.append("shared", [node], before) == 1
        [content] = store.put([b"put by all"])
        assert store.get(content) == b"put by all"
        assert node.id in [each.id for each in store.load("shared").nodes()]
"""


def write(store, name):
    for step in range(STEPS):
        node = Node(f"{name}-{step}", NodeType.MESSAGE, "user", f"{name} says {step}", 5)
        before = [Edge(f"{name}-{step - 1}", node.id, EdgeType.TEMPORAL)] if step else []
        assert store.append("shared", [node], before) == 1
        [content] = store.put([b"put by all"])
        assert store.get(content) == b"put by all"


def test_threads_and_processes(folder):
    """Threads of one store and of another, and processes, which also make the folder, lose nothing of each other's."""
    processes = [f"process{number}" for number in range(3)]
    command = [sys.executable, "-c", WRITE, f"file://{folder}"]
    children = [subprocess.Popen([*command, name, str(STEPS)], stdin=subprocess.PIPE, text=True) for name in processes]
    for child in children:
        child.stdin.write("go\n")
        child.stdin.close()
    stores, threads = [FileStore(folder), FileStore(folder)], [f"thread{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: write(stores[number % 2], threads[number]), range(6)))
    assert [child.wait() for child in children] == [0, 0, 0]
    for store in stores:
        graph = store.load("shared")
        ids = [node.id for node in graph.nodes()]
        for name in threads + processes:
            assert [each for each in ids if each.startswith(name)] == [f"{name}-{step}" for step in range(STEPS)]
        assert len(list(graph.edges(EdgeType.TEMPORAL))) == 9 * (STEPS - 1)
    [content] = store.put([b"put by all"])
    gone = [stores[turn % 2].delete(content) for turn in range(9 * STEPS + 1)]
    assert gone == [False] * 9 * STEPS + [True]


def test_one_of_many_commits_wins(folder):
    """Where stores commit changes from the same state, one is written and all others are conflicts."""
    graph, stores = example_graph(), [FileStore(folder) for _ in range(4)]
    stores[0].append("example", graph.nodes(), graph.edges())
    changes = replace(graph, pointer(graph), stores[0])
    with ThreadPoolExecutor(4) as pool:
        errors = [future.exception() for future in [pool.submit(each.commit, "example", changes) for each in stores]]
    assert [type(error).__name__ for error in errors if error] == ["ConflictError"] * 3
    assert [len(store.manifest("example")) for store in stores] == [1] * 4


def test_what_others_do_is_seen(folder):
    """A store sees what another one appended, purged and began anew, and ledgers that it wrote anew."""
    one, other = FileStore(folder), FileStore(folder)
    for number in range(4):
        compressed(one)
        [name] = one.put([b"seen"])
        assert graph_bytes(other.load("example")) == graph_bytes(one.load("example"))
        assert other.delete(name)
        assert other.sessions() == ["example"]
        other.append("example", [Node(f"n{number}", NodeType.MESSAGE, "user", "hi", 1)], [])
        assert one.version("example") == 4
        other.purge("example")
        assert one.sessions() == []
        assert not one.has(name)


KILLED = """
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
    if number % 3 == 2:
        store.purge(f"{sys.argv[2]}-{number - 1}")
        print("purged", f"{sys.argv[2]}-{number - 1}", flush=True)
"""


def test_killing_a_writer(folder):
    """After each kill all that was acknowledged is there, whole; what was left over is garbage, and is collected."""
    said = []
    for run in range(5):
        command = [sys.executable, "-c", KILLED, f"file://{folder}", str(run)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            first = child.stdout.readline()
            time.sleep(0.03 + 0.04 * run)
            child.kill()
            said += [line.split() for line in (first + child.stdout.read()).splitlines(True) if line.endswith("\n")]
        check(FileStore(folder), said)
    assert len(said) > 10


def check(store, said):
    assert list(store.verify()) == []
    there, purged = store.sessions(), {name for verb, name in said if verb == "purged"}
    assert not purged & set(there)
    # The last purge may have been killed before it could say so.
    missing = {name for _, name in said} - purged - set(there)
    assert len(missing) <= len({name.split("-")[0] for _, name in said})
    for name in there:
        graph, manifest = example_graph(name), store.manifest(name)
        original, changes = graph_bytes(graph), replace(graph, pointer(graph), ContentSink())
        assert manifest in (Manifest(name), Manifest(name, changes))
        assert graph_bytes(store.load(name)) == (graph_bytes(graph) if len(manifest) else original)
        assert len(manifest) or ["committed", name] not in said
        loaded = store.load(name)
        restore(loaded, manifest, store)
        assert graph_bytes(loaded) == original
    store.gc(dry_run=False, abandoned_seconds=0)
    assert store.gc(abandoned_seconds=0).freed_bytes == 0
    assert list(store.verify()) == []


class ContentSink:
    def put(self, contents):
        return [content_id(data) for data in contents]


# ── the files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_journals_are_json_lines(folder):
    """Every line of every file of lines is JSON: a checksum, and a record."""
    lived(FileStore(folder))
    for path in [journal_of(folder), *folder.rglob("ledger.jsonl")]:
        for line in path.read_bytes().splitlines():
            checksum, record = json.loads(line)
            assert (len(checksum), type(record)) == (8, dict)


def test_equal_long_contents_are_stored_once(folder):
    """A thousand nodes of one long content take the room of one."""
    text = "the same\n" * 20_000
    nodes = [Node(f"n{number}", NodeType.MESSAGE, "user", text, 5) for number in range(1_000)]
    FileStore(folder).append("example", nodes, [])
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 500_000
    assert {node.content for node in FileStore(folder).load("example").nodes()} == {text}


def test_a_ledger_does_not_grow_for_ever(folder, monkeypatch):
    """A ledger of many steps is written anew as one, and says the same."""
    monkeypatch.setattr("context_memory.files.ledger._LEAST_BYTES", 2_000)
    store, other = FileStore(folder), FileStore(folder)
    sizes = []
    for number in range(60):
        [name] = store.put([b"the same"])
        store.append(f"s{number % 5}", [], [])
        sizes.append(next(folder.rglob("ledger.jsonl")).stat().st_size)
        assert other.sessions()[-1] == f"s{number % 5}"
    assert max(sizes) < 6_000
    assert sorted(sizes) != sizes
    assert [other.delete(name) for _ in range(60)] == [False] * 59 + [True]
