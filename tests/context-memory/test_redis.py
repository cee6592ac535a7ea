"""Redis passes the shipped contracts, is compared with a dict, and holds what it says in its keys and no more."""

import os
from uuid import uuid4

import pytest
from hypothesis import settings

from context_core import (
    ContentNotFoundError,
    ContextGraph,
    Node,
    NodeType,
    Replacement,
    StoreError,
    graph_bytes,
    replace,
)
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.content_store_machine import content_store_machine
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import GraphStoreContract, compressed
from context_core.testing.graph_store_machine import graph_store_machine
from context_core.testing.journal import JournalContract, lived
from context_core.testing.namespaces import NamespaceContract
from context_core.testing.upkeep import UpkeepContract
from context_memory import RedisStore, SQLiteStore, copy_session, open_store

pytest.importorskip("redis", reason='needs the Redis client: pip install "context-memory[redis]"')
pytest.importorskip("msgpack", reason='needs msgpack: pip install "context-memory[redis]"')

URL = os.environ.get("CONTEXT_REDIS_URL", "redis://127.0.0.1:6379")


@pytest.fixture
def store(redis_url, redis_namespace):
    with RedisStore(redis_url, redis_namespace) as store:
        yield store


def keys_of(store, client):
    return set(client.scan_iter(match=store._space.keys.prefix + b"*", count=10_000))


class TestRedisStore(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract, NamespaceContract):
    @pytest.fixture
    def store(self, store):
        return store

    @pytest.fixture
    def tenants(self, store, redis_url):
        with RedisStore(redis_url, f"{store.namespace}größe \ud83d") as other:
            yield store, other


class TestRedisStoreWithTimeToLive(GraphStoreContract, UpkeepContract):
    @pytest.fixture
    def store(self, redis_url, redis_namespace):
        with RedisStore(redis_url, redis_namespace, 60) as store:
            yield store


def start():
    return RedisStore(URL, f"test-{uuid4().hex}")


def restart(store):
    store.close()
    return RedisStore(URL, store.namespace)


def stop(store):
    with store._server.using() as client:
        client.delete(b"none", *keys_of(store, client))
    store.close()


@pytest.mark.usefixtures("redis_server")
class TestRedisContents(content_store_machine(start, restart=restart, stop=stop).TestCase):
    settings = settings(max_examples=20, stateful_step_count=20, deadline=None)


@pytest.mark.usefixtures("redis_server")
class TestRedisSessions(graph_store_machine(start, restart=restart, stop=stop).TestCase):
    settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


# ── URLs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_url(redis_url, redis_namespace):
    """A Redis URL opens the store, and a second store on it finds what the first has written."""
    graph = ContextGraph("s")
    graph.add_message("user", "hi")
    with open_store(redis_url, namespace=redis_namespace) as one, RedisStore(redis_url, redis_namespace) as other:
        one.append("s", graph.nodes(), graph.edges())
        assert graph_bytes(other.load("s")) == graph_bytes(graph)


def test_a_time_to_live_in_the_url(redis_url, redis_namespace):
    """A URL may give the time to live, and an argument counts for more."""
    with open_store(f"{redis_url}?ttl_seconds=90", namespace=redis_namespace) as store:
        assert store.ttl_seconds == 90
    with RedisStore(f"{redis_url}?ttl_seconds=90", redis_namespace, 30) as store:
        assert store.ttl_seconds == 30


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("user:secret@host", "without '://'"),
        ("http://user:secret@host", "scheme 'http'"),
        ("redis://user:secret@host:port/0", "cannot be read"),
        ("redis://user:secret@host/secret", "no number of a database"),
        ("redis://user:secret@host?decode_responses=secret", "'decode_responses'; expected ttl_seconds"),
        ("redis://user:secret@host?ttl_seconds=secret", "no number"),
        ("redis://user:secret@host?socket_timeout=secret", "does not take"),
        ("redis://user:secret@host?ttl_seconds=0", "got ttl_seconds=0.0"),
        ("redis://user:secret@host?ttl_seconds=nan", "got ttl_seconds=nan"),
    ],
)
def test_other_urls(url, message):
    """Any other URL is refused with what is expected, and without the password that stands in it."""
    with pytest.raises(ValueError, match=message) as caught:
        RedisStore(url)
    assert "secret" not in str(caught.value)


def test_a_closed_store(redis_url, redis_namespace):
    """A closed store says so, and closing it twice is no error."""
    store = RedisStore(redis_url, redis_namespace)
    store.close()
    store.close()
    for call in (store.sessions, lambda: store.put([b"x"]), lambda: store.append("s", [], [])):
        with pytest.raises(StoreError, match="was closed; open it again"):
            call()


# ── what stands in the keys ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_purge_leaves_nothing(store, redis_server):
    """After a purge no key, member or value on the whole server holds a word of the session."""
    canary = uuid4().hex[:12]
    name = f"session {canary}"
    graph = ContextGraph(name)
    graph.add(Node(f"{canary}/0", NodeType.MESSAGE, "user", canary, 5, metadata={canary: canary}))
    graph.add_tool_call(canary, {canary: canary})
    store.append(name, graph.nodes(), graph.edges())
    store.commit(name, replace(graph, pointer_to_first(graph), store))
    store.append("other", example_graph("other").nodes(), [])
    assert canary.encode() in dump(redis_server)
    erased = store.purge(name)
    assert (erased.nodes, erased.changes) == (2, 1)
    assert canary.encode() not in dump(redis_server)
    store.purge("other")
    assert keys_of(store, redis_server) == set()


def pointer_to_first(graph):
    node = next(graph.nodes())
    short = node.evolve(content="…", tokens=1, metadata={**node.metadata, "elided": graph.reference(node.id)})
    return [Replacement(node, short, "example", "lossless")]


def dump(client):
    """Return all keys and values of the server, one after another."""
    readers = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"zset": lambda key: client.zrange(key, 0, -1),
    }
    parts = []
    for key in client.scan_iter(count=10_000):
        reader = readers.get(client.type(key))
        value = None if reader is None else reader(key)  # another test's key may have gone
        parts.append(key)
        for part in [*value.keys(), *value.values()] if isinstance(value, dict) else value or []:
            parts.append(part if isinstance(part, bytes) else b"")
        parts.append(value if isinstance(value, bytes) else b"")
    return b"\x00".join(parts)


def test_what_is_deleted_leaves_nothing(store, redis_server):
    """When every put is taken back, no key is left, not even a count."""
    names = store.put([b"", b"twice", b"twice", b"x" * 100_000])
    for name in names:
        store.delete(name)
    assert keys_of(store, redis_server) == set()


def test_a_held_content_stays(store):
    """A content that a session points to stays, however often it is deleted, and goes with the session."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    changes = replace(graph, pointer(graph), store)
    store.commit("example", changes)
    name = changes[0].before.content_id
    assert [store.delete(name) for _ in range(3)] == [False, False, False]
    assert store.has(name)
    store.purge("example")
    assert not store.has(name)


def test_sizes_are_kept(store):
    """What a session's info says was counted along with every write, and is what a look into the graph gives."""
    lived(store)
    for version in range(8):
        copy = f"copy {version}"
        copy_session(store, store, "example", as_session=copy, version=version)
        graph, info = store.load(copy), store.info(copy)
        assert info.nodes == len(graph)
        assert info.content_bytes == sum(len(node.content.encode("utf-8", "surrogatepass")) for node in graph.nodes())


def test_a_session_from_another_kind_of_store(store, tmp_path):
    """A session moves from SQLite to Redis and back with all its versions."""
    with SQLiteStore(tmp_path / "one.db") as sqlite, SQLiteStore(tmp_path / "other.db") as back:
        states = lived(sqlite)
        assert copy_session(sqlite, store, "example") == 7
        assert copy_session(store, back, "example") == 7
        for each in (store, back):
            assert [graph_bytes(each.load("example", version=v)) for v in range(8)] == states


def test_many_nodes_and_large_contents(store):
    """A session of thousands of nodes, some of them large, comes back."""
    graph = ContextGraph("s")
    for number in range(3_500):
        graph.add_message("user", f"{number} " * (40_000 if number % 700 == 0 else 3))
    assert store.append("s", graph.nodes(), graph.edges()) == 3_500
    assert graph_bytes(store.load("s")) == graph_bytes(graph)
    assert store.append("s", graph.nodes(), graph.edges()) == 0
    erased = store.purge("s")
    assert (erased.nodes, erased.contents) == (3_500, 3_500)


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]


def damaged_hash(client, key):
    field = sorted(client.hkeys(key))[0]
    client.hset(key, field, flipped(client.hget(key, field)))


def damaged_list(client, key):
    client.lset(key, 0, flipped(client.lindex(key, 0)))


def damaged_string(client, key):
    client.set(key, flipped(client.get(key)))


@pytest.mark.parametrize(
    ("key", "damage", "kind", "reads"),
    [
        ("meta", damaged_string, "session", lambda store: store.info("example")),
        ("nodes", damaged_hash, "node", lambda store: store.load("example")),
        ("changes", damaged_list, "change", lambda store: store.manifest("example")),
        ("times", damaged_list, "session", lambda store: store.history("example")),
        ("holds", damaged_list, "session", None),
    ],
)
def test_a_flipped_bit_in_a_session(store, redis_server, key, damage, kind, reads):
    """A bit that flips in any entry of a session is named by a verification, and by who reads it."""
    compressed(store)
    damage(redis_server, getattr(store._space.keys, key)("example"))
    [fault] = store.verify()
    assert (fault.kind, fault.session_id) == (kind, "example")
    assert "damaged" in fault.problem
    if reads is not None:
        with pytest.raises((StoreError, ValueError), match="damaged"):
            reads(store)


@pytest.mark.parametrize("content", [b"not compressed", b"compressed " * 500])
def test_a_flipped_bit_in_a_content(store, redis_server, content):
    """A bit that flips in a content is named by a verification, and by who reads it; so is one in its head."""
    [name] = store.put([content])
    key = store._space.keys.content(bytes.fromhex(name))
    value = redis_server.get(key)
    for at in (0, 8, 9, len(value) - 1):
        redis_server.set(key, value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :])
        faults = store.verify()
        # The size of a content that is not compressed is told by its bytes as well.
        if faults or not (at == 8 and content == b"not compressed"):
            assert [(fault.kind, fault.name) for fault in faults] == [("content", name)]
            with pytest.raises(ValueError, match="do not hash"):
                store.get(name)


def test_a_bomb(store, redis_server):
    """A frame that would unpack to more than the content's size is refused before anything is allocated for it."""
    import zstandard

    [name] = store.put([b"compressed " * 500])
    key = store._space.keys.content(bytes.fromhex(name))
    head = redis_server.get(key)[:9]
    redis_server.set(key, head + zstandard.ZstdCompressor().compress(bytes(1 << 28)))
    with pytest.raises(ValueError, match="do not hash"):
        store.get(name)


def test_a_content_that_is_gone(store, redis_server):
    """A node whose content is gone from the server is named by a verification, and by who loads the session."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    [(name, _), *_] = redis_server.hgetall(store._space.keys.held).items()
    redis_server.delete(store._space.keys.content(name))
    assert {(fault.kind, fault.session_id) for fault in store.verify()} == {("node", "example")}
    with pytest.raises(ContentNotFoundError) as caught:
        store.load("example")
    assert caught.value.content_ids == (name.hex(),)
