"""Scope: all that a strategy may know when it proposes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.needs import Speaker, speaker
from context_compression.preserve import Preserve, Yield, task_message
from context_compression.sight import Sight, sight_of
from context_core import Window, note_tokens
from context_core import window as window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from context_compression.strategies.weigher import Weigher
    from context_core import ContextGraph, Node, TokenCounter

OWN_WORDS = 2e-4
"""What a token of an agent's own words is worth: less than nearly any value, more than a line without one."""


@dataclass(frozen=True)
class Scope:
    """A window as strategies see it; nothing in it can be written to.

    Attributes:
        window: what stands in the prompt.
        yields: for each node's id, when it yields.
        counter: counts tokens.
        reference: gives the reference of a node, one that is about to be added too.
        task: what the agent is to do next.
        note_tokens: for each call that was never answered, the tokens of the note in the place of its result.
        is_summarized: whether a summarizer will write words for what folds.
        weighers: say what units are worth beside the values that they show.
    """

    window: Window
    yields: Mapping[str, Yield]
    counter: TokenCounter
    reference: Callable[[Node], str]
    task: str = ""
    note_tokens: Mapping[str, int] = field(default_factory=dict[str, int])
    is_summarized: bool = False
    weighers: tuple[Weigher, ...] = ()

    @cached_property
    def place(self) -> dict[str, int]:
        """For each node's id, its number in the window."""
        return {node.id: number for number, node in enumerate(self.window.nodes)}

    @cached_property
    def sight(self) -> Sight:
        """What the window says, as arrays; made when first asked for."""
        return sight_of(self.window.nodes)

    def bonus(self) -> Any:
        """Return for each unit of `sight` what it is worth to keep it whatever values it shows."""
        said = np.array([speaker(node) is Speaker.AGENT for node in self.sight.nodes], np.bool_)
        own = np.where(said[self.sight.unit_node], OWN_WORDS * self.sight.tokens, 0.0)
        return sum((weigher.weigh(self) for weigher in self.weighers), own)

    def tail(self, start: int) -> Scope:
        """Return the scope of the nodes from a number on, or a little before it: calls and results stay together."""
        nodes, place = self.window.nodes, self.place
        while True:
            calls = {node.id: self.window.calls[node.id] for node in nodes[start:] if node.id in self.window.calls}
            first = min([start, *(place[call] for call in calls.values() if call in place)])
            while first and nodes[first - 1].message_id == nodes[first].message_id:
                first -= 1
            if first == start:
                break
            start = first
        ids = {node.id for node in nodes[start:]}
        unanswered = tuple(call for call in self.window.unanswered if call in ids)
        repair = sum(self.note_tokens.get(call, 0) for call in unanswered)
        return replace(self, window=Window(self.window.session_id, nodes[start:], calls, unanswered, repair))


def scope_of(
    graph: ContextGraph,
    preserve: Preserve,
    task: str | None = None,
    *,
    is_summarized: bool = False,
    weighers: Iterable[Weigher] = (),
) -> Scope:
    """Return the scope of a graph's current window.

    Args:
        graph: the graph.
        preserve: what stays.
        task: what the agent is to do next; the user's latest message unless given.
        is_summarized: whether a summarizer will write words for what folds.
        weighers: say what units are worth beside the values that they show.
    """
    window = window_of(graph)
    notes = {call: note_tokens(graph, call) for call in window.unanswered}
    yields = preserve.yields(window)
    return Scope(
        window, yields, graph.counter, graph.reference_of, task or _task(window), notes, is_summarized, tuple(weighers)
    )


def _task(window: Window) -> str:
    message = task_message(window)
    return " ".join(node.content for node in window.nodes if node.message_id == message and node.kind == "text")
