"""A time to live on Redis: what ends, when, and what is said of it afterwards."""

import time

import pytest

from context_core import ContentExpiredError, Node, NodeType, SessionExpiredError, SessionNotFoundError, graph_bytes
from context_core.testing.examples import example_graph
from context_core.testing.graph_store import compressed
from context_memory import RedisStore

pytest.importorskip("redis", reason='needs the Redis client: pip install "context-memory[redis]"')
pytest.importorskip("msgpack", reason='needs msgpack: pip install "context-memory[redis]"')

TTL = 0.4


@pytest.fixture
def store(redis_url, redis_namespace):
    with RedisStore(redis_url, redis_namespace, TTL) as store:
        yield store


@pytest.fixture
def lasting(redis_url, redis_namespace):
    with RedisStore(redis_url, redis_namespace) as store:
        yield store


def keys_of(store, client):
    prefix = store._space.keys.prefix
    return {key.removeprefix(prefix).partition(b":")[0] for key in client.scan_iter(match=prefix + b"*", count=10_000)}


def say(store, session_id, text):
    return store.append(session_id, [Node(f"{text}/0", NodeType.MESSAGE, "user", text, 5)], [])


def wait(ttls=1.6):
    time.sleep(TTL * ttls)


def names_of(changes):
    return {state.content_id for change in changes for state in (change.before, change.after) if state}


def test_a_session_ends_by_itself(store, redis_server):
    """When its time is over, the server has freed a session and its contents, and both are said to have expired."""
    _, changes = compressed(store)
    over = time.time() + TTL
    wait()
    assert store.sessions() == []
    for method in (store.load, store.manifest, store.version, store.info, store.purge, store.expire):
        with pytest.raises(SessionExpiredError) as caught:
            method("example")
        assert over - 0.3 <= caught.value.expired_at <= over + 0.1
    for name in names_of(changes):
        assert not store.has(name)
        with pytest.raises(ContentExpiredError) as missing:
            store.get(name)
        assert over - 0.3 <= missing.value.expired_at <= over + TTL / 4 + 0.1
    with pytest.raises(SessionNotFoundError) as unknown:
        store.load("unknown")
    assert not isinstance(unknown.value, SessionExpiredError)
    assert store.verify() == []
    while not keys_of(store, redis_server).isdisjoint({b"meta", b"nodes", b"changes", b"times", b"c"}):
        assert time.time() < over + 10
        time.sleep(0.05)


def test_writing_renews(store):
    """A session that is written to lives on, with all its contents from the first on, and ends after its last write."""
    graph = example_graph("s")
    store.append("s", graph.nodes(), graph.edges())
    for number in range(6):
        time.sleep(TTL / 2)
        say(store, "s", f"still here {number}")
    loaded = store.load("s")
    assert len(loaded) == len(graph) + 6
    assert store.verify() == []
    wait()
    with pytest.raises(SessionExpiredError):
        store.load("s")


def test_reading_does_not_renew(store):
    """A session that is only read ends when its time is over."""
    say(store, "s", "hi")
    over = time.monotonic() + TTL
    while time.monotonic() < over - 0.1:
        assert len(store.load("s")) == 1
        time.sleep(0.01)
    wait(0.5)
    with pytest.raises(SessionExpiredError):
        store.load("s")


def test_collecting_what_is_left(store, redis_server):
    """A collection frees the counts of what expired; that it was there stays known, and a session may begin anew."""
    _, changes = compressed(store)
    store.put([b"put by hand"])
    wait()
    store.gc()
    assert {b"holds", b"held", b"due"} <= keys_of(store, redis_server)
    store.gc(dry_run=False)
    assert keys_of(store, redis_server) == {b"tombs"}
    with pytest.raises(SessionExpiredError):
        store.load("example")
    for name in names_of(changes):
        with pytest.raises(ContentExpiredError):
            store.get(name)
    graph, _ = compressed(store)
    assert graph_bytes(store.load("example")) == graph_bytes(graph)
    assert store.version("example") == 3


def test_beginning_anew_before_a_collection(store, redis_server):
    """A session may begin anew under an id that expired, and purging it then leaves neither it nor its contents."""
    compressed(store)
    wait()
    graph, _ = compressed(store)
    assert graph_bytes(store.load("example")) == graph_bytes(graph)
    assert store.purge("example").contents > 0
    with pytest.raises(SessionNotFoundError) as caught:
        store.load("example")
    assert not isinstance(caught.value, SessionExpiredError)
    assert b"c" not in keys_of(store, redis_server)
    assert store.sessions() == []


def test_contents_that_are_shared(store):
    """A content that an expired session shared with a living one stays, and goes when that one is purged."""
    say(store, "ends", "said by both")
    say(store, "lives", "said by both")
    for number in range(4):
        time.sleep(TTL / 2)
        say(store, "lives", f"{number}")
    assert store.sessions() == ["lives"]
    assert store.load("lives").node("said by both/0").content == "said by both"
    assert store.purge("lives").contents == 5
    assert store.gc(dry_run=False, abandoned_seconds=0).abandoned == ()


def test_contents_that_were_put(store):
    """A content that nobody points to ends like a session, may be put again, and then counts anew."""
    [name] = store.put([b"put by hand"])
    wait()
    with pytest.raises(ContentExpiredError):
        store.get(name)
    store.put([b"put by hand"])
    assert store.get(name) == b"put by hand"
    assert store.delete(name) is True


def test_a_store_without_a_time(store, lasting):
    """A write by a store without a time to live makes the session, and all it holds, stay."""
    graph = example_graph()
    store.append("example", graph.nodes(), graph.edges())
    lasting.append("example", [], [])
    wait()
    assert graph_bytes(store.load("example")) == graph_bytes(graph)
    assert store.verify() == []


def test_a_store_with_a_time_on_a_lasting_session(store, lasting):
    """A write by a store with a time to live gives the session one; what lasted of it goes by a collection."""
    say(lasting, "s", "lasting")
    say(store, "s", "for a while")
    wait()
    with pytest.raises(SessionExpiredError):
        lasting.load("s")
    told = lasting.gc()
    assert told.dry_run
    assert len(told.contents) == 1
    assert lasting.gc(dry_run=False).contents == told.contents
    with pytest.raises(ContentExpiredError):
        lasting.get(told.contents[0])


def test_what_expired_long_ago(store, redis_server):
    """What expired more than 30 days ago is forgotten by a collection."""
    compressed(store)
    store.expire("example")
    tombs = store._space.keys.tombs
    for name, over in redis_server.zrange(tombs, 0, -1, withscores=True):
        redis_server.zadd(tombs, {name: over - 31 * 24 * 3600 * 1000})
    store.gc(dry_run=False)
    with pytest.raises(SessionNotFoundError) as caught:
        store.load("example")
    assert not isinstance(caught.value, SessionExpiredError)
    assert keys_of(store, redis_server) == set()
