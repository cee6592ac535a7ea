"""Strategies by name. A new one is one file here and one line below."""

from context_compression.strategies.deduplicate import Deduplicate
from context_compression.strategies.entity_centric import EntityCentric
from context_compression.strategies.externalize import ExternalizePayloads
from context_compression.strategies.hierarchical import Hierarchical
from context_compression.strategies.incremental import Incremental
from context_compression.strategies.reencode import Reencode
from context_compression.strategies.schemas import ExtractSchemas
from context_compression.strategies.task_aware import TaskAware
from context_compression.strategies.task_relevance import TaskRelevance
from context_compression.strategies.tool_chains import CollapseToolChains
from context_compression.strategies.weigher import Weigher

DEFAULT_STRATEGIES = (ExternalizePayloads(), TaskRelevance(), Incremental(), Hierarchical(), CollapseToolChains())
"""What a pipeline uses unless told otherwise."""
DEFAULT_REWRITES = (Deduplicate(), Reencode())
"""What it uses beside them while most of a window may stay. Where most must go, excerpts show each value once anyway,
and rewrites were measured to leave no more in sight, in a fifth more time."""

__all__ = [
    "DEFAULT_REWRITES",
    "DEFAULT_STRATEGIES",
    "CollapseToolChains",
    "Deduplicate",
    "EntityCentric",
    "ExternalizePayloads",
    "ExtractSchemas",
    "Hierarchical",
    "Incremental",
    "Reencode",
    "TaskAware",
    "TaskRelevance",
    "Weigher",
]
