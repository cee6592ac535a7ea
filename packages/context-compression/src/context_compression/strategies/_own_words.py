"""Own words: the agent's own texts and thinking, as open candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_compression.candidate import Candidate
from context_compression.preserve import Yield
from context_compression.strategies.externalize import POINTER_TOKENS
from context_core import Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_compression.scope import Scope
    from context_compression.tier import CompressionTier

MIN_TOKENS = 40
"""A shorter text is hardly longer than the pointer to it."""


def own_words(scope: Scope, strategy: str, tier: CompressionTier, min_tokens: int) -> Iterator[Candidate]:
    """Yield an open candidate for each text and thought of the agent that may yield, the oldest first.

    Args:
        scope: the window.
        strategy: who proposes them.
        tier: its tier.
        min_tokens: parts below this are left alone.
    """
    least = max(min_tokens, POINTER_TOKENS + 1)
    for node in scope.window.nodes:
        yields = scope.yields[node.id]
        if yields is not Yield.NEVER and node.tokens >= least and _is_own(node):
            yield Candidate(strategy, tier, (node,), node, POINTER_TOKENS, 0.0, yields, is_open=True)


def _is_own(node: Node) -> bool:
    return node.type is NodeType.MESSAGE and node.role == "assistant" and node.kind in ("text", "thinking")
