"""What must stay, and what yields last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core import Node, Window

LONG_USER_TOKENS = 1_000
"""A user's message above this is taken to carry a paste, which may go behind a pointer with a long preview."""


class Yield(IntEnum):
    """The order in which nodes yield their place."""

    OLD = 0
    """What agent and tools said, before the recent messages."""
    PASTE = 1
    """A user's long message: behind a pointer; folded only with users' words."""
    RECENT = 2
    """The last messages."""
    USER = 3
    """A user's words: only where the target cannot be reached otherwise."""
    NEVER = 4
    """System prompt, pinned nodes, open calls, the task; a pinned part's call or result may shrink, not go."""


@dataclass(frozen=True, slots=True)
class Preserve:
    """Rules of what stays in the prompt.

    Attributes:
        recent_messages: how many of the last messages yield after all older ones.
        keep: a rule of the user's own: nodes for which it returns True are never touched. Where it raises, nothing is
            compressed.

    Example:
        >>> Preserve(keep=lambda node: "ACCEPTANCE" in node.content).recent_messages
        8
    """

    recent_messages: int = 8
    keep: Callable[[Node], bool] | None = None

    def yields(self, window: Window) -> dict[str, Yield]:
        """Return for each node of a window when it yields."""
        recent = set(list(dict.fromkeys(node.message_id for node in reversed(window.nodes)))[: self.recent_messages])
        open_calls = set(window.open_calls)
        task = task_message(window)
        return {node.id: self._yield(node, recent, open_calls, task) for node in window.nodes}

    def _yield(self, node: Node, recent: set[str], open_calls: set[str], task: str | None) -> Yield:
        is_task = node.message_id == task and node.is_instruction
        hard = node.pinned or node.is_system or node.id in open_calls or is_task
        if hard or (self.keep is not None and self.keep(node)):
            return Yield.NEVER
        if node.is_instruction:
            return Yield.PASTE if node.tokens > LONG_USER_TOKENS else Yield.USER
        return Yield.RECENT if node.message_id in recent else Yield.OLD


def task_message(window: Window) -> str | None:
    """Return the id of the message that holds the task: the user's latest."""
    return next((node.message_id for node in reversed(window.nodes) if node.is_instruction), None)
