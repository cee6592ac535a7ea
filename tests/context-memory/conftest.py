"""Stores of every kind; a schema of its own on PostgreSQL, where a server runs."""

import os
from uuid import uuid4

import pytest

from context_core import MemoryStore
from context_memory import open_store

POSTGRES = os.environ.get("CONTEXT_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@pytest.fixture(scope="session")
def postgres_server():
    """Return the URL of a PostgreSQL server without its dialect, or skip."""
    psycopg = pytest.importorskip("psycopg", reason='needs psycopg: pip install "context-memory[postgres]"')
    url = POSTGRES.replace("+psycopg", "")
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        pytest.skip(
            "needs PostgreSQL on 127.0.0.1:5432 (docker compose up -d), or CONTEXT_POSTGRES_URL to name another"
        )
    return url


@pytest.fixture
def postgres_url(postgres_server):
    """Return the URL of a new and empty schema, which goes with the test."""
    import psycopg

    schema = f"context_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        yield f"{POSTGRES}?options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture(params=["memory", "sqlite", "postgres", "files"])
def store(request, tmp_path):
    """Return a new and empty store, one of each kind in turn."""
    if request.param == "memory":
        yield MemoryStore()
        return
    urls = {"sqlite": f"sqlite:///{tmp_path}/context.db", "files": f"file://{tmp_path}/store"}
    with open_store(urls.get(request.param) or request.getfixturevalue("postgres_url")) as store:
        yield store
