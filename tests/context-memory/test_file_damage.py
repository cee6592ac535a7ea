"""What damage, a full disk and erasing do to the files of a store."""

import subprocess
import sys
from itertools import pairwise

import pytest

from context_core import ContentCorruptedError, ContextGraph, Manifest, Node, NodeType, StoreError, graph_bytes, replace
from context_core.hashing import content_id
from context_core.testing.examples import pointer, summary
from context_core.testing.graph_store import compressed
from context_core.testing.journal import lived

pytest.importorskip("fcntl", reason="file locks are POSIX's")
from context_memory import Compressed, FileStore, MemoryBlobs
from context_memory.files.lines import encoded


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def journal_of(folder):
    [path] = folder.rglob("sessions/*.jsonl")
    return path


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_torn_last_line(folder):
    """Whatever part of the last line a crash left, readers pass it over and the next writer cuts it off."""
    states = lived(FileStore(folder))
    path = journal_of(folder)
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in (last + 1, last + 8, (last + len(whole)) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        store = FileStore(folder)
        assert graph_bytes(store.load("example")) == states[-2]
        assert list(store.verify()) == []
        node = Node("new/0", NodeType.MESSAGE, "user", "after the crash", 5)
        assert store.append("example", [node], []) == 1
        assert [each.content for each in FileStore(folder).load("example").nodes()][-1] == "after the crash"
        assert list(store.verify()) == []


def test_a_damaged_line(folder):
    """A flipped bit in any line is an error that names file and line, and a fault; other sessions are still read."""
    lived(FileStore(folder))
    path = journal_of(folder)
    FileStore(folder).append("other", [], [])
    whole = path.read_bytes()
    starts = [0, *(place + 1 for place, byte in enumerate(whole) if byte == 10)]
    for number, (begin, end) in enumerate(pairwise(starts), start=1):
        for place in (begin, begin + 5, (begin + end) // 2, end - 3, end - 1):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
            store = FileStore(folder)
            with pytest.raises(StoreError, match=rf"{path.name}:{number} is damaged; restore"):
                store.load("example")
            [fault] = store.verify()
            assert (fault.kind, fault.name) == ("file", path.name)
            assert f"{path.name}:{number} is damaged" in fault.problem
            assert len(store.load("other")) == 0


def test_lines_that_others_wrote(folder):
    """A line whose checksum is right and whose record is none of ours is damage, too."""
    FileStore(folder).append("s", [], [])
    path = journal_of(folder)
    whole = path.read_bytes()
    for record in ({}, {"revisions": 1}, {"revisions": [{}]}, {"revisions": [{"version": 1, "nodes": [[]]}]}):
        path.write_bytes(whole + encoded(record))
        with pytest.raises(StoreError, match=f"{path.name}:2 is damaged"):
            FileStore(folder).load("s")
    path.write_bytes(encoded({}))
    with pytest.raises(StoreError, match=f"{path.name}:1 is damaged"):
        FileStore(folder).load("s")


def test_a_damaged_ledger(folder):
    """A damaged ledger is named with its line; once it is removed, it is made anew from journals and contents."""
    store = FileStore(folder)
    graph, _ = compressed(store)
    store.append("later", [], [])
    [name] = store.put([b"put by hand"])
    [path] = folder.rglob("ledger.jsonl")
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"put"', b'"pux"', 1))
    with pytest.raises(StoreError, match=r"ledger.jsonl:\d+ is damaged"):
        FileStore(folder).put([b"x"])
    assert graph_bytes(FileStore(folder).load("example")) == graph_bytes(graph)
    assert "ledger.jsonl" in [fault.name for fault in FileStore(folder).verify()]
    path.unlink()
    store = FileStore(folder)
    assert list(store.verify()) == []
    assert store.sessions() == ["example", "later"]
    assert store.gc(dry_run=False, abandoned_seconds=3600).freed_bytes == 0
    assert store.delete(name)
    for each in store.manifest("example").content_ids():
        assert store.delete(each) is False


def test_a_flipped_bit_in_a_content(folder):
    """A damaged content is named on read and by verify; a session whose present state lacks it still loads."""
    store = FileStore(folder)
    graph, changes = compressed(store)
    name = changes[0].before.content_id
    [path] = folder.rglob(name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ContentCorruptedError) as caught:
        store.get(name)
    assert caught.value.content_id == name
    [fault] = FileStore(folder).verify()
    assert (fault.kind, fault.name) == ("content", name)
    assert str(path) in fault.problem
    assert graph_bytes(FileStore(folder).load("example")) == graph_bytes(graph)
    path.unlink()
    [fault] = FileStore(folder).verify()
    assert (fault.kind, fault.name, fault.session_id) == ("content", name, "example")
    assert store.purge("example").changes == len(changes)


FULL = """
import resource, sys
from context_core import Node, NodeType, StoreError
from context_core.testing.graph_store import compressed
from context_memory import open_store

store = open_store(sys.argv[1])
compressed(store)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
random = __import__("os").urandom(30_000)
node = Node("large", NodeType.MESSAGE, "user", random.hex(), 5)
many = [Node(f"n{number}", NodeType.MESSAGE, "user", "x" * 1_000, 5) for number in range(30)]
for write in (lambda: store.put([b"fits", random]), lambda: store.append("example", [node], []),
              lambda: store.append("example", many, []), lambda: store.append("new", many, [])):
    try:
        write()
        sys.exit("was written")
    except StoreError as error:
        assert "limit on the size of files; raise it" in str(error), error
assert store.version("example") == 3 and store.sessions() == ["example"]
assert store.append("example", [Node("small", NodeType.MESSAGE, "user", "after", 5)], []) == 1
[name] = store.put([b"after"])
print(name, len(store.verify()))
"""


def test_no_space_left(folder):
    """Where files cannot grow, writes are errors that say what to do, leave nothing, and the store goes on."""
    child = subprocess.run([sys.executable, "-c", FULL, f"file://{folder}"], capture_output=True, text=True)
    assert child.stdout.split() == [content_id(b"after"), "0"], child.stderr
    store = FileStore(folder)
    assert [node.content for node in store.load("example").nodes()][-1] == "after"
    assert not store.has(content_id(b"fits"))
    assert store.gc().contents == ()


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CANARY = "canary-5f3a"


def traces(folder, *marks):
    """Return the files in whose name or bytes, or in whose unpacked contents, a mark stands."""
    found = []
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        if path.parent.parent.name == "contents":
            inner = MemoryBlobs()
            inner.write("kind/it", data)
            data = Compressed(inner).read("kind/it")
        data += str(path).encode()
        if any(mark.encode() in data for mark in marks):
            found.append(path.name)
    return found


def test_purging_leaves_no_byte(folder):
    """After a purge no file's name or bytes tell of the session: not its id, its texts, nor ids of its contents."""
    store = FileStore(folder)
    compressed(store)
    graph = ContextGraph(CANARY)
    text = "".join(f"{CANARY} {content_id(b'%d' % number)}\n" for number in range(200))
    call = graph.add_tool_call("read", {"path": f"{CANARY}.py"})
    graph.add_tool_result(call.id, text)
    graph.add_message("user", f"short {CANARY}")
    store.append(CANARY, graph.nodes(), graph.edges())
    for plan in (pointer, summary):
        store.commit(CANARY, replace(graph, plan(graph), store))
    ids = store.manifest(CANARY).content_ids()
    assert len(traces(folder, CANARY, *ids)) > 4
    erased = FileStore(folder).purge(CANARY)
    shared = ids & store.manifest("example").content_ids()
    assert erased.contents == len(ids - shared) == 3
    assert erased.content_bytes > len(text)
    assert traces(folder, CANARY, *(ids - shared)) == []
    assert list(store.verify()) == []
    assert graph_bytes(store.load("example"))


def test_what_a_killed_purge_leaves_is_garbage(folder):
    """A purge that was killed behind its first step is finished by gc."""
    store = FileStore(folder)
    _, changes = compressed(store)
    journal_of(folder).unlink()
    store = FileStore(folder)
    assert store.sessions() == []
    ids = Manifest("example", changes).content_ids()
    assert set(store.gc().contents) == ids
    assert traces(folder, *ids)
    assert set(store.gc(dry_run=False).contents) == ids
    assert traces(folder, "example", *ids) == []
