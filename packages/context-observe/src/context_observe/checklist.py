"""Checklist: the figures that tell whether agents do well in production, counted in this process.

It needs nothing installed and no server. `MetricSink` tells the same to a monitoring system, over processes and time.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from context_core import (
    CacheAsked,
    GraphExtended,
    OperationEnded,
    PromptRendered,
    WindowCompressed,
)
from context_observe.outcomes import FaultMet, SessionResumed, TaskEnded, TaskStarted, WorkRedone, WorkReviewed
from context_observe.sessions import HUNG_SECONDS, Sessions
from context_observe.ways_back import brought_back, is_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from context_core import Event

    Band = tuple[float, float]

BANDS: Mapping[str, Band] = {
    "budget utilisation": (0.40, 0.65),
    "references lost": (0, 0),
    "hung agents": (0, 0),
}
"""Where a figure should lie, ends included. Below 40 % of its budget a context is smaller than it need be, above 65 %
quality begins to fall; what is right for the other figures depends on the work."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the checklist.

    Attributes:
        name: what it is.
        value: a share from 0 to 1, a mean or a count; None where nothing was heard that it could be made of.
        of: how many things it was made of.
        band: where it should lie, ends included; None where nobody said.
    """

    name: str
    value: float | None
    of: int
    band: Band | None

    @property
    def is_met(self) -> bool | None:
        """Whether it lies where it should; None where that is not known."""
        return None if self.value is None or self.band is None else self.band[0] <= self.value <= self.band[1]


class Checklist:
    """Counts what it hears; give it to `context_core.listen`. Threads may share one.

    Args:
        bands: where figures should lie, by name; they take the place of `BANDS`, or add to them.
        hung_seconds: a session with a task (`TaskStarted`) that is silent for longer counts as hung.
        clock: returns seconds that only grow.

    Raises:
        ValueError: a band is of no figure, or `hung_seconds` is not positive.

    Example:
        >>> from context_core import emit, listen
        >>> with listen(Checklist(bands={"task completion": (0.9, 1)})) as checklist:
        ...     for completed in (True, True, False):
        ...         emit(TaskEnded("s", completed))
        >>> figure = checklist.figure("task completion")
        >>> figure.value, figure.of, figure.is_met
        (0.6666666666666666, 3, False)
    """

    def __init__(
        self,
        *,
        bands: Mapping[str, Band] | None = None,
        hung_seconds: float = HUNG_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bands = {**BANDS, **(bands or {})}
        self._sessions = Sessions(clock, hung_seconds)
        self._counts = Counter[str]()
        self._share_sum = 0.0
        self._lock = Lock()
        names = [figure.name for figure in self.figures()]
        for name in self._bands:
            if name not in names:
                raise ValueError(f"got a band for {name!r}; expected one of {', '.join(names)}")

    def __call__(self, event: Event) -> None:
        """Take an event."""
        if event.session_id and not isinstance(event, TaskEnded):
            self._sessions.hear(event.session_id, event.tokens if isinstance(event, GraphExtended) else 0)
        if isinstance(event, TaskStarted):
            self._sessions.begin(event.session_id)
        found = _counted(event)
        if isinstance(event, TaskEnded):
            found["session tokens"] = self._sessions.end(event.session_id)
        with self._lock:
            self._counts.update(found)
            if isinstance(event, PromptRendered):
                self._share_sum += event.tokens / event.total_tokens

    def figure(self, name: str) -> Figure:
        """Return one figure.

        Raises:
            KeyError: there is none of that name.
        """
        return {figure.name: figure for figure in self.figures()}[name]

    def figures(self) -> tuple[Figure, ...]:
        """Return all figures, always the same ones in the same order."""
        with self._lock:
            counts, share = Counter(self._counts), self._share_sum
        active, hung = self._sessions.counts()
        tasks = counts["tasks"]
        made = (
            ("tokens a session", counts["session tokens"], tasks),
            ("budget utilisation", share, counts["prompts"]),
            ("compressions a session", counts["compressions"], tasks),
            ("reduction ratio", counts["tokens saved"], counts["tokens before"]),
            ("originals looked at or restored", counts["restores"], None),
            ("references lost", counts["lost"], None),
            ("cache hits", counts["cache hits"], counts["cache requests"]),
            ("task completion", counts["completed"], tasks),
            ("rework", counts["redone"], tasks),
            ("approval", counts["approved"], counts["reviews"]),
            ("error recovery", counts["recovered"], counts["faults"]),
            ("resumption success", counts["resumed"], counts["resumptions"]),
            ("hung agents", hung, None),
        )
        return tuple(self._figure(name, amount, of, active) for name, amount, of in made)

    def _figure(self, name: str, amount: float, of: int | None, active: int) -> Figure:
        band = self._bands.get(name)
        if of is None:
            return Figure(name, amount, active if name == "hung agents" else int(amount), band)
        return Figure(name, amount / of if of else None, of, band)

    def __str__(self) -> str:
        return "\n".join(_line(figure) for figure in self.figures())


_HITS = ("hit", "similar", "shared")
"""Outcomes of a call to a cache for which no tool had to run; one that is never cached counts as no request."""


def _counted(event: Event) -> dict[str, int]:
    """Return what an event adds to which counts."""
    match event:
        case OperationEnded():
            return {"restores": brought_back(event), "lost": int(is_lost(event))}
        case WindowCompressed():
            saved = event.tokens_before - event.tokens_after
            return {"compressions": 1, "tokens before": event.tokens_before, "tokens saved": saved}
        case PromptRendered():
            return {"prompts": 1}
        case CacheAsked():
            return {"cache requests": int(event.outcome != "passed"), "cache hits": int(event.outcome in _HITS)}
        case TaskEnded():
            return {"tasks": 1, "completed": int(event.completed)}
        case WorkReviewed():
            return {"reviews": 1, "approved": int(event.approved)}
        case WorkRedone():
            return {"redone": 1}
        case FaultMet():
            return {"faults": 1, "recovered": int(event.recovered)}
        case SessionResumed():
            return {"resumptions": 1, "resumed": int(event.succeeded)}
        case _:
            return {}


_SHARES = (
    "budget utilisation",
    "reduction ratio",
    "cache hits",
    "task completion",
    "rework",
    "approval",
    "error recovery",
    "resumption success",
)


def _line(figure: Figure) -> str:
    mark = {True: "ok", False: "look", None: ""}[figure.is_met]
    form = ".0%" if figure.name in _SHARES else ",.1f" if figure.value and figure.value % 1 else ",.0f"
    value = "not heard of" if figure.value is None else format(figure.value, form)
    band = "" if figure.band is None else f"{format(figure.band[0], form)} to {format(figure.band[1], form)}"
    return f"{figure.name:32}{value:>14}  {band:14}{mark}".rstrip()
