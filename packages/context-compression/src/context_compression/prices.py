"""CachePrices: whether rewriting a cached prompt pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_compression.plan import Plan


@dataclass(frozen=True, slots=True)
class CachePrices:
    """Prices of cached tokens, as multiples of the price of an input token.

    Attributes:
        read: of a token read from the cache.
        write: of a token written to it.
        turns_ahead: turns that the prompt is expected to be sent again.

    Example:
        >>> CachePrices(read=0.1, write=1.25, turns_ahead=10).read
        0.1
    """

    read: float = 0.1
    write: float = 1.25
    turns_ahead: int = 20

    def net(self, plan: Plan) -> float:
        """Return what a plan saves over the turns ahead, in input tokens; negative where it costs more.

        Each turn reads fewer cached tokens; once, what stands behind the first change is written anew, not read.
        """
        saved = plan.tokens_before - plan.tokens_after
        rewritten = plan.tokens_after - plan.prefix_tokens
        return saved * self.read * self.turns_ahead - rewritten * (self.write - self.read)
