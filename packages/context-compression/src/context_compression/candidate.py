"""Candidates: what strategies propose, one planner chooses among, and `apply` carries out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_compression.preserve import Yield
    from context_compression.tier import CompressionTier
    from context_core import Node


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that could be done to the prompt.

    Attributes:
        strategy: name of the strategy that proposes it.
        tier: how much it takes out.
        nodes: the nodes it takes out of the prompt as they are, in the order of time.
        after: what stands in the prompt instead; a summary's content is empty until it is filled.
        tokens_after: tokens of `after`; for a summary that is not filled yet, the most it may take.
        loss: weight of what goes out of sight; comparable between candidates, additive.
        yields: the last of the nodes' kinds to yield.
        note_tokens: tokens of the notes in place of missing results that go with the nodes.
        is_open: whether units of the nodes may stay, word for word: which ones is the planner's choice. `after` and
            `tokens_after` then tell what is left with none of them, as far as that is known before it is written.
        room: tokens of `tokens_after` that a summarizer's words may take.
    """

    strategy: str
    tier: CompressionTier
    nodes: tuple[Node, ...]
    after: Node
    tokens_after: int
    loss: float
    yields: Yield
    note_tokens: int = 0
    is_open: bool = False
    room: int = 0

    @property
    def tokens_before(self) -> int:
        """Tokens that go: of the nodes it takes out, and of the notes that go with them."""
        return sum(node.tokens for node in self.nodes) + self.note_tokens

    @property
    def tokens_saved(self) -> int:
        """Tokens before less tokens after; for a summary that is not filled yet, at least that."""
        return self.tokens_before - self.tokens_after

    @property
    def is_summary(self) -> bool:
        """Whether a new node stands for the old ones, rather than a changed one for itself."""
        return self.after.id != self.nodes[0].id

    def filled(self, after: Node, room: int = 0) -> Candidate:
        """Return the candidate with what is left written, but for a summarizer's words where there is room for them."""
        return replace(self, after=after, tokens_after=after.tokens + room, is_open=False, room=room)
