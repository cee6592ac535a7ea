"""Use an agent's tools wisely: a cache, patterns and loops, selection, result filters, and tools to look back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from context_toolkit.cache.answer import Answer, CacheStats, Outcome
    from context_toolkit.cache.policy import CachePolicy, Effect, KeyKind
    from context_toolkit.cache.tool_cache import ToolCache
    from context_toolkit.prefetch.next_calls import NextCalls, Predicted
    from context_toolkit.prefetch.prefetcher import Prefetcher, PrefetchStats, is_cancelled
    from context_toolkit.prefetch.steps import Step

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "CachePolicy",
    "CacheStats",
    "Effect",
    "KeyKind",
    "NextCalls",
    "Outcome",
    "Predicted",
    "PrefetchStats",
    "Prefetcher",
    "Step",
    "ToolCache",
    "is_cancelled",
]

_MODULES: dict[str, str] = {
    "Answer": "cache.answer",
    "CachePolicy": "cache.policy",
    "CacheStats": "cache.answer",
    "Effect": "cache.policy",
    "KeyKind": "cache.policy",
    "NextCalls": "prefetch.next_calls",
    "Outcome": "cache.answer",
    "Predicted": "prefetch.next_calls",
    "PrefetchStats": "prefetch.prefetcher",
    "Prefetcher": "prefetch.prefetcher",
    "Step": "prefetch.steps",
    "ToolCache": "cache.tool_cache",
    "is_cancelled": "prefetch.prefetcher",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that each costs only what it needs."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
