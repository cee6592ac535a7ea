"""When a session moves from one tier to the next, and what a migration did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core import SessionInfo

HOUR, DAY = 3600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """A rule for where sessions are; a bound that is None does not bind.

    Attributes:
        hot_seconds: a session that was not written to for so long leaves the hot store.
        hot_bytes: of more bytes of contents, those leave that were used first.
        warm_seconds: a session that was not written to for so long moves to the archive.
        warm_bytes: of more bytes of contents, those move that were written to first.
        stays: sessions for which it is true stay warm; none unless given.

    Example:
        >>> TierPolicy(warm_seconds=30 * 24 * 3600).hot_seconds
        3600.0
    """

    hot_seconds: float | None = HOUR
    hot_bytes: int | None = 256_000_000
    warm_seconds: float | None = 30 * DAY
    warm_bytes: int | None = None
    stays: Callable[[SessionInfo], bool] | None = None

    def __post_init__(self) -> None:
        for name in ("hot_seconds", "hot_bytes", "warm_seconds", "warm_bytes"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"got {name}={value}; expected 0 or more, or None for no bound")


@dataclass(frozen=True, slots=True)
class Move:
    """A session that a migration moved, or would move.

    Attributes:
        session_id: the session.
        source: ``hot`` or ``warm``.
        target: ``warm`` or ``cold``.
        content_bytes: bytes of its contents, before any compression.
        stored_bytes: bytes that it takes in the archive; 0 where it did not move there.
        reason: ``age`` or ``size``.
    """

    session_id: str
    source: str
    target: str
    content_bytes: int
    stored_bytes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did, or would do.

    Attributes:
        moves: in the order in which they were made.
        passed_over: sessions that somebody wrote to meanwhile, and which stay.
        dry_run: whether nothing was moved.
    """

    moves: tuple[Move, ...]
    passed_over: tuple[str, ...]
    dry_run: bool
