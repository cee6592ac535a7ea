"""Fit an agent's context into a token budget, reversibly: strategies propose, one planner chooses."""

from context_compression.apply import apply
from context_compression.candidate import Candidate
from context_compression.fill import fill
from context_compression.pipeline import CompressionPipeline
from context_compression.plan import Plan, plan
from context_compression.preserve import Preserve, Yield
from context_compression.prices import CachePrices
from context_compression.result import CompressionResult, Outcome
from context_compression.scope import Scope, scope_of
from context_compression.strategies import (
    CollapseToolChains,
    Deduplicate,
    EntityCentric,
    ExternalizePayloads,
    ExtractSchemas,
    Hierarchical,
    Incremental,
    Reencode,
    TaskAware,
    TaskRelevance,
    Weigher,
)
from context_compression.strategy import Strategy
from context_compression.summarizer import Summarizer
from context_compression.summarizers import CallableSummarizer, ExtractiveSummarizer, OpenAISummarizer
from context_compression.tier import CompressionTier

__version__ = "0.1.0"

__all__ = [
    "CachePrices",
    "CallableSummarizer",
    "Candidate",
    "CollapseToolChains",
    "CompressionPipeline",
    "CompressionResult",
    "CompressionTier",
    "Deduplicate",
    "EntityCentric",
    "ExternalizePayloads",
    "ExtractSchemas",
    "ExtractiveSummarizer",
    "Hierarchical",
    "Incremental",
    "OpenAISummarizer",
    "Outcome",
    "Plan",
    "Preserve",
    "Reencode",
    "Scope",
    "Strategy",
    "Summarizer",
    "TaskAware",
    "TaskRelevance",
    "Weigher",
    "Yield",
    "apply",
    "fill",
    "plan",
    "scope_of",
]
