"""Sessions that are under way: their tokens, and when they were last heard of. Bounded, whatever is never ended."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HUNG_SECONDS = 600.0
"""Silence after which an agent with a task is held to be hung: longer than most tools and models take."""
MAX_SESSIONS = 10_000
"""Sessions that are followed at once; of more, the one not heard of for longest is dropped."""


@dataclass(slots=True)
class Progress:
    """How far a session is.

    Attributes:
        tokens: added to it since it is followed.
        heard_at: when something last happened in it, by the clock that `Sessions` was given, in seconds.
        has_task: whether it works on a task.
    """

    tokens: int = 0
    heard_at: float = 0.0
    has_task: bool = False


class Sessions:
    """Follows sessions by the events that name them; threads may share one.

    Args:
        clock: returns seconds that only grow.
        hung_seconds: a session with a task that is silent for longer is hung.

    Example:
        >>> now = [0.0]
        >>> sessions = Sessions(lambda: now[0], hung_seconds=60)
        >>> sessions.begin("s")
        >>> sessions.counts()
        (1, 0)
        >>> now[0] = 61
        >>> sessions.counts()
        (1, 1)
    """

    def __init__(self, clock: Callable[[], float], hung_seconds: float) -> None:
        if not hung_seconds > 0:
            raise ValueError(f"got hung_seconds={hung_seconds}; expected a number of seconds above 0")
        self._clock = clock
        self._hung_seconds = hung_seconds
        self._progress: OrderedDict[str, Progress] = OrderedDict()
        self._lock = Lock()

    def hear(self, session_id: str, tokens: int = 0) -> None:
        """Note that something happened in a session."""
        with self._lock:
            self._heard(session_id).tokens += tokens

    def begin(self, session_id: str) -> None:
        """Note that a session has a task."""
        with self._lock:
            self._heard(session_id).has_task = True

    def end(self, session_id: str) -> int:
        """Forget a session; return the tokens that were added to it while it was followed."""
        with self._lock:
            return self._progress.pop(session_id, Progress()).tokens

    def counts(self) -> tuple[int, int]:
        """Return how many sessions have a task, and how many of these are hung."""
        with self._lock:
            now = self._clock()
            silences = [now - progress.heard_at for progress in self._progress.values() if progress.has_task]
        return len(silences), sum(silence > self._hung_seconds for silence in silences)

    def _heard(self, session_id: str) -> Progress:
        progress = self._progress.setdefault(session_id, Progress())
        self._progress.move_to_end(session_id)
        progress.heard_at = self._clock()
        if len(self._progress) > MAX_SESSIONS:
            self._progress.popitem(last=False)
        return progress
