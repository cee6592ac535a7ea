"""A cache of contents in memory, in front of a store that is slow to read: far away, compressed or encrypted."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from context_memory.wrappers.delegating import Delegating, DelegatingContents

if TYPE_CHECKING:
    from context_core import ContentStore, ManagedStore


class CachedContents(DelegatingContents):
    """A `ContentStore` that keeps in memory what was read last.

    Before a content is given from memory the store below is asked whether it still has it. So what was deleted or has
    expired there, by whomever, is never given; a hit costs one `has` instead of a read.

    Args:
        store: the one below.
        max_bytes: of contents that are kept; the ones not read for longest go first.

    Raises:
        ValueError: `max_bytes` is below zero.

    Example:
        >>> from context_core import MemoryContentStore
        >>> store = CachedContents(MemoryContentStore(), max_bytes=1_000_000)
        >>> [name] = store.put([b"hello"])
        >>> store.get(name), store.get(name), store.hits
        (b'hello', b'hello', 1)
    """

    def __init__(self, store: ContentStore, max_bytes: int) -> None:
        super().__init__(store)
        self._cache = _Cache(max_bytes)

    @property
    def hits(self) -> int:
        """How many reads were answered from memory."""
        return self._cache.hits

    def get(self, content_id: str) -> bytes:
        """Return a content."""
        return self._cache.get(self._contents, content_id)


class Cached(Delegating):
    """A `ManagedStore` that keeps in memory the contents that were read last, as `CachedContents` does.

    Args:
        store: the one below.
        max_bytes: of contents that are kept; the ones not read for longest go first.

    Raises:
        TypeError: the store has no sessions, history or upkeep; `CachedContents` is for those.
        ValueError: `max_bytes` is below zero.

    Example:
        >>> from context_core import MemoryStore
        >>> store = Cached(MemoryStore(), max_bytes=1_000_000)
        >>> store.sessions()
        []
    """

    def __init__(self, store: ManagedStore, max_bytes: int) -> None:
        super().__init__(store)
        self._cache = _Cache(max_bytes)

    @property
    def hits(self) -> int:
        """How many reads were answered from memory."""
        return self._cache.hits

    def get(self, content_id: str) -> bytes:
        """Return a content."""
        return self._cache.get(self._contents, content_id)


class _Cache:
    def __init__(self, max_bytes: int) -> None:
        if max_bytes < 0:
            raise ValueError(f"got max_bytes={max_bytes}; expected 0 or more")
        self.hits = 0
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._turn = Lock()

    def get(self, store: ContentStore, content_id: str) -> bytes:
        with self._turn:
            kept = self._kept.get(content_id)
        if kept is not None and store.has(content_id):
            with self._turn:
                self.hits += 1
                if content_id in self._kept:
                    self._kept.move_to_end(content_id)
            return kept
        self._drop(content_id)
        data = store.get(content_id)
        self._keep(content_id, data)
        return data

    def _drop(self, content_id: str) -> None:
        with self._turn:
            self._bytes -= len(self._kept.pop(content_id, b""))

    def _keep(self, content_id: str, data: bytes) -> None:
        if len(data) > self._max_bytes:
            return
        with self._turn:
            self._bytes += len(data) - len(self._kept.get(content_id, b""))
            self._kept[content_id] = data
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._kept.popitem(last=False)[1])
