"""Error streaks: several steps in a row that failed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from context_toolkit.pattern import Pattern, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import ContextGraph
    from context_toolkit.step import Step

SHORTEST = 3
"""Failed steps in a row that are a streak."""


def error_streaks(graph: ContextGraph, threads: Mapping[str | None, Sequence[Step]]) -> Iterator[Pattern]:
    """Yield a pattern for each run of failed steps; one that still runs ends none."""
    for thread in threads.values():
        done = [step for step in thread if step.outcome is not None]
        for failed, run in groupby(done, key=lambda step: step.failed):
            streak = list(run)
            if failed and len(streak) >= SHORTEST:
                tools = tuple(dict.fromkeys(step.tool for step in streak))
                told = ", ".join(map(named, tools))
                advice = (
                    f"{told}: {len(streak)} calls in a row failed. Read the first of these errors again before the "
                    "next try, and say what the tool expects in its description."
                )
                yield Pattern("error-streak", tools, len(streak), ids_of(streak), sum(s.tokens for s in streak), advice)
