"""The protocol of summarizers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core import Node


@runtime_checkable
class Summarizer(Protocol):
    """Writes summaries. It may be slow and may fail; a failure falls back to the extractive one.

    An older summary that is folded into the new one comes as a node of type SUMMARY among the others: its words are
    what was said so far, so a summarizer may carry them on instead of starting anew.
    """

    def summarize(self, nodes: Sequence[Node], max_tokens: int, task: str | None = None) -> str:
        """Return a text of at most `max_tokens` that stands for the nodes, given in the order of time."""
        ...
