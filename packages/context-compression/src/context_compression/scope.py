"""Scope: all that a strategy may know when it proposes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.needs import Speaker, speaker
from context_compression.preserve import Preserve, Yield, task_message
from context_compression.sight import Sight, sight_of
from context_core import note_tokens
from context_core import window as window_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from context_core import ContextGraph, Node, TokenCounter, Window

OWN_WORDS = 5e-4
_TASK_WORDS = 30
_WORD = re.compile(r"[\w./-]{4,}")


@dataclass(frozen=True)
class Scope:
    """A window as strategies see it; nothing in it can be written to.

    Attributes:
        window: what stands in the prompt.
        yields: for each node's id, when it yields.
        counter: counts tokens.
        reference: gives the reference of a node, one that is about to be added too.
        task_words: words of the task, the longest first.
        note_tokens: for each call that was never answered, the tokens of the note in the place of its result.
    """

    window: Window
    yields: Mapping[str, Yield]
    counter: TokenCounter
    reference: Callable[[Node], str]
    task_words: tuple[str, ...] = ()
    note_tokens: Mapping[str, int] = field(default_factory=dict[str, int])

    @cached_property
    def sight(self) -> Sight:
        """What the window says, as arrays; made when first asked for."""
        return sight_of(self.window.nodes)

    def bonus(self) -> Any:
        """Return for each unit of `sight` what it is worth to keep it whatever values it shows."""
        said = np.array([speaker(node) is Speaker.AGENT for node in self.sight.nodes], np.bool_)
        return np.where(said[self.sight.unit_node], OWN_WORDS * self.sight.tokens, 0.0)

    def recency(self) -> dict[str, float]:
        """Return for each node's id how recent it is: the share of the window's tokens up to it, 0 to 1."""
        total, passed = max(1, self.window.tokens), 0
        shares: dict[str, float] = {}
        for node in self.window.nodes:
            passed += node.tokens
            shares[node.id] = passed / total
        return shares

    def likeness(self, node: Node) -> float:
        """Return the share of the task's words that a node holds, 0 to 1."""
        if not self.task_words:
            return 0.0
        return sum(word in node.content for word in self.task_words) / len(self.task_words)


def scope_of(graph: ContextGraph, preserve: Preserve, task: str | None = None) -> Scope:
    """Return the scope of a graph's current window.

    Args:
        graph: the graph.
        preserve: what stays.
        task: what the agent is to do next; the user's latest message unless given.
    """
    window = window_of(graph)
    words = _words(task or _task(window))
    notes = {call: note_tokens(graph, call) for call in window.unanswered}
    return Scope(window, preserve.yields(window), graph.counter, graph.reference_of, words, notes)


def _task(window: Window) -> str:
    message = task_message(window)
    return " ".join(node.content for node in window.nodes if node.message_id == message and node.kind == "text")


def _words(text: str) -> tuple[str, ...]:
    distinct = dict.fromkeys(_WORD.findall(text[:20_000]))
    return tuple(sorted(distinct, key=lambda word: (-len(word), word))[:_TASK_WORDS])
