"""Blobs of every kind, and the contents over them, pass the same tests."""

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from context_core import ContentCorruptedError, ContentExpiredError, ContentNotFoundError, StoreError
from context_core.hashing import content_id
from context_core.testing.content_store import ContentStoreContract
from context_core.testing.content_store_machine import content_store_machine
from context_memory import (
    BlobContentStore,
    Blobs,
    Compressed,
    Encrypted,
    Expiring,
    FolderBlobs,
    FsspecBlobs,
    MemoryBlobs,
)
from context_memory.blobs.protocol import checked

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
DICTIONARY = b"the same line\n" * 10


def encrypted(inner, *keys):
    pytest.importorskip("cryptography")
    return Encrypted(inner, *(keys or (KEY,)))


def in_fsspec(folder, scheme):
    pytest.importorskip("fsspec")
    return FsspecBlobs(f"{scheme}://{folder}/blobs")


KINDS = {
    "memory": lambda folder: MemoryBlobs(),
    "folder": FolderBlobs,
    "fsspec memory": lambda folder: in_fsspec(folder, "memory"),
    "fsspec file": lambda folder: in_fsspec(folder, "file"),
    "compressed": lambda folder: Compressed(MemoryBlobs()),
    "compressed with a dictionary": lambda folder: Compressed(MemoryBlobs(), dictionary=DICTIONARY),
    "encrypted": lambda folder: encrypted(MemoryBlobs()),
    "encrypted anew": lambda folder: encrypted(MemoryBlobs(), KEY, OTHER_KEY),
    "expiring": lambda folder: Expiring(MemoryBlobs(), 3600),
    "all in one": lambda folder: Expiring(Compressed(encrypted(MemoryBlobs())), 3600),
}


@pytest.fixture(params=KINDS)
def blobs(request, tmp_path):
    return KINDS[request.param](tmp_path)


class TestContents(ContentStoreContract):
    @pytest.fixture
    def store(self, blobs):
        return BlobContentStore(blobs)


def machine(start):
    case = content_store_machine(start, restart=lambda store: BlobContentStore(store._blobs)).TestCase
    case.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
    return case


TestMemoryMachine = machine(lambda: BlobContentStore(MemoryBlobs()))
TestCompressedMachine = machine(lambda: BlobContentStore(Compressed(MemoryBlobs())))
TestEncryptedMachine = machine(lambda: BlobContentStore(encrypted(MemoryBlobs(), KEY, OTHER_KEY)))
TestExpiringMachine = machine(lambda: BlobContentStore(Expiring(MemoryBlobs(), 3600)))


# ── any blobs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_read_write_remove(blobs):
    """A blob is there from its write to its removal, with the bytes that were written last."""
    assert isinstance(blobs, Blobs)
    assert blobs.read("kind/a") is None
    for data in (b"", b"one", b"two" * 100_000):
        blobs.write("kind/a", data)
        assert blobs.read("kind/a") == data
        assert blobs.has("kind/a")
    blobs.remove("kind/a")
    blobs.remove("kind/a")
    assert not blobs.has("kind/a")
    assert blobs.read("kind/a") is None


def test_names_of_a_prefix(blobs):
    """Names are found by whole parts of theirs, and by nothing else."""
    names = ["a/b/c", "a/b/d", "a/bb", "ab/c", "x/y.z-0_1"]
    assert list(blobs.names()) == []
    for name in names:
        blobs.write(name, b"")
    assert sorted(blobs.names()) == sorted(names)
    assert sorted(blobs.names("a/")) == ["a/b/c", "a/b/d", "a/bb"]
    assert sorted(blobs.names("a/b/")) == ["a/b/c", "a/b/d"]
    assert list(blobs.names("nothing/")) == []


BAD = ["", "a", "/a", "a/", "../a", "a/..", "a/../b", "a//b", "a/.b", "A/b", "a/b\0", "a/b\n", "a\\b/c", "a/ü", "a/~b"]


@pytest.mark.parametrize("name", [*BAD, "a/" + "b" * 239])
def test_names_that_are_none(blobs, name):
    """A name that could lead out of a folder, or that a file system may not take, is refused by every method."""
    for method in (blobs.read, blobs.has, blobs.remove, lambda name: blobs.write(name, b"x")):
        with pytest.raises(ValueError, match="blob name"):
            method(name)
    with pytest.raises(ValueError, match="prefix"):
        list(blobs.names("../"))


@settings(max_examples=300)
@given(st.text(max_size=12, alphabet="a./~\\A-_0\0 "))
def test_no_name_leaves_its_folder(tmp_path_factory, name):
    """Whatever a name is, it is refused, or its file lies in the folder."""
    blobs = FolderBlobs("/a/folder")
    try:
        path = blobs.path(name)
    except ValueError:
        return
    assert os.path.normpath(path).startswith("/a/folder/")
    assert checked(name) == name


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_killed_write_leaves_no_blob(tmp_path):
    """What was half written has no name, and can be swept away."""
    blobs = FolderBlobs(tmp_path)
    blobs.write("kind/a", b"x")
    (tmp_path / ".scratch" / ".tmp-left").write_bytes(b"half")
    assert list(blobs.names()) == ["kind/a"]
    assert blobs.sweep() == 1
    assert list((tmp_path / ".scratch").iterdir()) == []


def test_a_folder_that_is_a_file(tmp_path):
    """A file in the place of the folder is an error of the store."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="expected the path of a folder"):
        FolderBlobs(tmp_path / "file").write("kind/a", b"")
    assert repr(FolderBlobs(tmp_path)) == f"FolderBlobs({str(tmp_path)!r})"


FULL = """
import resource, sys
from context_core import StoreError
from context_memory import BlobContentStore, FolderBlobs

store = BlobContentStore(FolderBlobs(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
[small] = store.put([b"small"])
try:
    store.put([b"x" * 5_000, b"y" * 20_000])
except StoreError as error:
    print(error)
print(store.get(small), store.put([b"after"]), len(list(store.verify())))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX's")
def test_no_space_left(tmp_path):
    """Where a file cannot be written, the put says what to do, leaves nothing behind, and the store goes on."""
    said = subprocess.check_output([sys.executable, "-c", FULL, str(tmp_path)], text=True)
    assert "would pass the limit on the size of files; raise it" in said
    assert said.splitlines()[1] == f"b'small' {[content_id(b'after')]} 0"
    store = BlobContentStore(FolderBlobs(tmp_path))
    assert not store.has(content_id(b"x" * 5_000))
    assert FolderBlobs(tmp_path).sweep() == 0


# ── counts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_many_writers(tmp_path):
    """Threads with stores of their own on one folder put and delete the same content, and no put is lost."""

    def work(number):
        store = BlobContentStore(FolderBlobs(tmp_path))
        for _ in range(10):
            [name] = store.put([b"shared"])
            assert store.get(name) == b"shared"
            store.put([b"shared"])
            store.delete(name)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    store = BlobContentStore(FolderBlobs(tmp_path))
    gone = [store.delete(content_id(b"shared")) for _ in range(60)]
    assert gone.count(True) <= 1
    assert not any(gone[:-1])


class PutMeanwhile(MemoryBlobs):
    """Blobs in which another process puts a content at the worst moment: as it is being removed."""

    other = None

    def remove(self, name):
        super().remove(name)
        if name.startswith("contents/") and self.other is not None:
            other, self.other = self.other, None
            other()


def test_a_put_while_the_last_one_is_deleted():
    """A content that is put while another process deletes it for good stays."""
    blobs = PutMeanwhile()
    one, other = BlobContentStore(blobs), BlobContentStore(blobs)
    [name] = one.put([b"shared"])
    blobs.other = lambda: other.put([b"shared"])
    assert one.delete(name) is False
    assert one.get(name) == b"shared"
    assert one.delete(name) is True


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["folder", "compressed", "encrypted", "expiring", "all in one"])
def test_a_flipped_bit(tmp_path, kind):
    """A flipped bit, wherever it is, is an error that names the content on read, and a fault in verify."""
    store = BlobContentStore(KINDS[kind](tmp_path))
    data = "".join(content_id(b"%d" % number) for number in range(5)).encode()
    [name, other] = store.put([data, b"other"])
    bottom = store._blobs
    while hasattr(bottom, "_blobs") and not isinstance(bottom, MemoryBlobs):
        bottom = bottom._blobs
    [blob] = [each for each in bottom.names() if len(bottom.read(each)) > 150]
    stored = bottom.read(blob)
    for place in range(0, len(stored), 7):
        if kind == "expiring" and 0 < place < 9:
            continue  # the time itself
        bottom.write(blob, stored[:place] + bytes([stored[place] ^ 4]) + stored[place + 1 :])
        with pytest.raises((ContentCorruptedError, StoreError)):
            store.get(name)
        assert [fault.name for fault in store.verify()] == [name]
        assert store.get(other) == b"other"
    bottom.write(blob, stored)
    assert store.get(name) == data
    assert list(store.verify()) == []


def test_a_put_without_its_content():
    """A content that is gone though it was put is a fault."""
    blobs = MemoryBlobs()
    [name] = BlobContentStore(blobs).put([b"lost"])
    blobs.remove(f"contents/{name}")
    [fault] = BlobContentStore(blobs).verify()
    assert (fault.kind, fault.name) == ("content", name)


# ── expiry ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_time_to_live():
    """A content is there for its time, then expired; put again it lives again, and counts anew."""
    now = 1000.0
    inner = MemoryBlobs()
    blobs = Expiring(inner, 60, clock=lambda: now)
    store = BlobContentStore(blobs)
    [name] = store.put([b"short-lived"])
    now = 1059.0
    assert store.get(name) == b"short-lived"
    now = 1060.0
    assert not store.has(name)
    for method in (store.get, store.delete):
        with pytest.raises(ContentExpiredError) as caught:
            method(name)
        assert (caught.value.content_ids, caught.value.expired_at) == ((name,), 1060.0)
    assert blobs.sweep() == 2
    assert not any(b"short-lived" in inner.read(each) for each in inner.names())
    with pytest.raises(ContentExpiredError):
        store.get(name)
    store.put([b"short-lived"])
    assert store.get(name) == b"short-lived"
    assert store.delete(name) is True
    with pytest.raises(ContentNotFoundError) as missing:
        store.get(name)
    assert not isinstance(missing.value, ContentExpiredError)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_no_time_to_live(seconds):
    """A time to live is above zero."""
    with pytest.raises(ValueError, match="above 0"):
        Expiring(MemoryBlobs(), seconds)


# ── fsspec ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_errors_of_a_file_system_are_those_of_the_store():
    """What a file system's library raises comes out as StoreError, without the password of the URL."""
    pytest.importorskip("fsspec")
    with pytest.raises(StoreError) as caught:
        FsspecBlobs("nothing://user:secret@host/folder")
    assert "secret" not in str(caught.value)
    memory = FsspecBlobs("memory://user:secret@host/folder")
    assert "secret" not in repr(memory)


def test_a_disk_that_fails(tmp_path):
    """An error of the operating system comes out with its cause."""
    (tmp_path / "kind" / "na").mkdir(parents=True)
    (tmp_path / "kind" / "na" / "name").mkdir()
    with pytest.raises(StoreError, match=os.strerror(errno.EISDIR)):
        FolderBlobs(tmp_path).read("kind/name")
