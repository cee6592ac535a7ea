"""Opening: which URLs and files are stores, and what is said of those that are not."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from context_core import ContentNotFoundError, MemoryStore, SessionNotFoundError, StoreError
from context_memory import SQLiteStore, open_store
from context_memory.sql.failures import sqlite_failure
from context_memory.sql.schema import VERSION


@pytest.fixture
def path(tmp_path):
    return tmp_path / "context.db"


# ── URLs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sqlite_url(path):
    """A sqlite URL with four slashes opens the file of an absolute path."""
    with open_store(f"sqlite:///{path}", namespace="n") as store:
        assert isinstance(store, SQLiteStore)
        assert (store.path, store.namespace) == (path, "n")
        assert repr(store) == f"SQLiteStore({str(path)!r}, namespace='n')"


def test_a_relative_path(tmp_path, monkeypatch):
    """A sqlite URL with three slashes opens a file below the present folder, and keeps to it when that changes."""
    monkeypatch.chdir(tmp_path)
    with open_store("sqlite:///sub/context.db") as store:
        monkeypatch.chdir("/")
        store.put([b"x"])
    assert (tmp_path / "sub" / "context.db").exists()


def test_a_memory_url():
    """A memory URL opens a new store in memory each time."""
    one, other = open_store("memory://"), open_store("memory://")
    assert isinstance(one, MemoryStore)
    one.append("s", [], [])
    assert other.sessions() == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://user:secret@host/db", "got a store URL of scheme 'mysql'; expected sqlite:///"),
        ("user:secret@host/context.db", "without '://'"),
        ("", "without '://'"),
        ("memory://secret", "scheme 'memory'"),
        ("sqlite://user:secret@host/context.db", "without a path"),
        ("sqlite://", "without a path"),
        ("sqlite:///", "without a path"),
        ("sqlite:///:memory:", "memory://"),
        ("sqlite:///context.db?key=secret", "parameters"),
    ],
)
def test_other_urls(url, message):
    """Any other URL is refused with what is expected, and without the password that stands in it."""
    with pytest.raises(ValueError, match=message) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_missing_folders_are_made(tmp_path):
    """The folders of a new file are made."""
    with SQLiteStore(tmp_path / "a" / "b" / "context.db"):
        assert (tmp_path / "a" / "b" / "context.db").exists()


def test_an_empty_file(path):
    """An empty file becomes a store."""
    path.touch()
    with SQLiteStore(path) as store:
        assert store.sessions() == []


def test_a_file_that_is_no_database(path):
    """A file of something else is refused, and is left as it is."""
    path.write_bytes(b"something else\n" * 100)
    with pytest.raises(StoreError, match="context.db is not a SQLite database; name another file"):
        SQLiteStore(path)
    assert path.read_bytes() == b"something else\n" * 100


@pytest.mark.parametrize("statement", ["CREATE TABLE theirs (x)", "PRAGMA user_version = 1"])
def test_a_database_of_another_program(path, statement):
    """A database of another program is refused, and is left as it is."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="of another program"):
        SQLiteStore(path)
    assert path.read_bytes() == before


def test_a_newer_schema(path):
    """A store that a newer version wrote is refused, with both versions named."""
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(
        StoreError, match=f"has schema version {VERSION + 1}; this release reads up to {VERSION}: upgrade"
    ):
        SQLiteStore(path)


def test_a_folder(tmp_path):
    """A folder in the place of the file is refused."""
    with pytest.raises(StoreError, match="cannot be opened; expected the path of a file"):
        SQLiteStore(tmp_path)


def test_a_file_in_the_place_of_the_folder(path):
    """A path below a file is refused."""
    path.touch()
    with pytest.raises(StoreError, match="context.db"):
        SQLiteStore(path / "below" / "context.db")


def test_a_file_that_cannot_be_written(path):
    """A file that cannot be written is an error of the store that says what to do."""
    error = sqlite_failure(path, sqlite3.OperationalError("attempt to write a readonly database"))
    assert "context.db cannot be written; make the file and its folder writable" in str(error)


def test_a_writer_that_keeps_the_file_locked(path, monkeypatch):
    """A file that another writer does not let go is an error of the store, and the store goes on afterwards."""
    monkeypatch.setattr("context_memory.sql.sqlite_database.BUSY_SECONDS", 0.05)
    with SQLiteStore(path) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="written by another process"):
                store.put([b"x"])
            assert store.sessions() == []
        assert store.put([b"x"])


FILL = """
import os, resource, sys
from context_core import StoreError
from context_memory import open_store

with open_store(sys.argv[1]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
    for number in range(100):
        try:
            print(*store.put([os.urandom(100_000)]), flush=True)
        except StoreError as error:
            sys.exit(f"StoreError: {error}")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX's")
def test_no_space_left(path):
    """Where the file cannot grow, a put is an error of the store, and all puts before it are there."""
    child = subprocess.run([sys.executable, "-c", FILL, f"sqlite:///{path}"], capture_output=True, text=True)
    assert child.stderr.startswith(f"StoreError: {path} "), child.stderr
    stored = child.stdout.split()
    assert len(stored) > 3
    with SQLiteStore(path) as store:
        assert all(len(store.get(name)) == 100_000 for name in stored)


# ── one open store ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_closed_store(path):
    """A closed store says so, and closing it twice is no error."""
    store = SQLiteStore(path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="was closed"):
        store.sessions()
    with pytest.raises(StoreError, match="was closed"):
        store.put([b"x"])


def test_namespaces_are_apart(path):
    """Two namespaces of one file share no session, no content and no count."""
    with SQLiteStore(path, namespace="one") as one, SQLiteStore(path, namespace="größe \ud83d") as other:
        [name] = one.put([b"secret"])
        one.append("s", [], [])
        assert not other.has(name)
        assert other.sessions() == []
        with pytest.raises(SessionNotFoundError):
            other.load("s")
        with pytest.raises(ContentNotFoundError):
            other.get(name)
        other.put([b"secret"])
        other.append("s", [], [])
        assert other.delete(name)
        assert one.get(name) == b"secret"


def test_the_file_is_the_given_one(path):
    """A path may be a string or a Path."""
    with SQLiteStore(str(path)) as store:
        assert store.path == Path(path)


def test_many_open_a_new_file_at_once(tmp_path):
    """Whoever is first makes the tables; the others never take the file for another program's while that goes on."""

    def opened(number):
        open_store(f"sqlite:///{tmp_path}/{number // 8}.db").close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(opened, range(8 * 30)))
    assert len(list(tmp_path.glob("*.db"))) == 30
