"""A store that can be looked at and not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from context_core import StoreError
from context_memory.wrappers.delegating import Delegating, DelegatingContents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core import Change, Edge, Garbage, Node, Revision


class ReadOnlyContents(DelegatingContents):
    """A `ContentStore` whose reads pass, and whose writes are a `StoreError`.

    Args:
        store: the one below.

    Example:
        >>> from context_core import MemoryContentStore
        >>> store = MemoryContentStore()
        >>> [name] = store.put([b"hello"])
        >>> ReadOnlyContents(store).get(name)
        b'hello'
    """

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Refuse to store contents."""
        _refuse("put")

    def delete(self, content_id: str) -> bool:
        """Refuse to take back a put."""
        _refuse("delete")


class ReadOnly(Delegating):
    """A `ManagedStore` whose reads pass, and whose writes are a `StoreError`; `gc` may tell, and not free.

    Args:
        store: the one below.

    Raises:
        TypeError: the store has no sessions, history or upkeep; `ReadOnlyContents` is for those.

    Example:
        >>> from context_core import MemoryStore
        >>> ReadOnly(MemoryStore()).append("s", [], [])
        Traceback (most recent call last):
        context_core.errors.StoreError: append was refused, as the store is open for reading only; write to the store
        that was wrapped
    """

    def put(self, contents: Sequence[bytes]) -> list[str]:
        """Refuse to store contents."""
        _refuse("put")

    def delete(self, content_id: str) -> bool:
        """Refuse to take back a put."""
        _refuse("delete")

    def append(self, session_id: str, nodes: Iterable[Node], edges: Iterable[Edge]) -> int:
        """Refuse to append."""
        _refuse("append")

    def commit(self, session_id: str, changes: Sequence[Change]) -> None:
        """Refuse to commit."""
        _refuse("commit")

    def record(self, session_id: str, revisions: Sequence[Revision]) -> None:
        """Refuse to record."""
        _refuse("record")

    def purge(self, session_id: str, *, version: int | None = None) -> NoReturn:
        """Refuse to purge."""
        _refuse("purge")

    def expire(self, session_id: str) -> NoReturn:
        """Refuse to expire."""
        _refuse("expire")

    def gc(self, *, dry_run: bool = True, abandoned_seconds: float | None = None) -> Garbage:
        """Tell what could be freed; refuse to free it."""
        if not dry_run:
            _refuse("gc(dry_run=False)")
        return self._store.gc(dry_run=True, abandoned_seconds=abandoned_seconds)


def _refuse(method: str) -> NoReturn:
    raise StoreError(
        f"{method} was refused, as the store is open for reading only; write to the store that was wrapped"
    )
