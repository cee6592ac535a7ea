"""A store of an older release is brought to this version when it is opened, and nothing of it is lost."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from context_core import MemoryContentStore, graph_bytes, replace, restore
from context_core.hashing import content_id
from context_core.restore import restoration
from context_core.testing.examples import example_graph, pointer, summary
from context_memory import SQLiteStore
from context_memory.sql.schema import VERSION, metadata

GOLDEN = Path(__file__).parent / "golden" / "store-1.db"


@pytest.fixture
def old(tmp_path):
    """A copy of a file that the first release wrote."""
    return Path(shutil.copy(GOLDEN, tmp_path / "context.db"))


def compressed(session_id):
    graph, changes = example_graph(session_id), []
    for plan in (pointer, summary):
        changes += replace(graph, plan(graph), MemoryContentStore())
    return graph, changes


def test_every_session_is_there(old):
    """Sessions load as they stood, in their order, with their manifests, in their namespaces."""
    plain = example_graph("plain")
    with SQLiteStore(old) as store, SQLiteStore(old, namespace="other") as other:
        assert store.sessions() == ["plain", "compressed", "restored"]
        assert other.sessions() == ["plain"]
        assert graph_bytes(store.load("plain")) == graph_bytes(other.load("plain")) == graph_bytes(plain)
        graph, changes = compressed("compressed")
        assert graph_bytes(store.load("compressed")) == graph_bytes(graph)
        assert list(store.manifest("compressed").changes) == changes
        assert graph_bytes(store.load("restored")) == graph_bytes(example_graph("restored"))
        assert store.get(content_id(b"put by hand")) == b"put by hand"
        for each in (store, other):
            assert each.verify() == []


def test_what_was_compressed_comes_back(old):
    """A session that an older release compressed is restored to the byte."""
    with SQLiteStore(old) as store:
        graph = store.load("compressed")
        restore(graph, store.manifest("compressed"), store)
        assert graph_bytes(graph) == graph_bytes(example_graph("compressed"))


def test_versions_of_an_old_session(old):
    """An old session has the version that was appended, and, where it was compressed, the one that was committed."""
    with SQLiteStore(old) as store:
        assert [store.version(name) for name in store.sessions()] == [1, 2, 2]
        for name in store.sessions():
            assert graph_bytes(store.load(name, version=1)) == graph_bytes(example_graph(name))
        assert [len(revision.nodes) for revision in store.history("compressed")] == [9, 0]


def test_an_old_session_goes_on(old):
    """An old session is appended to, restored, and purged with all that only it needed."""
    with SQLiteStore(old) as store:
        graph = store.load("compressed")
        names = store.manifest("compressed").content_ids()
        assert store.append("compressed", example_graph().nodes(), example_graph().edges()) == 0
        back = replace(graph, restoration(graph, store.manifest("compressed"), store), store)
        store.commit("compressed", back)
        assert graph_bytes(store.load("compressed")) == graph_bytes(example_graph("compressed"))
        for name in store.sessions():
            store.purge(name)
        assert not any(store.has(name) for name in names)
        assert store.has(content_id(b"put by hand"))


def test_two_processes_open_an_old_file(old):
    """A file that several open at once is brought up by one of them."""
    with ThreadPoolExecutor(4) as pool:
        for store in list(pool.map(lambda _: SQLiteStore(old), range(4))):
            with store:
                assert store.version("plain") == 1


def test_a_failed_step_leaves_the_file(old):
    """Where a step fails the file is as it was."""
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE changes SET record = '{'")
    before = old.read_bytes()
    with pytest.raises(ValueError, match="Expecting"):
        SQLiteStore(old)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM nodes").fetchone()[0] > 0
    assert old.read_bytes() == before


@pytest.mark.parametrize("is_old", [True, False])
def test_the_steps_lead_to_the_tables(old, tmp_path, is_old):
    """The tables that the steps make are those that a new file gets."""
    path = old if is_old else tmp_path / "new.db"
    SQLiteStore(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == f"{VERSION:04d}"
        assert compare_metadata(context, metadata) == []
    engine.dispose()
