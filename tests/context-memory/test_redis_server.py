"""A Redis server that goes down, comes back, is full, or lets nobody in; each test has a server of its own."""

import os
import shutil
import socket
import subprocess
import time

import pytest

from context_core import ContextGraph, Node, NodeType, StoreError, graph_bytes, replace
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import compressed
from context_memory import RedisStore
from context_memory.redis.turns import in_turn

redis = pytest.importorskip("redis", reason='needs the Redis client: pip install "context-memory[redis]"')
pytest.importorskip("msgpack", reason='needs msgpack: pip install "context-memory[redis]"')


class OwnServer:
    """A server on a free port, with its files in a folder of its own."""

    def __init__(self, folder):
        if shutil.which("redis-server") is None:
            pytest.skip("needs the program redis-server, to start and to kill one")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.password = None
        self.process = None

    @property
    def url(self):
        user = f":{self.password}@" if self.password else ""
        return f"redis://{user}127.0.0.1:{self.port}"

    def start(self, *options):
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        password = ["--requirepass", self.password] if self.password else []
        self.process = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "yes", "--appendfsync", "always", *password, *options],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with redis.Redis.from_url(self.url, protocol=2) as client:
                    client.ping()
                return
            except redis.exceptions.ConnectionError:
                time.sleep(0.02)
        pytest.fail("the server did not start")

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path):
    server = OwnServer(tmp_path)
    yield server
    server.kill()


def say(store, text):
    return store.append("s", [Node(f"{text[:20]}/0", NodeType.MESSAGE, "user", text, 5)], [])


def test_a_restart(server):
    """While the server is down, calls are an error that says so; once it is back, so is every acknowledged write."""
    server.password = "secret"
    server.start()
    with RedisStore(server.url) as store:
        graph, changes = compressed(store)
        server.kill()
        for call in (
            store.sessions,
            lambda: store.load("example"),
            lambda: store.put([b"x"]),
            lambda: say(store, "x"),
            lambda: store.purge("example"),
        ):
            with pytest.raises(StoreError, match=f"redis://127.0.0.1:{server.port}/0 cannot be reached") as caught:
                call()
            assert "secret" not in str(caught.value)
        assert "secret" not in repr(store)
        server.start()
        assert graph_bytes(store.load("example")) == graph_bytes(graph)
        assert store.manifest("example").changes == tuple(changes)
        assert say(store, "back again") == 1
        assert store.verify() == []


def test_a_server_that_is_not_there():
    """A server that does not answer is an error that names it without its password."""
    with pytest.raises(StoreError, match=r"redis://user@127.0.0.1:1/0 cannot be reached") as caught:
        RedisStore("redis://user:secret@127.0.0.1:1")
    assert "secret" not in str(caught.value)


def test_another_password(server):
    """A server that refuses the password, or asks for one, is an error that says so and quotes none."""
    server.password = "right"
    server.start()
    for url, words in (("redis://:secret@", "refuses the user or password"), ("redis://", "password")):
        with pytest.raises(StoreError, match=words) as caught:
            RedisStore(f"{url}127.0.0.1:{server.port}")
        assert "secret" not in str(caught.value)


def test_a_connection_that_lies_idle(server):
    """Connections that the server closed while they lay idle are replaced without a word."""
    server.start()
    with RedisStore(server.url) as store:
        say(store, "before")
        with redis.Redis.from_url(server.url, protocol=2) as other:
            other.client_kill_filter(_type="normal", skipme=True)
        assert say(store, "after") == 1
        assert len(store.load("s")) == 2


def test_a_lost_connection(server):
    """A connection that is lost within a write is an error, nothing is written by halves, and the next call works."""
    server.start()
    with RedisStore(server.url) as store, redis.Redis.from_url(server.url, protocol=2) as other:
        say(store, "before")

        def cut(pipe, seen):
            pipe.multi()
            pipe.set(store._space.keys.meta("s"), b"never")
            other.client_kill_filter(_type="normal", skipme=True)
            pipe.execute()

        with pytest.raises(StoreError, match="connection was lost; check the server, and repeat the call"):
            in_turn(store._space, "s", cut)
        assert [node.content for node in store.load("s").nodes()] == ["before"]
        assert say(store, "after") == 1


def test_a_full_server(server):
    """A server without memory takes no write, all or none; reading and purging go on, and then writing does."""
    server.start("--maxmemory", "12mb", "--maxmemory-policy", "noeviction", "--appendfsync", "no")
    with RedisStore(server.url) as store, redis.Redis.from_url(server.url, protocol=2) as client:
        graph, _ = compressed(store)
        with pytest.raises(StoreError, match="is out of memory, and wrote nothing; raise its maxmemory"):
            fill(store)
        there = len(store.load("fill"))
        assert there > 5
        # What is used goes up and down with the buffers of connections, so the limit is set well below it.
        client.config_set("maxmemory", client.info("memory")["used_memory"] - 500_000)
        other = example_graph("other")
        for call in (
            lambda: store.put([os.urandom(100_000), b"small"]),
            lambda: store.append("fill", [large(number) for number in range(500, 503)], []),
            lambda: store.append("other", other.nodes(), other.edges()),
            lambda: store.commit("example", replace(graph, pointer(graph), store)),
        ):
            with pytest.raises(StoreError, match="out of memory"):
                call()
        assert len(store.load("fill")) == there
        assert store.sessions() == ["example", "fill"]
        assert store.verify() == []
        assert store.purge("fill").contents == there
        assert store.append("other", other.nodes(), other.edges()) == len(other)
        assert graph_bytes(store.load("other")) == graph_bytes(other)
        assert store.gc(dry_run=False, abandoned_seconds=0).abandoned == ()


def fill(store):
    for number in range(200):
        store.append("fill", [large(number)], [])


def large(number):
    return Node(f"{number}/0", NodeType.MESSAGE, "user", f"{number}" + os.urandom(100_000).hex(), 5)


def test_a_replica(server, tmp_path):
    """A server that is a replica says that it cannot be written."""
    server.start("--replicaof", "127.0.0.1", "1")
    with (
        RedisStore(server.url) as store,
        pytest.raises(StoreError, match=r"replica that cannot be written; name its primary"),
    ):
        store.put([b"x"])


def test_a_message_holds_no_content(server):
    """What goes wrong in a transaction is told without the command, which may hold contents."""
    server.start("--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
    graph = ContextGraph("s")
    graph.add_message("user", "a word of the session")
    with RedisStore(server.url) as store:
        with pytest.raises(StoreError, match="out of memory") as caught:
            store.append("s", graph.nodes(), graph.edges())
        assert "a word" not in str(caught.value)
        assert len(str(caught.value)) < 300
        assert store.sessions() == []
