"""A damaged file is told of, never returned as content."""

import sqlite3
from contextlib import closing, suppress

import pytest

from context_core import (
    ContentCorruptedError,
    ContentNotFoundError,
    Edge,
    EdgeType,
    ManifestError,
    StoreError,
    replace,
)
from context_core.hashing import content_id
from context_core.testing.examples import example_graph, pointer
from context_memory import SQLiteStore
from context_memory.sql.packing import pack

TEXT = b"".join(b"line %d of a text that shrinks\n" % number for number in range(40))
SHORT = b"stored as it is"


@pytest.fixture
def path(tmp_path):
    graph = example_graph()
    with SQLiteStore(tmp_path / "context.db") as store:
        store.put([TEXT, SHORT])
        store.append("example", graph.nodes(), graph.edges())
        first, last = next(graph.nodes()), list(graph.nodes())[-1]
        store.append("example", [], [Edge(first.id, last.id, EdgeType.CAUSAL, {"reason": "by hand"})])
        store.commit("example", replace(graph, pointer(graph), store))
    return tmp_path / "context.db"


def execute(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


def flip(path, stored, offset):
    """Flip one bit of a stored content in the file itself."""
    data = bytearray(path.read_bytes())
    assert data.count(stored) == 1
    data[data.index(stored) + offset] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("content", [TEXT, SHORT], ids=["packed", "raw"])
def test_a_flipped_bit(path, content, part):
    """A content with a flipped bit, wherever it is, is reported as corrupted, and others are still read."""
    [(stored, coder)] = pack([content])
    assert (coder is not None) == (content is TEXT)
    flip(path, stored, int(part * len(stored)))
    with SQLiteStore(path) as store:
        with pytest.raises(ContentCorruptedError) as caught:
            store.get(content_id(content))
        assert caught.value.content_id == content_id(content)
        assert [(fault.kind, fault.name) for fault in store.verify()] == [("content", content_id(content))]
        assert store.get(content_id(SHORT if content is TEXT else TEXT))


def test_every_bit_of_the_frame_counts(path):
    """Whatever bit of a compressed content is flipped, the content comes back whole or not at all."""
    [(stored, _)] = pack([TEXT])
    healthy = path.read_bytes()
    for offset in range(len(stored)):
        flip(path, stored, offset)
        with SQLiteStore(path) as store, suppress(ContentCorruptedError):
            assert store.get(content_id(TEXT)) == TEXT
        path.write_bytes(healthy)


def test_a_frame_that_says_it_is_huge(path):
    """A frame whose header promises more bytes than were recorded is not even unpacked."""
    [(bomb, _)] = pack([b"0" * 100_000_000])
    execute(path, "UPDATE contents SET data = ? WHERE content_id = ?", bomb, bytes.fromhex(content_id(TEXT)))
    with SQLiteStore(path) as store, pytest.raises(ContentCorruptedError):
        store.get(content_id(TEXT))


def test_loading_a_session_with_a_damaged_content(path):
    """A session whose node has a damaged content does not load, and the error names the content."""
    execute(path, "UPDATE contents SET data = x'00', coder = NULL")
    with SQLiteStore(path) as store, pytest.raises(ContentCorruptedError):
        store.load("example")


def test_loading_a_session_with_a_lost_content(path):
    """A session whose node has lost its content does not load, and the error names the content."""
    lost = content_id(b"ok")
    execute(path, "DELETE FROM contents WHERE content_id = ?", bytes.fromhex(lost))
    with SQLiteStore(path) as store, pytest.raises(ContentNotFoundError) as caught:
        store.load("example")
    assert caught.value.content_ids == (lost,)


@pytest.mark.parametrize("record", [b"{", b"[]", b'{"type":"unknown"}'])
def test_a_damaged_record_of_a_node(path, record):
    """A node whose record is damaged is an error of the store that says so, and a fault that names the node."""
    execute(path, "UPDATE nodes SET record = ? WHERE position = 3", record)
    with SQLiteStore(path) as store:
        with pytest.raises(StoreError, match="record is damaged"):
            store.load("example")
        [fault] = store.verify()
        node = list(example_graph().nodes())[3]
        assert (fault.kind, fault.name, fault.session_id) == ("node", node.id, "example")


def read(store):
    store.load("example")
    store.manifest("example")


@pytest.mark.parametrize("table", ["nodes", "edges", "changes"])
def test_every_bit_of_a_record_counts(path, table):
    """Whatever bit of a row's record is flipped, the fault is found, and reading the row is an error."""
    with closing(sqlite3.connect(path)) as connection, connection:
        if table == "edges":
            assert connection.execute("SELECT count(*) FROM edges").fetchone() != (0,)
        key, record = connection.execute(f"SELECT key, record FROM {table} ORDER BY key DESC LIMIT 1").fetchone()
    for bit in range(0, len(record) * 8, 41):
        damaged = bytearray(record)
        damaged[bit // 8] ^= 1 << bit % 8
        execute(path, f"UPDATE {table} SET record = ? WHERE key = ?", bytes(damaged), key)
        with SQLiteStore(path) as store:
            assert [fault.kind for fault in store.verify()] == [table[:-1]]
            with pytest.raises((StoreError, ManifestError)):
                read(store)
    execute(path, f"UPDATE {table} SET record = ? WHERE key = ?", record, key)
    with SQLiteStore(path) as store:
        assert store.verify() == []


@pytest.mark.parametrize("record", [b"{", b"[]", b"{}"])
def test_a_damaged_manifest(path, record):
    """A manifest with a damaged entry is an error of the manifest."""
    execute(path, "UPDATE changes SET record = ?", record)
    with SQLiteStore(path) as store, pytest.raises(ManifestError, match="damaged"):
        store.manifest("example")


def test_a_torn_file(path):
    """A file of which pages are overwritten is an error of the store."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    with SQLiteStore(path) as store, pytest.raises(StoreError, match="damaged"):
        store.load("example")
