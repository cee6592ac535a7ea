"""Strategies by name. A new one is one file here and one line below."""

from context_compression.strategies.deduplicate import Deduplicate
from context_compression.strategies.externalize import ExternalizePayloads
from context_compression.strategies.fold import FoldTurns
from context_compression.strategies.reencode import Reencode

DEFAULT_STRATEGIES = (ExternalizePayloads(), FoldTurns())

__all__ = [
    "DEFAULT_STRATEGIES",
    "Deduplicate",
    "ExternalizePayloads",
    "FoldTurns",
    "Reencode",
]
