"""A wrapper of a store is a store: it passes the same tests, and does what it is for."""

import secrets
import threading

import pytest
from hypothesis import settings

from context_core import (
    ContentCorruptedError,
    ContentNotFoundError,
    MemoryContentStore,
    MemoryStore,
    StoreError,
    graph_bytes,
    replace,
    restore,
)
from context_core.hashing import content_id
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.content_store_machine import content_store_machine
from context_core.testing.examples import example_graph, pointer
from context_core.testing.graph_store import GraphStoreContract, compressed
from context_core.testing.graph_store_machine import graph_store_machine
from context_core.testing.journal import JournalContract, lived
from context_core.testing.upkeep import UpkeepContract
from context_memory import (
    BlobContentStore,
    Cached,
    CachedContents,
    Compressed,
    Encrypted,
    Expiring,
    MemoryBlobs,
    ReadOnly,
    ReadOnlyContents,
)

# ── cached ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class TestCached(ContentStoreContract, GraphStoreContract, JournalContract, UpkeepContract):
    @pytest.fixture(params=[0, 2_000, 100_000_000])
    def store(self, request):
        with Cached(MemoryStore(), request.param) as store:
            yield store


class TestCachedContents(ContentStoreContract):
    @pytest.fixture
    def store(self):
        return CachedContents(MemoryContentStore(), 2_000)


TestCachedMachine = content_store_machine(lambda: CachedContents(MemoryContentStore(), 1_500)).TestCase
TestCachedMachine.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)

TestCachedSessions = graph_store_machine(lambda: Cached(MemoryStore(), 1_500)).TestCase
TestCachedSessions.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)


def test_a_second_read_comes_from_memory():
    """What was read is given from memory the next time, and what was not read for longest makes room."""
    store = CachedContents(MemoryContentStore(), 250)
    one, two, three = store.put([b"1" * 100, b"2" * 100, b"3" * 100])
    for name, hits in [(one, 0), (one, 1), (two, 1), (one, 2), (three, 2), (one, 3), (two, 3), (three, 3)]:
        assert len(store.get(name)) == 100
        assert store.hits == hits


def test_what_is_larger_than_the_cache():
    """A content larger than the cache is read each time, and drives nothing out."""
    store = CachedContents(MemoryContentStore(), 250)
    small, large = store.put([b"small", b"large" * 100])
    for name in (small, large, large, small):
        store.get(name)
    assert store.hits == 1


def test_what_is_deleted_below_is_not_given():
    """A content that was deleted in the store below, not through the cache, is not there."""
    below = MemoryContentStore()
    store = CachedContents(below, 1_000)
    [name] = store.put([b"gone"])
    store.get(name)
    below.delete(name)
    with pytest.raises(ContentNotFoundError):
        store.get(name)
    store.put([b"gone"])
    assert (store.get(name), store.hits) == (b"gone", 0)


def test_what_expires_below_is_not_given():
    """A content whose time is over below is expired, though it is in memory; a purged session's likewise."""
    now = 1000.0
    store = CachedContents(BlobContentStore(Expiring(MemoryBlobs(), 60, clock=lambda: now)), 1_000)
    [name] = store.put([b"short-lived"])
    assert store.get(name) == store.get(name) == b"short-lived"
    now = 2000.0
    with pytest.raises(ContentNotFoundError):
        store.get(name)
    managed = Cached(MemoryStore(), 1_000_000)
    _, changes = compressed(managed)
    managed.get(changes[0].before.content_id)
    managed.purge("example")
    with pytest.raises(ContentNotFoundError):
        managed.get(changes[0].before.content_id)


def test_a_cache_of_many_threads():
    """Threads that read through one small cache get what they ask for, and it stays within its size."""
    store = CachedContents(MemoryContentStore(), 1_000)
    contents = [bytes([number]) * 300 for number in range(10)]
    names, failed = store.put(contents), []

    def work():
        for turn in range(300):
            place = secrets.randbelow(10) if turn % 3 else 0
            if store.get(names[place]) != contents[place]:
                failed.append(place)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert store._cache._bytes == sum(map(len, store._cache._kept.values())) <= 1_000


def test_wrong_arguments():
    """A size below zero, and a store without sessions in the place of one with them, are refused."""
    with pytest.raises(ValueError, match="max_bytes=-1"):
        CachedContents(MemoryContentStore(), -1)
    for wrapper in (ReadOnly, lambda store: Cached(store, 0)):
        with pytest.raises(TypeError, match="got a MemoryContentStore"):
            wrapper(MemoryContentStore())


# ── read-only ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reading_a_read_only_store():
    """Every read of a read-only store is that of the store below."""
    below = MemoryStore()
    states = lived(below)
    store = ReadOnly(below)
    assert [graph_bytes(store.load("example", version=v)) for v in range(len(states))] == states
    assert store.manifest("example") == below.manifest("example")
    assert (store.version("example"), store.info("example")) == (below.version("example"), below.info("example"))
    assert (list(store.history("example")), store.sessions()) == (below.history("example"), ["example"])
    assert (store.gc(abandoned_seconds=0), list(store.verify())) == (below.gc(abandoned_seconds=0), [])
    for name in store.manifest("example").content_ids():
        assert store.has(name)
        assert ReadOnlyContents(below).get(name) == store.get(name) == below.get(name)
    loaded = store.load("example")
    restore(loaded, store.manifest("example"), store)
    assert "later" in [node.content for node in loaded.nodes()]


def test_writing_to_a_read_only_store():
    """Every write to a read-only store is an error that says so, and changes nothing."""
    below = MemoryStore()
    graph, _ = compressed(below)
    [name] = below.put([b"stays"])
    before, store = below.history("example"), ReadOnly(below)
    writes = [
        lambda: store.put([b"x"]),
        lambda: store.delete(name),
        lambda: store.append("example", [], []),
        lambda: store.commit("example", []),
        lambda: store.record("new", before),
        lambda: store.purge("example"),
        lambda: store.expire("example"),
        lambda: store.gc(dry_run=False),
        lambda: ReadOnlyContents(below).put([b"x"]),
        lambda: ReadOnlyContents(below).delete(name),
        lambda: replace(example_graph("new"), pointer(example_graph("new")), store),
    ]
    for write in writes:
        with pytest.raises(StoreError, match="open for reading only"):
            write()
    assert below.history("example") == before
    assert below.has(name)
    assert not below.has(content_id(b"x"))
    assert graph_bytes(store.load("example")) == graph_bytes(graph)


# ── compressed ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dictionary_shrinks_what_is_small():
    """With a dictionary that resembles it, a small blob takes less room, and only that dictionary reads it."""
    dictionary, data = b'{"role": "assistant", "content": "I read the file."}' * 4, b'{"role": "assistant"}'
    with_it, without = MemoryBlobs(), MemoryBlobs()
    Compressed(with_it, dictionary=dictionary).write("kind/a", data)
    Compressed(without).write("kind/a", data)
    assert len(with_it.read("kind/a")) < len(without.read("kind/a"))
    assert Compressed(with_it, dictionary=dictionary).read("kind/a") == data
    for other in (None, b"another one" * 20):
        with pytest.raises(StoreError, match="another dictionary"):
            Compressed(with_it, dictionary=other).read("kind/a")


def test_a_blob_that_says_it_is_huge():
    """A blob that would unpack to more than is allowed, or than was recorded, is not unpacked."""
    inner = MemoryBlobs()
    Compressed(inner).write("kind/bomb", b"0" * 50_000_000)
    assert len(inner.read("kind/bomb")) < 10_000
    with pytest.raises(StoreError, match="50,000,000 bytes; expected at most 1,000: raise max_bytes"):
        Compressed(inner, max_bytes=1_000).read("kind/bomb")
    with pytest.raises(StoreError, match="raise max_bytes"):
        Compressed(inner, max_bytes=1_000).write("kind/large", b"0" * 1_001)
    Compressed(inner).write("kind/small", b"0" * 1_000)
    head = inner.read("kind/small")[:25]
    inner.write("kind/small", head + inner.read("kind/bomb")[25:])
    with pytest.raises(ContentCorruptedError):
        Compressed(inner).read("kind/small")


# ── encrypted ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def key():
    pytest.importorskip("cryptography")
    return secrets.token_bytes(32)


def test_nothing_is_readable_without_the_key(key):
    """Neither a content nor its id, a hash that would tell who guesses it, stands in what is stored."""
    inner = MemoryBlobs()
    [name] = BlobContentStore(Encrypted(inner, key)).put([b"a secret text"])
    stored = "".join(inner.names()).encode() + b"".join(inner.read(each) for each in inner.names())
    assert all(part not in stored for part in (b"secret", name.encode(), b"contents", b"puts", key))
    assert BlobContentStore(Encrypted(inner, key)).get(name) == b"a secret text"


def test_equal_contents_under_two_keys(key):
    """The same content under two keys has no stored byte string in common, so tenants cannot be compared."""
    one, other = MemoryBlobs(), MemoryBlobs()
    BlobContentStore(Encrypted(one, key)).put([b"the same"])
    BlobContentStore(Encrypted(other, secrets.token_bytes(32))).put([b"the same"])
    assert not {name.rpartition("/")[2] for name in one.names()} & {name.rpartition("/")[2] for name in other.names()}


def test_a_wrong_key(key):
    """Opening with another key is an error that names ids of keys, and no key stands in it or in a repr."""
    inner = MemoryBlobs()
    blobs = Encrypted(inner, key)
    Encrypted(inner, secrets.token_bytes(32))  # nothing is there yet
    BlobContentStore(blobs).put([b"x"])
    wrong = secrets.token_bytes(32)
    with pytest.raises(StoreError, match="there are blobs under keys of ids .*: give these keys, too") as caught:
        Encrypted(inner, wrong)
    for told in (str(caught.value), repr(blobs), repr(BlobContentStore(blobs)), repr(blobs._keys)):
        assert all(secret.hex() not in told and repr(secret) not in told for secret in (key, wrong))


@pytest.mark.parametrize("keys", [(), (b"short",), (bytes(32), b"secret" * 8)])
def test_keys_that_are_none(keys):
    """A key is of 32 bytes, and the error does not quote it."""
    with pytest.raises(ValueError, match="expected one or more of 32") as caught:
        Encrypted(MemoryBlobs(), *keys)
    assert "secret" not in str(caught.value)


def test_swapped_blobs(key):
    """A blob that was moved to the place of another one does not open."""
    inner = MemoryBlobs()
    blobs = Encrypted(inner, key)
    blobs.write("kind/mine", b"mine")
    blobs.write("kind/theirs", b"theirs")
    mine, theirs = (name for name in inner.names() if not name.startswith("keys/"))
    inner.write(mine, inner.read(theirs))
    with pytest.raises(ContentCorruptedError):
        blobs.read("kind/mine")
    assert blobs.read("kind/theirs") == b"theirs"


def test_a_new_key(key):
    """With a new and an old key all is read and the new one writes; after the rotation the new one is enough."""
    inner, new = MemoryBlobs(), secrets.token_bytes(32)
    [old, again] = BlobContentStore(Encrypted(inner, key)).put([b"old", b"again"])
    blobs = Encrypted(inner, new, key)
    store = BlobContentStore(blobs)
    [later] = store.put([b"later"])
    store.put([b"again"])
    assert [store.get(name) for name in (old, again, later)] == [b"old", b"again", b"later"]
    with pytest.raises(StoreError, match="give these keys"):
        Encrypted(inner, new)
    assert blobs.rotate() == 3  # the old content, and two marks; the other content was written anew
    assert blobs.rotate() == 0
    alone = BlobContentStore(Encrypted(inner, new))
    assert [alone.get(name) for name in (old, again, later)] == [b"old", b"again", b"later"]
    assert [alone.delete(again), alone.delete(again)] == [False, True]
    with pytest.raises(StoreError, match="give these keys"):
        Encrypted(inner, key)
