"""Unused results: what tools gave and nobody took anything from.

A result is used where a later call or text of the assistant took a value from it, which the graph's causal edges tell.
One that answers by its bare order, or that holds no value which could be followed, is not judged: "ok" is often all one
wanted to know. Nor is a failure, nor the end of a session, whose results had no time to be used.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from context_core import EdgeType
from context_toolkit.pattern import Pattern, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import ContextGraph
    from context_toolkit.step import Step

RECENT_STEPS = 5
"""Steps at the end of a thread that are not judged yet."""
SMALLEST_TOKENS = 200
"""Tokens of the smallest result that is worth a word."""
FEWEST = 3
"""Unused results of one tool that are a pattern."""


def unused(graph: ContextGraph, threads: Mapping[str | None, Sequence[Step]]) -> Iterator[Pattern]:
    """Yield a pattern for each tool of which several results went unused."""
    idle: dict[str, list[Step]] = defaultdict(list)
    judged: dict[str, int] = defaultdict(int)
    for thread in threads.values():
        for step in thread[:-RECENT_STEPS]:
            if step.failed or sum(result.tokens for result in step.results) < SMALLEST_TOKENS:
                continue
            judged[step.tool] += 1
            if not any(_is_used(graph, result.id) for result in step.results):
                idle[step.tool].append(step)
    for tool, found in idle.items():
        if len(found) >= FEWEST:
            tokens = sum(result.tokens for step in found for result in step.results)
            advice = (
                f"{named(tool)}: of {judged[tool]} results of some size {len(found)} went unused, "
                f"{tokens:,} tokens. Ask for less of it, filter what it returns, or take the tool away in this phase."
            )
            yield Pattern("unused", (tool,), len(found), ids_of(found), tokens, advice)


def _is_used(graph: ContextGraph, result_id: str) -> bool:
    return any(edge.evidence.get("reason") == "used" for edge in graph.out_edges(result_id, EdgeType.CAUSAL))
