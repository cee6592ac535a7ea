"""Erase a session from one store because another one has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from context_core import Erased, ManagedStore


@runtime_checkable
class Evicting(Protocol):
    """A store that erases a session at less cost where it is not for the sake of forgetting."""

    def evict(self, session_id: str, *, version: int | None = None) -> Erased:
        """Erase a session as `purge` does, but for its bytes in free space of the backend, which go in time."""
        ...


def evict(store: ManagedStore, session_id: str, version: int | None = None) -> None:
    """Erase a session that another store has.

    Raises:
        SessionNotFoundError: there is no such session.
        ConflictError: it is at another version; nothing was erased.
    """
    if isinstance(store, Evicting):
        store.evict(session_id, version=version)
    else:
        store.purge(session_id, version=version)
