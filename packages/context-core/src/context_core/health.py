"""Health: how well a window serves the agent, beside how full it is.

Quality falls before a window is full: repeated and stale text dilutes what matters ("context rot": Hong, Troynikov,
Huber, 2025; position effects: Liu et al., "Lost in the Middle", 2023). Five parts, each from 0 (bad) to 1 (good):

1. *Density*: tokens said once. A line that stood in the window before counts as repeated.
2. *Freshness*: tokens of old tool results of which nothing was said again since are stale.
3. *Variety*: a call that was made before with the same arguments is repeated; a cycle of calls at the end is a loop.
4. *Compactness*: tool calls since the last compression, against `CALLS_TO_COMPRESS`.
5. *Room*: what is left to the trigger of the budget, where one is given.

The score is their product's root (geometric mean), so that one bad part is not hidden by four good ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from context_core.node import Node, NodeType
from context_core.value_index import values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core.budget import TokenBudget
    from context_core.window import Window

RECENT_NODES = 8
"""The last nodes of a window, whose results are not old yet."""
CALLS_TO_COMPRESS = 50
"""Tool calls after which a window is due for a look, however small: a rule of thumb."""
LONGEST_CYCLE = 4
"""Calls in the longest cycle that is looked for."""
_SHORT_LINE = 8
"""Characters of a line that may well stand twice: a brace, a blank, a word."""
_WORST = 0.05
"""The least a part counts as, so that the score can still tell one bad window from another."""


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a window.

    Attributes:
        score: from 0 to 1, all parts together.
        density: share of tokens that are said once.
        staleness: share of tokens in old results of which nothing was said again.
        repetition: share of calls that were made before with the same arguments.
        loop_calls: calls at the end that repeat a cycle; 0 where there is none.
        calls_since_compression: tool calls behind the last pointer or summary, or all.
        turns_to_trigger: users' turns until the budget's trigger at the rate of the window; None without a budget, or
            where the window has no turn.
        seconds_to_trigger: the same in seconds; None where the transcript has no times.
        advice: what to do about it, in words, the most urgent first; empty where all is well.
    """

    score: float
    density: float
    staleness: float
    repetition: float
    loop_calls: int
    calls_since_compression: int
    turns_to_trigger: float | None
    seconds_to_trigger: float | None
    advice: tuple[str, ...]


def health(window: Window, budget: TokenBudget | None = None) -> Health:
    """Return how well a window serves the agent.

    Args:
        window: the window.
        budget: how large the prompt may get; without one, room is not judged.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> for _ in range(4):
        ...     _ = graph.add_tool_result(graph.add_tool_call("ls", {"path": "src"}).id, "io_util.py, net_util.py")
        >>> state = health(window(graph))
        >>> state.loop_calls, state.repetition, state.advice[0]
        (4, 0.75, 'the last 4 calls repeat themselves; tell the agent, or stop it')
    """
    calls = [(node.tool_name or "", node.content) for node in window.nodes if node.type is NodeType.TOOL_CALL]
    density, staleness = _density(window.nodes), _staleness(window.nodes)
    repetition = 1 - len(set(calls)) / len(calls) if calls else 0.0
    loop, since = _loop(calls), _since_compression(window.nodes)
    room, turns, seconds = _room(window, budget)
    parts = (
        density,
        1 - staleness,
        0.0 if loop else 1 - repetition,
        1 - min(1.0, since / (2 * CALLS_TO_COMPRESS)),
        room,
    )
    score = prod(max(_WORST, part) for part in parts) ** (1 / len(parts))
    advice = _advice(density, staleness, repetition, loop, since, turns)
    return Health(score, density, staleness, repetition, loop, since, turns, seconds, advice)


def _density(nodes: Sequence[Node]) -> float:
    """Return the share of tokens in lines that stand in the window for the first time, by characters within a node."""
    seen: set[str] = set()
    once = total = 0.0
    for node in nodes:
        lines = [line for line in node.content.split("\n") if len(line.strip()) > _SHORT_LINE]
        fresh = [line for line in dict.fromkeys(lines) if line not in seen]
        seen.update(fresh)
        chars = sum(map(len, lines))
        once += node.tokens * (sum(map(len, fresh)) / chars if chars else 1.0)
        total += node.tokens
    return once / total if total else 1.0


def _staleness(nodes: Sequence[Node]) -> float:
    """Return the share of tokens in results before the last few nodes whose values no later node says."""
    later: set[str] = set()
    stale = 0
    for place in range(len(nodes) - 1, -1, -1):
        node = nodes[place]
        if node.type is not NodeType.TOOL_RESULT:
            later.update(form.text for value in values_of(node) for form in value.forms)
        elif place < len(nodes) - RECENT_NODES and _is_stale(node, later):
            stale += node.tokens
    total = sum(node.tokens for node in nodes)
    return stale / total if total else 0.0


def _is_stale(result: Node, later: set[str]) -> bool:
    """Return whether a result has values, and none of them was said later; most are told by their first few."""
    has_values = False
    for value in values_of(result):
        if any(form.text in later for form in value.forms):
            return False
        has_values = True
    return has_values


def _loop(calls: Sequence[tuple[str, str]]) -> int:
    """Return how many calls at the end are one cycle, of at most `LONGEST_CYCLE` calls, at least three times over."""
    found = 0
    for length in range(1, LONGEST_CYCLE + 1):
        count = length
        while count < len(calls) and calls[-1 - count] == calls[-1 - count + length]:
            count += 1
        if count >= 3 * length:
            found = max(found, count)
    return found


def _since_compression(nodes: Sequence[Node]) -> int:
    last = max((place for place, node in enumerate(nodes) if _is_compressed(node)), default=-1)
    return sum(node.type is NodeType.TOOL_CALL for node in nodes[last + 1 :])


def _is_compressed(node: Node) -> bool:
    return node.elided is not None or node.type is NodeType.SUMMARY or "recap" in node.metadata


def _room(window: Window, budget: TokenBudget | None) -> tuple[float, float | None, float | None]:
    """Return how much room there is, from 0 to 1, and the turns and the seconds that it lasts."""
    if budget is None:
        return 1.0, None, None
    trigger = budget.trigger_threshold * budget.total_tokens - budget.reserve_tokens
    left = max(0.0, trigger - window.tokens)
    room = left / trigger if trigger > 0 else 0.0
    turns = [node.turn for node in window.nodes]
    rate = window.tokens / (max(turns) - min(turns) + 1) if turns else 0.0
    times = [node.created_at for node in window.nodes if node.created_at is not None]
    span = max(times) - min(times) if times else 0.0
    return room, left / rate if rate else None, left / window.tokens * span if span and window.tokens else None


def _advice(
    density: float, staleness: float, repetition: float, loop: int, since: int, turns: float | None
) -> tuple[str, ...]:
    told = (
        (bool(loop), f"the last {loop} calls repeat themselves; tell the agent, or stop it"),
        (turns is not None and turns < 1, "less than a turn is left to the trigger; compress now"),
        (staleness > 0.3, f"{staleness:.0%} of the tokens are old results nothing was taken from; compress them"),
        (density < 0.7, f"{1 - density:.0%} of the tokens are said more than once; remove repetitions"),
        (repetition > 0.3, f"{repetition:.0%} of the calls were made before; give their results from a cache"),
        (since > CALLS_TO_COMPRESS, f"{since} tool calls since the last compression; compress at the next pause"),
    )
    return tuple(words for applies, words in told if applies)
