"""Tiers: how much a compression takes out of the prompt."""

from __future__ import annotations

from enum import IntEnum


class CompressionTier(IntEnum):
    """Tiers in the order in which they are used; a planner's `max_tier` admits a tier and those below it.

    Example:
        >>> CompressionTier.LOSSLESS < CompressionTier.SUMMARIZATION
        True
    """

    LOSSLESS = 0
    """All of it in other form, or a pointer with a verbatim preview."""
    COMPACTION = 1
    """Verbatim lines, sentences or rows, chosen."""
    SUMMARIZATION = 2
    """New words."""

    @property
    def label(self) -> str:
        """The tier's name in manifests and tables."""
        return self.name.lower()
