"""Cycles: the loops of a session, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_toolkit.loops import loops_in
from context_toolkit.pattern import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import ContextGraph
    from context_toolkit.step import Step


def cycles(graph: ContextGraph, threads: Mapping[str | None, Sequence[Step]]) -> Iterator[Pattern]:
    """Yield a pattern for each loop of each thread."""
    for thread in threads.values():
        for loop in loops_in(thread):
            yield Pattern(loop.kind.value, loop.tools, loop.times, loop.node_ids, loop.tokens, loop.advice)
