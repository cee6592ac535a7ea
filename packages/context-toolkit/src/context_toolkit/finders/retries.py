"""Retries: a call that failed, and further tries with the same tool soon after its failure was known.

A try is *blind* where its arguments are those of one that failed before: what failed once with the same arguments and
nothing changed in between most often fails again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from context_toolkit.pattern import Pattern, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import ContextGraph
    from context_toolkit.step import Step

SOON = 3
"""Steps within which the same tool again counts as the next try."""


def retries(graph: ContextGraph, threads: Mapping[str | None, Sequence[Step]]) -> Iterator[Pattern]:
    """Yield a pattern for each tool that was tried again, with all its tries."""
    tries: dict[str, list[list[Step]]] = defaultdict(list)
    for thread in threads.values():
        for chain in _chains(graph, [step for step in thread if step.outcome is not None]):
            tries[chain[0].tool].append(chain)
    for tool, chains in tries.items():
        yield _pattern(tool, chains)


def _chains(graph: ContextGraph, found: Sequence[Step]) -> Iterator[list[Step]]:
    """Yield the tries that belong together: failures of one tool, each soon after the other, and what ended them."""
    places = [graph.position(step.call.id) for step in found]
    taken: set[int] = set()
    for start, first in enumerate(found):
        if start in taken or not first.failed:
            continue
        chain, place = [first], start
        while chain[-1].failed and (following := _next(graph, found, places, place)) is not None:
            chain.append(found[following])
            taken.add(following)
            place = following
        if len(chain) > 1:
            yield chain


def _next(graph: ContextGraph, found: Sequence[Step], places: Sequence[int], which: int) -> int | None:
    """Return the number of the next try; what was called beside the one that failed, before its result, is none.

    Args:
        graph: the graph.
        found: the steps.
        places: where the call of each stands in the graph, which only grows.
        which: the number of the step that failed.
    """
    soon = bisect_right(places, graph.position(found[which].results[-1].id), which + 1)
    candidates = range(soon, min(soon + SOON, len(found)))
    return next((later for later in candidates if found[later].tool == found[which].tool), None)


def _pattern(tool: str, chains: Sequence[Sequence[Step]]) -> Pattern:
    retried = sum(len(chain) - 1 for chain in chains)
    blind = sum(_blind(chain) for chain in chains)
    good = sum(not chain[-1].failed for chain in chains)
    advice = f"{named(tool)}: tried again {retried}× after a failure, {blind}× with arguments that had failed; "
    advice += f"{good} of {len(chains)} came to a good end. "
    advice += (
        "Do not send again what failed: change the arguments, or what they depend on."
        if blind
        else "Say in the tool's description what it expects, and let its errors say how to do it right."
    )
    wasted = sum(step.tokens for chain in chains for step in chain if step.failed)
    return Pattern("retry", (tool,), retried, ids_of(step for chain in chains for step in chain), wasted, advice)


def _blind(chain: Sequence[Step]) -> int:
    failed: set[str] = set()
    count = 0
    for step in chain:
        count += step.arguments in failed
        if step.failed:
            failed.add(step.arguments)
    return count
