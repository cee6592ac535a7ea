"""Is the tool that the agent calls next among those selected? On real sessions, with only what came before.

    uv run python -m benchmarks.selection

1. The pool is made of all data sets together (``tool_pool.py``): the 50 most called tools, and, apart, all of them.
2. Sessions are split into training and test, trials of one task and threads of one session together. Counts and
   weights come from training sessions alone (``tool_weights.py``).
3. Of each test turn the selection sees what stood before the model's turn. Each call of the turn counts; one is found
   where its tool is among the 8 selected.
4. *Unseen kinds*: for each family of data sets, counts and weights come from the other families' training sessions
   alone; what is left is relevance, the session's own history, and what tools have in common.

Beside it stand: the 8 most called of all training sessions; the last 8 distinct tools of the session, filled up with
these; the 8 most called of the same data set's training sessions, which is told what it cannot know: the data set; and
the scorer's relevance to the task alone.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from benchmarks.tool_pool import DATA, pool, sessions, split
from benchmarks.tool_weights import fitted, gathered
from context_core import NodeType
from context_toolkit import ToolSelector, ToolUse, Weights
from context_toolkit.selection.weights import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.tool_pool import Session
    from context_toolkit import Tool

LIMIT = 8
POOL = 50
Found = dict[str, Counter]
"""Of each data set, calls and how many of them each way found."""


def popular(training: Iterable[Session], known: frozenset[str]) -> list[str]:
    """Return the tools of the pool, the most called in training first."""
    calls = Counter(n.tool_name or "" for s in training for n in s.nodes if n.type is NodeType.TOOL_CALL)
    return sorted((name for name in calls if name in known), key=lambda name: (-calls[name], name))


def last_used(nodes: Sequence, filling: Sequence[str], known: frozenset[str]) -> list[str]:
    """Return the last distinct tools of a session, filled up."""
    used = (node.tool_name or "" for node in reversed(nodes) if node.type is NodeType.TOOL_CALL)
    return [name for name in dict.fromkeys((*used, *filling)) if name in known][:LIMIT]


def judge(tests: Sequence[Session], training: Sequence[Session], selector: ToolSelector) -> Found:
    """Return of each data set how many calls each way found."""
    tools = selector.tools
    known = frozenset(tool.name for tool in tools)
    filling = popular(training, known)
    bare = ToolSelector(tools, weights=Weights({"relevance": 1.0}, {"relevance": 1.0}))
    found: Found = defaultdict(Counter)
    for session in tests:
        same = popular((s for s in training if s.data_set == session.data_set), known)
        tally, shown, shown_steady = found[session.data_set], (), ()
        for place, calls in sorted(session.cuts().items()):
            before = session.nodes[:place]
            started = time.perf_counter()
            selection = selector.select(before, limit=LIMIT)
            tally["seconds"] += time.perf_counter() - started
            steady = selector.select(before, limit=LIMIT, shown=shown_steady)
            tally["turns"] += 1
            tally["tokens"] += selection.tokens
            tally["changed"] += bool(shown) and selection.names != shown.names
            tally["steady changed"] += bool(shown) and steady.names != shown_steady.names
            shown, shown_steady = selection, steady
            ways = {
                "selected": selection.names,
                "steady": steady.names,
                "popular": filling[:LIMIT],
                "last": last_used(before, filling, known),
                "same set": [*dict.fromkeys((*same, *filling))][:LIMIT],
                "relevance": bare.select(before, limit=LIMIT).names,
                "by phase": selector.select(before, limit=LIMIT, phase="auto").names,
            }
            for name in calls:
                tally["outside"] += name not in known
                if name in known:
                    tally["calls"] += 1
                    tally.update(way for way, names in ways.items() if name in names)
    return found


WAYS = ("selected", "steady", "popular", "last", "same set", "relevance", "by phase")


def told(found: Found) -> None:
    """Print a table: of each data set, of all calls, and the mean of the data sets of 20 calls or more."""
    print(f"{'':24} calls " + "".join(f"{way:>10}" for way in WAYS))
    for data_set, tally in sorted(found.items(), key=lambda item: -item[1]["calls"]):
        if tally["calls"]:
            print(_line(data_set, tally["calls"], [tally[way] / tally["calls"] for way in WAYS]))
    every = sum(found.values(), Counter())
    print(_line("all calls", every["calls"], [every[way] / every["calls"] for way in WAYS]))
    large = [tally for tally in found.values() if tally["calls"] >= 20]
    if large:
        means = [sum(tally[way] / tally["calls"] for tally in large) / len(large) for way in WAYS]
        print(_line(f"mean of {len(large)} data sets", sum(t["calls"] for t in large), means))
    print(
        f"turns {every['turns']:,}; calls outside the pool {every['outside']}; "
        f"tokens of a selection {every['tokens'] / every['turns']:.0f}; "
        f"turns whose selection changed {every['changed'] / every['turns']:.0%}, steady "
        f"{every['steady changed'] / every['turns']:.0%}; {1000 * every['seconds'] / every['turns']:.2f} ms a selection"
    )


def _line(name: str, calls: int, shares: Sequence[float]) -> str:
    return f"{name:24} {calls:5} " + "".join(f"{share:10.1%}" for share in shares)


def unseen(every: Sequence[Session], training: Sequence[Session], tools: Sequence[Tool]) -> Found:
    """Return what is found of each family when nothing was learned from it; all its sessions are test sessions."""
    found: Found = {}
    for family in sorted({session.family for session in every}):
        others = [s for s in training if s.family != family]
        weights = fitted(gathered(training, tools, without=family))
        selector = ToolSelector(tools, use=ToolUse.learn(s.nodes for s in others), weights=weights)
        found |= judge([s for s in every if s.family == family], others, selector)
    return found


def main() -> None:
    """Print the pool, the weights, and the shares of calls found, for known and for unseen kinds."""
    every = sessions(DATA)
    training, tests = split(every)
    whole, schemas = pool(every, DATA)
    defined = [name for name, source in schemas.items() if source == "defined"]
    print(f"{len(every)} distinct sessions, {len(training)} for training; {len(whole)} tools, {len(defined)} defined")
    for tools in (whole[:POOL], whole):
        started = time.perf_counter()
        weights = fitted(gathered(training, tools))
        selector = ToolSelector(tools, use=ToolUse.learn(s.nodes for s in training), weights=weights)
        seconds = time.perf_counter() - started
        print(f"\n{len(tools)} tools of {sum(selector.tokens.values()):,} tokens, {seconds:.0f} s to fit")
        for kind in KINDS:
            print(f"    {kind:10} known {weights.known[kind]:5.2f}  strange {weights.strange[kind]:5.2f}")
        told(judge(tests, training, selector))
        if tools is not whole:
            print("\nunseen kinds: nothing learned of the family")
            told(unseen(every, training, tools))


if __name__ == "__main__":
    main()
