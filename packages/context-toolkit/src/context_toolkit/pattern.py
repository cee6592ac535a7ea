"""Pattern: one thing that an agent does with its tools, with the nodes that show it and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_toolkit.step import Step


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern and where it shows.

    Attributes:
        kind: ``stuck``, ``polling``, ``ping-pong``, ``error-streak``, ``retry``, ``repeat``, ``unused``, ``sequence``.
        tools: the tools that it is about, in order where there is one.
        times: how often it came.
        node_ids: ids of the calls and results that show it, in the order of the graph.
        tokens: what could be saved at most: what these nodes cost, or of several that say the same all but one.
        advice: what to do about it.
    """

    kind: str
    tools: tuple[str, ...]
    times: int
    node_ids: tuple[str, ...]
    tokens: int
    advice: str


def ids_of(found: Iterable[Step]) -> tuple[str, ...]:
    """Return the ids of the nodes of steps, in their order."""
    return tuple(node_id for step in found for node_id in step.node_ids)


def named(tool: str) -> str:
    """Return a tool's name to stand in a sentence."""
    return tool or "a tool without a name"
