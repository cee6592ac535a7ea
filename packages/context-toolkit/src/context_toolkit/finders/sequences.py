"""Sequences: different tools that are called one after another again and again.

1. A tool that is called several times in a row counts once: what matters is what follows it.
2. Every run of `SHORTEST` to `LONGEST` different tools is counted, without overlaps, in each thread.
3. Kept is what comes at least `FEWEST` times, and `LIFT` times as often as the tools' own shares would make it, and is
   no part of a longer one that comes nearly as often (as closed sequences are: Yan, Han, Afshar, "CloSpan", SDM 2003).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain, groupby
from math import prod
from typing import TYPE_CHECKING

from context_toolkit.pattern import Pattern, ids_of, named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from context_core import ContextGraph
    from context_toolkit.step import Step

    Tools = tuple[str, ...]
    Run = list[list[Step]]  # for each tool of a sequence, its calls in a row

SHORTEST, LONGEST = 2, 4
FEWEST = 3
LIFT = 1.2
NEARLY = 0.8
"""Share of a sequence's places that a longer one covers for the shorter to say nothing more."""
MOST = 5
"""Sequences that are told of, those that cover most calls."""


def sequences(graph: ContextGraph, threads: Mapping[str | None, Sequence[Step]]) -> Iterator[Pattern]:
    """Yield a pattern for each of the commonest sequences."""
    runs = [[list(run) for _, run in groupby(thread, key=lambda step: step.tool)] for thread in threads.values()]
    shares = Counter(run[0].tool for thread in runs for run in thread)
    total = sum(shares.values())
    kept = {
        tools: found
        for tools, found in _places(runs).items()
        if len(found) >= FEWEST and len(found) / total >= LIFT * prod(shares[tool] / total for tool in tools)
    }
    open_ones = {tools for longer in kept for tools in _parts(longer) if _says_more(longer, tools, kept)}
    closed = [tools for tools in kept if tools not in open_ones]
    for tools in sorted(closed, key=lambda tools: (-len(kept[tools]) * len(tools), tools))[:MOST]:
        yield _pattern(tools, kept[tools])


def _places(threads: Sequence[Run]) -> dict[Tools, list[Run]]:
    """Return where each run of different tools stands, without overlaps."""
    places: dict[Tools, list[Run]] = defaultdict(list)
    for thread in threads:
        for length in range(SHORTEST, LONGEST + 1):
            free: dict[Tools, int] = {}
            for start in range(len(thread) - length + 1):
                run = thread[start : start + length]
                tools = tuple(calls[0].tool for calls in run)
                if len(set(tools)) == length and start >= free.get(tools, 0):
                    places[tools].append(run)
                    free[tools] = start + length
    return places


def _parts(longer: Tools) -> Iterator[Tools]:
    """Yield the sequences that a longer one holds."""
    for length in range(SHORTEST, len(longer)):
        for start in range(len(longer) - length + 1):
            yield longer[start : start + length]


def _says_more(longer: Tools, tools: Tools, kept: Mapping[Tools, Sequence[object]]) -> bool:
    """Return whether a sequence comes nearly as often as one that it holds."""
    return tools in kept and len(kept[longer]) >= NEARLY * len(kept[tools])


def _pattern(tools: Tools, found: Sequence[Run]) -> Pattern:
    told = ", then ".join(map(named, tools))
    advice = (
        f"{told}: {len(found)} times. Prefetch what follows, or offer one tool that does it all; each call spared is a "
        "turn of the model spared."
    )
    followers = sum(calls[0].call.tokens for run in found for calls in run[1:])
    node_ids = ids_of(chain.from_iterable(calls for run in found for calls in run))
    return Pattern("sequence", tools, len(found), node_ids, followers, advice)
