"""The contract of `ContentStore`, as tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from context_core.errors import ContentNotFoundError
from context_core.hashing import content_id
from context_core.stores import ContentStore

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = content_id(b"never put")
"""The id of a content that no test puts."""

CONTENTS: Sequence[bytes] = (
    b"",
    b"\x00",
    bytes(range(256)),
    "größe 日本語".encode(),
    b"the same line\n" * 100_000,
    os.urandom(300_000),
)
"""Contents that a store may get wrong: empty, binary, large, and of the sort that does not compress."""


class ContentStoreContract:
    """What every `ContentStore` does. A subclass gives the fixture ``store``: a new and empty one.

    Example:
        >>> from context_core import MemoryContentStore
        >>> class TestMemory(ContentStoreContract):
        ...     @pytest.fixture
        ...     def store(self):
        ...         return MemoryContentStore()
    """

    def test_it_is_a_content_store(self, store: ContentStore) -> None:
        """The store has the methods of the protocol."""
        assert isinstance(store, ContentStore)

    @pytest.mark.parametrize("data", CONTENTS, ids=lambda data: f"{len(data)} bytes")
    def test_what_is_put_comes_back(self, store: ContentStore, data: bytes) -> None:
        """A content comes back byte for byte under the hash of its bytes."""
        assert store.put([data]) == [content_id(data)]
        assert store.get(content_id(data)) == data

    def test_ids_come_in_order(self, store: ContentStore) -> None:
        """Many contents are put at once, and their ids come in the order of the contents."""
        contents = [f"content {number}".encode() for number in range(2_500)]
        ids = store.put(contents)
        assert ids == [content_id(data) for data in contents]
        assert [store.get(name) for name in ids[::500]] == contents[::500]

    def test_putting_nothing(self, store: ContentStore) -> None:
        """Putting no content returns no id."""
        assert store.put([]) == []

    def test_has(self, store: ContentStore) -> None:
        """A store has what was put, and nothing else."""
        [name] = store.put([b"here"])
        assert store.has(name)
        assert not store.has(UNKNOWN)

    def test_delete(self, store: ContentStore) -> None:
        """A content that was put once is gone once it was deleted."""
        [name] = store.put([b"once"])
        assert store.delete(name) is True
        assert not store.has(name)
        with pytest.raises(ContentNotFoundError):
            store.get(name)

    def test_puts_are_counted(self, store: ContentStore) -> None:
        """A content that was put three times, two of them at once, is there until it was deleted three times."""
        [name, _] = store.put([b"often", b"often"])
        store.put([b"often"])
        assert [store.delete(name), store.delete(name)] == [False, False]
        assert store.get(name) == b"often"
        assert store.delete(name) is True

    def test_a_content_may_come_back(self, store: ContentStore) -> None:
        """A content that is gone can be put again, and counts anew."""
        [name] = store.put([b"again"])
        store.delete(name)
        store.put([b"again"])
        assert store.get(name) == b"again"
        assert store.delete(name) is True

    def test_deleting_one_leaves_the_others(self, store: ContentStore) -> None:
        """Deleting a content leaves all other contents."""
        [one, other] = store.put([b"one", b"other"])
        store.delete(one)
        assert store.get(other) == b"other"

    @pytest.mark.parametrize("name", [UNKNOWN, "", "not a hash", "\ud83d"])
    def test_what_is_not_there(self, store: ContentStore, name: str) -> None:
        """Getting or deleting what is not there, whatever its id looks like, is an error that names it."""
        assert not store.has(name)
        for method in (store.get, store.delete):
            with pytest.raises(ContentNotFoundError) as caught:
                method(name)
            assert caught.value.content_ids == (name,)
