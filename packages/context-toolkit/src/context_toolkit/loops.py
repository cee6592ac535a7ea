"""Loops: an agent that does the same things over and over.

1. Steps are compared by tool and arguments. A run is a cycle of at most `LONGEST_CYCLE` steps, the shortest that
   explains it, that comes at least `TIMES` times, one after another.
2. What the cycle's results said tells what kind of loop it is. The same each time: it is *stuck*, and only something
   new in the prompt ends it. Something new each time: one call is *polling*, a cycle of several is a *ping-pong*.

`detect_loops` looks at the end of the current branch alone, so it may be asked after every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from context_toolkit.step import Step, last_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from context_core import ContextGraph
    from context_toolkit.originals import Originals

LONGEST_CYCLE = 4
"""Steps in the longest cycle that is looked for."""
TIMES = 3
"""How often a cycle must come to be a loop: twice is a second look."""
POLLS = 5
"""How often one call with new results must come: watching something for a while is often right."""
LOOK_BACK = 40
"""Steps that `detect_loops` looks at."""


class LoopKind(StrEnum):
    """What kind of loop it is."""

    STUCK = "stuck"
    """The same calls, the same results."""
    POLLING = "polling"
    """The same call, something new each time."""
    PING_PONG = "ping-pong"
    """Several calls in turn, something new each time."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A cycle of steps that came several times, one after another.

    Attributes:
        kind: what kind of loop it is.
        tools: the tools of one cycle, in order.
        times: how often the cycle came, at least; a part of it may follow.
        node_ids: ids of all calls and results in it, in order.
        tokens: what they cost.
        advice: what to do about it, in words that may be shown to the agent.
    """

    kind: LoopKind
    tools: tuple[str, ...]
    times: int
    node_ids: tuple[str, ...]
    tokens: int
    advice: str


def detect_loops(graph: ContextGraph, *, originals: Originals | None = None, look_back: int = LOOK_BACK) -> list[Loop]:
    """Return the loops that the current branch is in: those that reach to its last step.

    Args:
        graph: the graph, while the agent runs or afterwards.
        originals: where compressed nodes are found; without it, they are taken as they stand.
        look_back: steps to look at.

    Returns:
        The loop, or nothing. It is a list since a later release may tell apart loops inside each other.

    Raises:
        ValueError: `look_back` is too small for any loop.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> for _ in range(3):
        ...     _ = graph.add_tool_result(graph.add_tool_call("read", {"path": "a.py"}).id, "x = 1")
        >>> [loop] = detect_loops(graph)
        >>> loop.kind.value, loop.tools, loop.times
        ('stuck', ('read',), 3)
    """
    if look_back < TIMES:
        raise ValueError(f"got look_back={look_back}; expected at least {TIMES}, the steps of the shortest loop")
    found = last_steps(graph, look_back, originals)
    length, steps_in_it = _longest_run(found[::-1])
    return [_loop(found[len(found) - steps_in_it :], length)] if length else []


def loops_in(found: Sequence[Step]) -> list[Loop]:
    """Return all loops among the steps of a thread, in order; none overlap."""
    done = [step for step in found if step.outcome is not None]
    loops: list[Loop] = []
    start = 0
    while start < len(done):
        length, steps_in_it = _longest_run(done, start)
        if length:
            loops.append(_loop(done[start : start + steps_in_it], length))
        start += steps_in_it or 1
    return loops


def _longest_run(found: Sequence[Step], start: int = 0) -> tuple[int, int]:
    """Return the length of the cycle that explains most steps from one on, and how many; 0 for none.

    Of two that explain as many, it is the shorter one.
    """
    best = (0, 0)
    for length in range(1, LONGEST_CYCLE + 1):
        calls, same = _run(found, start, length, _same_call), _run(found, start, length, _same_step)
        times = POLLS if length == 1 else TIMES
        steps_in_it = calls if calls >= times * length else same if same >= TIMES * length else 0
        if steps_in_it > best[1]:
            best = (length, steps_in_it)
    return best


def _run(found: Sequence[Step], start: int, length: int, is_same: Callable[[Step, Step], bool]) -> int:
    """Return how many steps from one on are like the one a cycle before."""
    end = min(start + length, len(found))
    while end < len(found) and is_same(found[end], found[end - length]):
        end += 1
    return end - start


def _same_call(one: Step, other: Step) -> bool:
    return (one.tool, one.arguments) == (other.tool, other.arguments)


def _same_step(one: Step, other: Step) -> bool:
    return _same_call(one, other) and one.outcome == other.outcome


def _loop(run: Sequence[Step], length: int) -> Loop:
    tools, times = tuple(step.tool for step in run[:length]), len(run) // length
    is_stuck = _run(run, 0, length, _same_step) == len(run)
    kind = LoopKind.STUCK if is_stuck else LoopKind.POLLING if length == 1 else LoopKind.PING_PONG
    node_ids = tuple(node_id for step in run for node_id in step.node_ids)
    return Loop(kind, tools, times, node_ids, sum(step.tokens for step in run), _advice(kind, tools, times))


def _advice(kind: LoopKind, tools: tuple[str, ...], times: int) -> str:
    named = " and ".join(dict.fromkeys(tool or "a tool" for tool in tools))
    if kind is LoopKind.STUCK:
        return (
            f"{named}: the same {times} times over, with the same result each time. It will not change; use what was "
            "learned, try something else, or stop and say what is missing."
        )
    if kind is LoopKind.POLLING:
        return f"{named}: called {times} times in a row with the same arguments. Wait longer between looks, or be told."
    return f"{named}: the same calls in turn, {times} times over. Decide on one way, and change what is being undone."
