"""Hits: what a search returns, with the reason why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core.edge import EdgeType
    from context_core.index.search_index import Match
    from context_core.node import Node
    from context_core.spread import Activation


@dataclass(frozen=True, slots=True)
class Hit:
    """A node that was found.

    Attributes:
        node: the node, as it is in the graph now.
        score: the fused score; it orders the hits of one search and means nothing beside another's.
        lexical_rank: its place among the matches of words, from 1, or None.
        dense_rank: its place among the nearest in meaning, from 1, or None.
        span: where the best passage stands in the content that was indexed, in characters; None where the node
            was only brought by another.
        brought_by: id of the hit that brought it, where that counted more than its own match, else None.
        relation: the type of edge it was brought along, or None.
    """

    node: Node
    score: float
    lexical_rank: int | None = None
    dense_rank: int | None = None
    span: tuple[int, int] | None = None
    brought_by: str | None = None
    relation: EdgeType | None = None

    @property
    def why(self) -> str:
        """Say in words why it was found."""
        if self.brought_by is not None and self.relation is not None:
            return f"brought by {self.brought_by} ({self.relation.value})"
        places = (("words", self.lexical_rank), ("meaning", self.dense_rank))
        return ", ".join(f"no. {rank} by {name}" for name, rank in places if rank is not None)


def describe(
    node: Node, score: float, activation: Activation, *, words: Sequence[Match], meaning: Sequence[Match]
) -> Hit:
    """Return the hit of a node.

    Args:
        node: the node.
        score: its fused score.
        activation: its own score and what it was given, where both halves found it by words.
        words: the matches of the lexical half.
        meaning: those of the dense half.
    """
    lexical_rank, by_words = _place(node.id, words)
    dense_rank, by_meaning = _place(node.id, meaning)
    match = by_words or by_meaning
    gift = activation.gift if activation.gift is not None and activation.gift.score > activation.own else None
    return Hit(
        node,
        score,
        lexical_rank,
        dense_rank,
        span=(match.start, match.end) if match else None,
        brought_by=gift.node_id if gift else None,
        relation=gift.relation if gift else None,
    )


def _place(node_id: str, matches: Sequence[Match]) -> tuple[int | None, Match | None]:
    return next(
        ((rank, match) for rank, match in enumerate(matches, start=1) if match.node_id == node_id), (None, None)
    )
