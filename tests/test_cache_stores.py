"""The tool cache on stores of every kind: no result is stale, and what one process writes another one sees."""

import os
import subprocess
import sys
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from context_memory import open_store
from context_toolkit import CachePolicy, ToolCache
from context_toolkit.testing.cache_machine import cache_machine

POSTGRES = os.environ.get("CONTEXT_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("CONTEXT_REDIS_URL", "redis://127.0.0.1:6379")
WRITE = """
import sys
from context_memory import open_store
from context_toolkit import CachePolicy, ToolCache

url, namespace = sys.argv[1:]
with open_store(url, namespace=namespace) as store:
    cache = ToolCache({"read": CachePolicy.until_written("path")}, store=store)
    print(cache.call("read", {"path": "a.py"}, lambda: "not kept"))
    cache.call("Write", {"path": "/repo/a.py", "content": "y"}, lambda: None)
    print(cache.call("read", {"path": "a.py"}, lambda: "after"))
"""


@pytest.fixture(params=["sqlite", "files", "postgres", "redis"])
def url(request, tmp_path):
    """Return the URL of a store of each kind in turn, where its server runs."""
    if request.param == "postgres":
        psycopg = pytest.importorskip("psycopg")
        try:
            psycopg.connect(POSTGRES.replace("+psycopg", ""), connect_timeout=2).close()
        except psycopg.OperationalError:
            pytest.skip("needs PostgreSQL on 127.0.0.1:5432 (docker compose up -d), or CONTEXT_POSTGRES_URL")
    if request.param == "redis":
        redis = pytest.importorskip("redis")
        try:
            with redis.Redis.from_url(REDIS, socket_connect_timeout=2) as client:
                client.ping()
        except redis.exceptions.ConnectionError:
            pytest.skip("needs Redis on 127.0.0.1:6379 (docker compose up -d), or CONTEXT_REDIS_URL")
    urls = {"sqlite": f"sqlite:///{tmp_path}/context.db", "files": f"file://{tmp_path}/files"}
    return {**urls, "postgres": POSTGRES, "redis": REDIS}[request.param]


def empty(store):
    for session_id in store.sessions():
        store.purge(session_id)
    store.close()


def test_no_result_is_stale(url):
    """Two caches on one store serve what the tool would say now, as they do in memory."""
    machine = cache_machine(lambda: open_store(url, namespace=f"cache-{uuid4().hex[:12]}"), stop=empty)
    run_state_machine_as_test(machine, settings=settings(max_examples=5, stateful_step_count=25, database=None))


def test_another_process_writes(url):
    """A new process serves what this one kept, and what it writes takes it from this one."""
    namespace = f"cache-{uuid4().hex[:12]}"
    store = open_store(url, namespace=namespace)
    try:
        cache = ToolCache({"read": CachePolicy.until_written("path")}, store=store)
        cache.call("read", {"path": "a.py"}, lambda: "before")
        told = subprocess.check_output([sys.executable, "-c", WRITE, url, namespace], text=True)
        assert told.split() == ["before", "after"]
        assert cache.get("read", {"path": "a.py"}).value == "after"
    finally:
        empty(store)
