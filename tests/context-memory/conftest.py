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


REDIS = os.environ.get("CONTEXT_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture(scope="session")
def redis_server():
    """Return a client of a Redis server, or skip."""
    redis = pytest.importorskip("redis", reason='needs the Redis client: pip install "context-memory[redis]"')
    pytest.importorskip("msgpack", reason='needs msgpack: pip install "context-memory[redis]"')
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=2, protocol=2)
    try:
        client.ping()
    except redis.exceptions.ConnectionError:
        client.close()
        pytest.skip("needs Redis on 127.0.0.1:6379 (docker compose up -d), or CONTEXT_REDIS_URL to name another")
    yield client
    client.close()


@pytest.fixture
def redis_namespace(redis_server):
    """Return the name of a new and empty namespace, which goes with the test, as do those whose names begin with it."""
    from context_memory.redis.keys import Keys

    name = f"test-{uuid4().hex}"
    yield name
    begins = Keys(name).prefix.removesuffix(b"}:")
    keys = list(redis_server.scan_iter(match=begins + b"*", count=10_000))
    if keys:
        redis_server.unlink(*keys)


@pytest.fixture
def redis_url():
    """Return the URL of the Redis server."""
    return REDIS


@pytest.fixture(params=["memory", "sqlite", "postgres", "files", "redis"])
def store(request, tmp_path):
    """Return a new and empty store, one of each kind in turn."""
    if request.param == "memory":
        yield MemoryStore()
        return
    urls = {"sqlite": f"sqlite:///{tmp_path}/context.db", "files": f"file://{tmp_path}/store", "redis": REDIS}
    namespace = request.getfixturevalue("redis_namespace") if request.param == "redis" else "default"
    with open_store(urls.get(request.param) or request.getfixturevalue("postgres_url"), namespace=namespace) as store:
        yield store
