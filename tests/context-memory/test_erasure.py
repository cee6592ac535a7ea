"""A purged session is in no byte of the files, whether it was packed or not, and what others have is still there."""

import sqlite3
from contextlib import closing

import pytest

from context_core import ContextGraph, Replacement, graph_bytes, replace, restore
from context_memory import PostgresStore, SQLiteStore
from context_memory.sql.packing import Unpacker

CANARY = "ynarac-5f0c2e-7d1b"


def talked(store, name, secret, turns=300):
    """Let a session be appended turn by turn, and compressed; the secret is in most of its texts."""
    graph = ContextGraph(name)
    for turn in range(turns):
        words = " ".join(f"word{(turn * 31 + each * 7) % 977}" for each in range(60))
        node = graph.add_message("user" if turn % 2 == 0 else "assistant", f"{secret} {turn} {name} {words}")
        store.append(name, [node], graph.in_edges(node.id))
    first = next(graph.nodes())
    short = first.evolve(content=f"{secret} …", tokens=9, metadata={"elided": graph.reference(first.id)})
    store.commit(name, replace(graph, [Replacement(first, short, "test", "lossless")], store))
    return graph


def bytes_of(path):
    """Return all bytes of a store's files, and what its frames hold unpacked."""
    raw = b"".join(each.read_bytes() for each in path.parent.iterdir())
    with closing(sqlite3.connect(path)) as connection:
        dictionaries = dict(connection.execute("SELECT key, data FROM dictionaries"))
        unpack = Unpacker(dictionaries)
        frames = [
            *connection.execute("SELECT data, coder FROM contents"),
            *connection.execute("SELECT record, coder FROM nodes"),
            *connection.execute("SELECT record, 0 FROM changes"),
        ]
    return b"".join([raw, *dictionaries.values(), *(unpack.unpack(data, coder) for data, coder in frames)])


@pytest.mark.parametrize("packed", [False, True], ids=["as written", "packed"])
def test_no_byte_is_left(tmp_path, packed):
    """After a purge the secret is in no file, no frame and no dictionary, and another session's every version is."""
    path = tmp_path / "context.db"
    with SQLiteStore(path) as store:
        talked(store, "secret", CANARY)
        kept = talked(store, "kept", "plain words", turns=300)
        if packed:
            for number in range(3):
                talked(store, f"more-{number}", "other words", turns=300)
            store.pack()
        assert CANARY.encode() in bytes_of(path)
        erased = store.purge("secret")
        assert (erased.nodes, erased.changes) == (300, 1)
        assert CANARY.encode() not in bytes_of(path)
        assert b"plain words" in bytes_of(path)
        assert graph_bytes(store.load("kept")) == graph_bytes(kept)
        assert store.verify() == []
        store.pack()
        assert graph_bytes(store.load("kept")) == graph_bytes(kept)
        restored = store.load("kept")
        restore(restored, store.manifest("kept"), store)
        assert store.verify() == []
    assert CANARY.encode() not in bytes_of(path)


def test_packing_changes_nothing_that_is_read(tmp_path):
    """A packed store is smaller, and gives back every session, content and manifest as before."""
    with SQLiteStore(tmp_path / "context.db") as store:
        graphs = {f"s{number}": talked(store, f"s{number}", "the same words", turns=300) for number in range(4)}
        manifests = {name: store.manifest(name) for name in graphs}
        before = stored(tmp_path / "context.db")
        store.pack()
        assert stored(tmp_path / "context.db") < 0.7 * before
        for name, graph in graphs.items():
            assert graph_bytes(store.load(name)) == graph_bytes(graph)
            assert store.manifest(name) == manifests[name]
            assert all(store.get(content) for content in manifests[name].content_ids())
        assert store.verify() == []
        node = graphs["s0"].add_message("user", "and on it goes")
        store.append("s0", [node], graphs["s0"].in_edges(node.id))
        store.pack()
        assert graph_bytes(store.load("s0")) == graph_bytes(graphs["s0"])


def stored(path):
    with closing(sqlite3.connect(path)) as connection:
        tables = ("SELECT sum(length(data)) FROM contents", "SELECT sum(length(record)) FROM nodes")
        dictionaries = "SELECT coalesce(sum(length(data)), 0) FROM dictionaries"
        return sum(connection.execute(query).fetchone()[0] for query in (*tables, dictionaries))


def test_a_store_packs_what_piles_up(tmp_path, monkeypatch):
    """A store packs by itself once enough was written, and when it is closed."""
    monkeypatch.setattr("context_memory.sql.store.PACK_BYTES", 1_500_000)
    path = tmp_path / "context.db"
    with SQLiteStore(path) as store:
        graph = ContextGraph("s")
        for number in range(400):
            words = " ".join(f"word{(number * 31 + each * 7) % 977}" for each in range(600))
            node = graph.add_message("user", f"{number} {words}")
            store.append("s", [node], graph.in_edges(node.id))
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM dictionaries").fetchone()[0] > 0
        assert graph_bytes(store.load("s")) == graph_bytes(graph)
    with SQLiteStore(path) as store:
        assert graph_bytes(store.load("s")) == graph_bytes(graph)


def test_a_lost_dictionary_is_told(tmp_path):
    """Rows whose dictionary is gone are faults, each named."""
    path = tmp_path / "context.db"
    with SQLiteStore(path) as store:
        for number in range(4):
            talked(store, f"s{number}", "the same words", turns=300)
        store.pack()
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM dictionaries")
        assert {fault.kind for fault in store.verify()} >= {"content"}


def test_scrubbing_a_server(postgres_url, postgres_server):
    """After a purge and a scrub the secret is in no file of the server's tables."""
    import psycopg

    schema = postgres_url.rpartition("%3D")[2]
    with PostgresStore(postgres_url) as store, psycopg.connect(postgres_server, autocommit=True) as connection:
        try:
            connection.execute("SELECT pg_read_binary_file(pg_relation_filepath('pg_class'))")
        except psycopg.Error:
            pytest.skip("needs the right to read the server's files: a superuser on CONTEXT_POSTGRES_URL")

        def files():
            connection.execute("CHECKPOINT")
            paths = connection.execute(
                "SELECT pg_relation_filepath(oid) FROM pg_class "
                "WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'i')",
                [schema],
            ).fetchall()
            read = "SELECT pg_read_binary_file(%s)"
            return b"".join(connection.execute(read, [path]).fetchone()[0] for [path] in paths)

        graph = ContextGraph("secret")
        graph.add_message("user", CANARY)
        store.append("secret", graph.nodes(), graph.edges())
        assert CANARY.encode() in files()
        store.purge("secret")
        store.scrub()
        assert CANARY.encode() not in files()
