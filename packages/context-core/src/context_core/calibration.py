"""Calibration: from what a provider billed to what a plain count must be multiplied by.

A tokenizer that is not the model's own, and a prompt of which the transcript does not show all (tool schemas, the
system prompt, hidden reminders), make a plain count fall short by 40 % and more.

1. Of each session the requests whose figures the transcript has: nodes counted then, tokens billed.
2. The factor is the median of the slopes between requests of one session (Theil 1950, Sen 1968): what a session hides
   does not enter, as it is the same in both, and a wrong figure moves a median little.
3. The overhead is the median, over sessions, of what is left.
4. The error is told for sessions that were not fitted on: each is left out in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, combinations
from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from context_core.usage import billed_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core.tokens import TokenCounter
    from context_core.window import Window

    Sample = tuple[int, int]

MAX_SAMPLES = 60
"""Requests of one session that are looked at, evenly spread: 1,770 slopes."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a plain count relates to what a provider bills.

    Attributes:
        factor: billed tokens a counted token.
        overhead_tokens: billed tokens that the transcript does not show.
        error: median of |estimated - billed| / billed over requests of sessions that were not fitted on; within the
            only session where there is one.
        plain_error: the same of the plain count.
        sessions: how many were fitted on.
        requests: how many.
    """

    factor: float
    overhead_tokens: int
    error: float
    plain_error: float
    sessions: int
    requests: int

    def estimate(self, window: Window) -> int:
        """Return the tokens that a provider would bill a window as.

        Where the window holds requests that were billed, the last of them is the base, and only what came since is
        estimated; else all is.
        """
        before = list(accumulate((node.tokens for node in window.nodes), initial=0))
        last = max(billed_prefixes(window), default=None)
        if last is None:
            return self._whole(window.tokens)
        nodes, billed = last
        return billed + ceil(self.factor * (before[-1] - before[nodes] + window.repair_tokens))

    def _whole(self, counted: int) -> int:
        return self.overhead_tokens + ceil(self.factor * counted)


class CalibratedCounter:
    """A counter that counts as the provider bills, as far as its calibration goes.

    Args:
        counter: the plain counter that the calibration was made with.
        calibration: what `calibrate` gave; `calibration.error` says how far off it is.

    Example:
        >>> from context_core import EncodingCounter
        >>> calibration = Calibration(1.25, 4000, 0.04, 0.5, sessions=3, requests=90)
        >>> CalibratedCounter(EncodingCounter(), calibration).count("hello world")
        3
    """

    def __init__(self, counter: TokenCounter, calibration: Calibration) -> None:
        self._counter = counter
        self.calibration = calibration

    @property
    def name(self) -> str:
        """The plain counter's name, and the factor."""
        return f"{self._counter.name}*{self.calibration.factor:.3f}"

    def count(self, text: str) -> int:
        """Return the tokens of one text, rounded up."""
        return ceil(self._counter.count(text) * self.calibration.factor)

    def count_many(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, in order, rounded up."""
        return [ceil(count * self.calibration.factor) for count in self._counter.count_many(texts)]

    def __repr__(self) -> str:
        error = self.calibration.error
        return f"CalibratedCounter({self.name}, off by {error:.1%} on {self.calibration.requests} requests)"


def calibrate(windows: Iterable[Window]) -> Calibration:
    """Fit a calibration to what was billed for windows of one model.

    Args:
        windows: of sessions of one model, one a session, their tokens counted by the plain counter.

    Raises:
        ValueError: the windows hold fewer than two requests of one session that were billed.

    Example:
        >>> from context_core import build, read, window
        >>> turns = [{"role": "user", "content": "x " * 500}, {"role": "assistant", "content": "ok"}] * 9
        >>> log = [{"type": t["role"], "uuid": str(n), "parentUuid": str(n - 1), "sessionId": "s",
        ...         "message": {**t, **({"id": str(n), "usage": {"input_tokens": 900 + 600 * n}} if n % 2 else {})}}
        ...        for n, t in enumerate(turns)]
        >>> fitted = calibrate([window(build(read(log)))])
        >>> fitted.sessions, fitted.requests, fitted.error < 0.01
        (1, 9, True)
    """
    sessions = [samples for window in windows if len(samples := _samples(window)) > 1]
    slopes = [slope for samples in sessions for slope in _slopes(samples)]
    if not slopes:
        raise ValueError(
            "got no session with two billed requests; expected transcripts with the provider's usage figures, such as "
            "those of Claude Code or Codex"
        )
    factor, overhead = _fit(sessions)
    every = [sample for samples in sessions for sample in samples]
    return Calibration(
        factor,
        overhead,
        median(_held_out_errors(sessions)),
        median(abs(counted - billed) / billed for counted, billed in every),
        len(sessions),
        len(every),
    )


def _samples(window: Window) -> list[Sample]:
    """Return (counted, billed) of at most `MAX_SAMPLES` requests."""
    before = list(accumulate((node.tokens for node in window.nodes), initial=0))
    found = [(before[nodes], billed) for nodes, billed in billed_prefixes(window)]
    step = max(1, ceil(len(found) / MAX_SAMPLES))
    return found[::step]


def _slopes(samples: Sequence[Sample]) -> list[float]:
    pairs = combinations(samples, 2)
    slopes = [(two[1] - one[1]) / (two[0] - one[0]) for one, two in pairs if two[0] != one[0]]
    return [slope for slope in slopes if slope > 0]


def _fit(sessions: Sequence[Sequence[Sample]]) -> tuple[float, int]:
    """Return the factor and the overhead; each session counts alike, however long it is."""
    factors = [median(slopes) for samples in sessions if (slopes := _slopes(samples))]
    factor = median(factors)
    left = [median(billed - factor * counted for counted, billed in samples) for samples in sessions]
    return factor, max(0, round(median(left)))


def _held_out_errors(sessions: Sequence[Sequence[Sample]]) -> list[float]:
    errors: list[float] = []
    for number, samples in enumerate(sessions):
        others = [*sessions[:number], *sessions[number + 1 :]]
        factor, overhead = _fit(others) if any(map(_slopes, others)) else _fit(sessions)
        errors += [abs(overhead + factor * counted - billed) / billed for counted, billed in samples]
    return errors
