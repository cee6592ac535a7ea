"""Which sessions a store keeps: by age, by number and by size, always whole sessions, the oldest first to go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import SessionNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from context_core import ManagedStore, SessionInfo


@dataclass(frozen=True, slots=True)
class Retention:
    """A rule for what is kept; a bound that is None does not bind.

    Attributes:
        max_age_seconds: a session that was written to longer ago goes.
        max_sessions: of more, those go that were written to first.
        max_bytes: of more bytes of contents, those sessions go that were written to first.
        keep: sessions for which it is true stay, and count; none unless given.

    Example:
        >>> Retention(max_age_seconds=90 * 24 * 3600, max_sessions=10_000).max_sessions
        10000
    """

    max_age_seconds: float | None = None
    max_sessions: int | None = None
    max_bytes: int | None = None
    keep: Callable[[SessionInfo], bool] | None = None

    def __post_init__(self) -> None:
        for name in ("max_age_seconds", "max_sessions", "max_bytes"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"got {name}={value}; expected 0 or more, or None for no bound")


@dataclass(frozen=True, slots=True)
class Retained:
    """What a rule did, or would do.

    Attributes:
        expired: the sessions that went, oldest first.
        kept: how many sessions stay.
        freed_bytes: bytes of contents that went with them; contents of kept sessions stay, so it may be less than what
            the sessions held. In a dry run, what they held.
        dry_run: whether nothing went.
    """

    expired: tuple[SessionInfo, ...]
    kept: int
    freed_bytes: int
    dry_run: bool


def retain(store: ManagedStore, retention: Retention, *, now: float | None = None, dry_run: bool = False) -> Retained:
    """Expire the sessions of a store that a rule does not keep.

    Who asks for one later, or for a content that only it had, is told that it expired. Nothing that a kept session or
    its manifest points to goes. A session that is written to meanwhile is seen as it was.

    Args:
        store: whose sessions.
        retention: the rule.
        now: seconds since the epoch; the present time unless given.
        dry_run: only tell.

    Example:
        >>> from context_core import ContextGraph, MemoryStore
        >>> store = MemoryStore()
        >>> for name in ("older", "newer"):
        ...     _ = store.append(name, [], [])
        >>> [info.session_id for info in retain(store, Retention(max_sessions=1)).expired]
        ['older']
    """
    infos = sorted(_infos(store), key=lambda info: info.written_at)
    going = list(_going(infos, retention, time.time() if now is None else now))
    freed = sum(info.content_bytes for info in going)
    if not dry_run:
        freed = sum(store.expire(info.session_id).content_bytes for info in going)
    return Retained(tuple(going), len(infos) - len(going), freed, dry_run)


def _going(infos: list[SessionInfo], rule: Retention, now: float) -> Iterator[SessionInfo]:
    """Yield what goes, oldest first, while a bound is crossed."""
    count, size = len(infos), sum(info.content_bytes for info in infos)
    for info in infos:
        too_old = rule.max_age_seconds is not None and now - info.written_at > rule.max_age_seconds
        too_many = rule.max_sessions is not None and count > rule.max_sessions
        too_large = rule.max_bytes is not None and size > rule.max_bytes
        if (too_old or too_many or too_large) and not (rule.keep is not None and rule.keep(info)):
            count, size = count - 1, size - info.content_bytes
            yield info


def _infos(store: ManagedStore) -> Iterator[SessionInfo]:
    for session_id in store.sessions():
        try:
            yield store.info(session_id)
        except SessionNotFoundError:
            continue  # another process has erased it since
