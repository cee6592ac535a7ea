"""Relevance: how much nodes have to do with a query, by one interchangeable scorer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from context_core.scorers.bm25 import Bm25Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_core.node import Node


@runtime_checkable
class Scorer(Protocol):
    """Scores texts by a query, all at once, since how rare a word is depends on the others."""

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return a number from 0 (nothing to do with it) to 1 for each text; the same input gives the same output."""
        ...


def relevance(nodes: Iterable[Node], query: str, scorer: Scorer | None = None) -> list[float]:
    """Return how relevant each node is to a query, from 0 to 1, in the order of the nodes.

    Cheap enough for thousands of nodes a call; it needs no index and, by default, nothing installed.

    Args:
        nodes: any nodes, of one graph or of several.
        query: a task, a question or words.
        scorer: `Bm25Scorer()` unless given.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "Why does parse_rows fail?")
        >>> _ = graph.add_message("assistant", "The weather is fine.")
        >>> [round(score, 1) for score in relevance(graph.nodes(), "parse_rows fails")]
        [0.4, 0.0]
    """
    texts = ["" if node.kind == "image" else node.content for node in nodes]
    return (scorer or Bm25Scorer()).score(query, texts)
