"""A window's health in words: the five parts of `context_core.health`, each with what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import Health, TokenBudget, Window, health
from context_core.health import CALLS_TO_COMPRESS

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One part of a window's health.

    Attributes:
        name: such as ``density``.
        share: from 0, bad, to 1, good; None where it is not judged.
        words: what it says.
    """

    name: str
    share: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A window's health.

    Attributes:
        health: as `context_core.health` gives it.
        parts: what its score is made of.
    """

    health: Health
    parts: tuple[HealthPart, ...]


def condition(window: Window, budget: TokenBudget | None) -> Condition:
    """Return a window's health with its parts in words.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> [part.share for part in condition(window(graph), None).parts]
        [1.0, 1.0, 1.0, 1.0, None]
    """
    state = health(window, budget)
    return Condition(state, tuple(_parts(state, window, budget)))


def _parts(state: Health, window: Window, budget: TokenBudget | None) -> Iterator[HealthPart]:
    yield HealthPart("density", state.density, f"{state.density:.0%} of the tokens are said only once")
    yield HealthPart(
        "freshness",
        1 - state.staleness,
        f"{state.staleness:.0%} of the tokens are old results that nothing was taken from since",
    )
    if state.loop_calls:
        yield HealthPart("variety", 0.0, f"the last {state.loop_calls} calls are a loop")
    else:
        words = f"{state.repetition:.0%} of the calls were made before with the same arguments"
        yield HealthPart("variety", 1 - state.repetition, words)
    calls = state.calls_since_compression
    compactness = 1 - min(1.0, calls / (2 * CALLS_TO_COMPRESS))
    yield HealthPart("compactness", compactness, f"{calls:,} tool calls since the last compression")
    yield _room(state, window, budget)


def _room(state: Health, window: Window, budget: TokenBudget | None) -> HealthPart:
    if budget is None:
        return HealthPart("room", None, "not judged, as no budget was given")
    trigger = budget.trigger_threshold * budget.total_tokens - budget.reserve_tokens
    left = max(0.0, trigger - window.tokens)
    words = f"{left:,.0f} tokens to the trigger"
    if state.turns_to_trigger is not None:
        words += f", {state.turns_to_trigger:,.1f} turns at the rate so far"
    return HealthPart("room", left / trigger if trigger > 0 else 0.0, words)
