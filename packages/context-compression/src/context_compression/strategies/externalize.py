"""ExternalizePayloads: large content goes behind a pointer, with a verbatim preview.

1. Every result, call, image and paste that may yield is an open candidate: which of its units stay is the planner's
   choice.
2. A call's arguments stay valid JSON; an image is a pointer alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_compression.candidate import Candidate
from context_compression.preserve import Yield
from context_compression.tier import CompressionTier
from context_core import Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.scope import Scope

POINTER_TOKENS = 20
"""About what a pointer costs."""


@dataclass(frozen=True, slots=True)
class ExternalizePayloads:
    """Puts large contents behind pointers.

    Attributes:
        min_tokens: parts below this are left alone.
    """

    min_tokens: int = 40

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "externalize-payloads"

    @property
    def tier(self) -> CompressionTier:
        """A pointer with a verbatim preview."""
        return CompressionTier.LOSSLESS

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return an open candidate for each part that may yield."""
        for node in scope.window.nodes:
            yields = scope.yields[node.id]
            is_large = node.tokens >= self.min_tokens and node.tokens > POINTER_TOKENS
            if yields is not Yield.NEVER and is_large and _may_be_cut(node):
                yield Candidate(self.name, self.tier, (node,), node, POINTER_TOKENS, 0.0, yields, is_open=True)


def _may_be_cut(node: Node) -> bool:
    """Return whether the part is a payload that can stand as text.

    What an agent said is none; nor are a provider's own tool blocks, which come in pairs that must not part.
    """
    if node.type is NodeType.SUMMARY or (
        node.type is NodeType.MESSAGE and node.role == "assistant" and node.kind in ("text", "thinking")
    ):
        return False
    return node.kind != "other" or '"type":"document"' in node.content[:200]
