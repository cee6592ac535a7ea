"""Contexts: what holds a session's prompt while it grows, one way of keeping it small each.

A context takes messages, gives the prompt, and shrinks it when it is told to. What it took out for good is lost; what
stands behind references of the prompt, it tells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from benchmarks.replay.cases import PROTECTED, tokens_of
from context_compression import CompressionPipeline
from context_core import (
    BudgetExceededError,
    ContextError,
    ContextGraph,
    Manifest,
    MemoryContentStore,
    append,
    expand,
    read_next,
    render,
    session_digits,
    window,
)

if TYPE_CHECKING:
    from benchmarks.replay.needed import Message
    from context_compression import CachePrices
    from context_core import TokenBudget

NOTE = "[old tool result cleared]"
SYSTEM = ("system", "developer")
_REFERENCE = re.compile(r"\d{9}\.\d{6,15}")


class Context(Protocol):
    """A session's prompt while it grows."""

    def add(self, message: Message) -> None:
        """Append a message."""
        ...

    def prompt(self) -> list[Message]:
        """Return what would be sent now."""
        ...

    def shrink(self, budget: TokenBudget) -> None:
        """Make the prompt smaller: the budget's trigger is passed, its target is aimed at."""
        ...

    def originals(self, prompt: str) -> dict[str, str]:
        """Return by reference the texts that can be asked for, going by what the prompt shows."""
        ...


class Whole:
    """Nothing is ever taken out."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def add(self, message: Message) -> None:
        """Append a message."""
        self.messages.append(message)

    def prompt(self) -> list[Message]:
        """Return all messages."""
        return list(self.messages)

    def shrink(self, budget: TokenBudget) -> None:
        """Do nothing."""

    def originals(self, prompt: str) -> dict[str, str]:
        """Return nothing: there is no way back."""
        return {}


class KeepLast(Whole):
    """The oldest turns go: an agent's message with its results, or a message of another.

    System prompts and the users' first message stay, and so does the last turn.
    """

    def shrink(self, budget: TokenBudget) -> None:
        """Drop whole turns, the oldest first, until the target is met."""
        turns = turns_of(self.messages)
        first = next((turn for turn in turns if turn[0]["role"] == "user"), None)
        over = tokens_of(self.messages) - budget.target_tokens
        kept: list[list[Message]] = []
        for turn in turns:
            stays = turn is first or turn is turns[-1] or turn[0]["role"] in SYSTEM
            if stays or over <= 0:
                kept.append(turn)
            else:
                over -= tokens_of(turn)
        self.messages = [message for turn in kept for message in turn]


class MaskResults(Whole):
    """Old results give way to a short note; the last messages are left as they are."""

    def shrink(self, budget: TokenBudget) -> None:
        """Mask results, the oldest first, until the target is met."""
        over = tokens_of(self.messages) - budget.target_tokens
        for number, message in enumerate(self.messages[:-PROTECTED]):
            masked = {**message, "content": NOTE}
            saved = tokens_of([message]) - tokens_of([masked]) if message["role"] == "tool" else 0
            if over > 0 and saved > 0:
                self.messages[number] = masked
                over -= saved


class Compressed:
    """This project: a graph, its window, and the pipeline with its defaults.

    Args:
        session: the session's name.
        prices: given to the pipeline, so that it leaves the prompt alone where rewriting it would not pay.
    """

    def __init__(self, session: str = "session", prices: CachePrices | None = None) -> None:
        self._graph = ContextGraph(session)
        self._manifest = Manifest(session)
        self._store = MemoryContentStore()
        self._prices = prices

    def add(self, message: Message) -> None:
        """Append a message to the graph."""
        leaf = self._graph.leaf
        parent = None if leaf is None else leaf.rpartition("/")[0]
        append(self._graph, read_next([message], parent, "openai-chat"))

    def prompt(self) -> list[Message]:
        """Return the rendered window."""
        return list(render(window(self._graph)))

    def shrink(self, budget: TokenBudget) -> None:
        """Compress to the target, or, where what must stay is larger, as far as needed to be within the budget."""
        try:
            self._compress(budget)
        except BudgetExceededError as error:
            if window(self._graph).tokens > budget.total_tokens:
                self._compress(budget, target_tokens=error.needed)

    def _compress(self, budget: TokenBudget, target_tokens: int | None = None) -> None:
        result = CompressionPipeline().compress(
            self._graph,
            budget=budget,
            target_tokens=target_tokens,
            store=self._store,
            manifest=self._manifest,
            prices=self._prices,
        )
        self._manifest = result.manifest

    def originals(self, prompt: str) -> dict[str, str]:
        """Return the originals behind the references that stand in the prompt."""
        own = session_digits(self._graph.session_id)
        shown = {reference for reference in _REFERENCE.findall(prompt) if reference.startswith(own)}
        found = {reference: self._expanded(reference) for reference in sorted(shown)}
        return {reference: text for reference, text in found.items() if text is not None}

    def _expanded(self, reference: str) -> str | None:
        try:
            return expand(self._manifest, self._store, reference)
        except ContextError:
            return None


def turns_of(messages: list[Message]) -> list[list[Message]]:
    """Return messages in turns: results stand with the message that called for them.

    Example:
        >>> [len(turn) for turn in turns_of([{"role": r} for r in ("user", "assistant", "tool", "tool", "user")])]
        [1, 3, 1]
    """
    turns: list[list[Message]] = []
    for message in messages:
        if message["role"] == "tool" and turns:
            turns[-1].append(message)
        else:
            turns.append([message])
    return turns
