"""Both stores pass the shipped contracts, and each is compared with a dict."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from context_core import MemoryContentStore, MemoryStore
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.content_store_machine import content_store_machine
from context_core.testing.graph_store import GraphStoreContract
from context_core.testing.graph_store_machine import graph_store_machine
from context_core.testing.journal import JournalContract
from context_core.testing.namespaces import NamespaceContract
from context_core.testing.upkeep import UpkeepContract
from context_memory import SQLiteStore


class TestSQLiteStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract, NamespaceContract):
    @pytest.fixture
    def store(self, tmp_path):
        with SQLiteStore(tmp_path / "context.db") as store:
            yield store

    @pytest.fixture
    def tenants(self, tmp_path):
        path = tmp_path / "context.db"
        with SQLiteStore(path, namespace="one") as one, SQLiteStore(path, namespace="two") as two:
            yield one, two


class TestMemoryStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract):
    @pytest.fixture
    def store(self):
        return MemoryStore()


class TestMemoryContentStore(ContentStoreContract):
    @pytest.fixture
    def store(self):
        return MemoryContentStore()


def start():
    return SQLiteStore(Path(tempfile.mkdtemp()) / "context.db")


def restart(store):
    store.close()
    return SQLiteStore(store.path)


def stop(store):
    store.close()
    for path in store.path.parent.iterdir():
        path.unlink()
    store.path.parent.rmdir()


TestSQLiteMachine = content_store_machine(start, restart=restart, stop=stop).TestCase
TestSQLiteMachine.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)

TestMemoryMachine = content_store_machine(MemoryContentStore).TestCase
TestMemoryMachine.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)

TestMemorySessions = graph_store_machine(MemoryStore).TestCase
TestMemorySessions.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)

TestSQLiteSessions = graph_store_machine(start, restart=restart, stop=stop).TestCase
TestSQLiteSessions.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
