"""Repeats: the same call with the same result, again and again over a session, though not in a row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from context_toolkit.loops import loops_in
from context_toolkit.pattern import Pattern, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import ContextGraph
    from context_toolkit.step import Step


def repeats(graph: ContextGraph, threads: Mapping[str | None, Sequence[Step]]) -> Iterator[Pattern]:
    """Yield a pattern for each tool whose results were asked for again; what is a loop already is left out."""
    again: dict[str, list[list[Step]]] = defaultdict(list)
    for thread in threads.values():
        looped = {node_id for loop in loops_in(thread) for node_id in loop.node_ids}
        same: dict[tuple[str, str, str | None], list[Step]] = defaultdict(list)
        for step in thread:
            if step.outcome is not None and not step.failed and step.call.id not in looped:
                same[step.tool, step.arguments, step.outcome].append(step)
        for (tool, _, _), found in same.items():
            if len(found) > 1:
                again[tool].append(found)
    for tool, groups in again.items():
        times = sum(len(group) - 1 for group in groups)
        saved = sum(step.tokens for group in groups for step in group[1:])
        advice = (
            f"{named(tool)}: asked {times}× for what was known already, and got the same. "
            "Give their results from a cache, or point to the one that stands in the prompt."
        )
        found = sorted((step for group in groups for step in group), key=lambda step: graph.position(step.call.id))
        yield Pattern("repeat", (tool,), times, ids_of(found), saved, advice)
