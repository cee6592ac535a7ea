"""Use an agent's tools wisely: a cache, patterns and loops, selection, result filters, and tools to look back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.on_demand import on_demand

if TYPE_CHECKING:
    from context_toolkit.agent_tools.context_tools import ContextTools
    from context_toolkit.agent_tools.definitions import definitions
    from context_toolkit.agent_tools.session import Session, View
    from context_toolkit.cache.answer import Answer, CacheStats, Outcome
    from context_toolkit.cache.policy import CachePolicy, Effect, KeyKind
    from context_toolkit.cache.tool_cache import ToolCache
    from context_toolkit.errors import GrantMissingError, ToolBudgetError, ToolTimeoutError, UnknownToolError
    from context_toolkit.failure import has_failed
    from context_toolkit.filters.filter_results import filter_results
    from context_toolkit.filters.result_filter import Filtered, ResultFilter
    from context_toolkit.filters.rule import Rule
    from context_toolkit.find_patterns import patterns
    from context_toolkit.loops import Loop, LoopKind, detect_loops
    from context_toolkit.originals import Originals
    from context_toolkit.pattern import Pattern
    from context_toolkit.prefetch.next_calls import NextCalls, Predicted
    from context_toolkit.prefetch.past_calls import PastCall
    from context_toolkit.prefetch.prefetcher import Prefetcher, PrefetchStats, is_cancelled
    from context_toolkit.selection.phase import PHASES, Phase, phase_of
    from context_toolkit.selection.selection import Choice, Selection
    from context_toolkit.selection.tool import Tool
    from context_toolkit.selection.tool_selector import ToolSelector
    from context_toolkit.selection.tool_use import ToolUse
    from context_toolkit.selection.toolbox import Toolbox
    from context_toolkit.selection.weights import Weights
    from context_toolkit.step import Step, steps

__version__ = "0.1.0"

__all__ = [
    "PHASES",
    "Answer",
    "CachePolicy",
    "CacheStats",
    "Choice",
    "ContextTools",
    "Effect",
    "Filtered",
    "GrantMissingError",
    "KeyKind",
    "Loop",
    "LoopKind",
    "NextCalls",
    "Originals",
    "Outcome",
    "PastCall",
    "Pattern",
    "Phase",
    "Predicted",
    "PrefetchStats",
    "Prefetcher",
    "ResultFilter",
    "Rule",
    "Selection",
    "Session",
    "Step",
    "Tool",
    "ToolBudgetError",
    "ToolCache",
    "ToolSelector",
    "ToolTimeoutError",
    "ToolUse",
    "Toolbox",
    "UnknownToolError",
    "View",
    "Weights",
    "definitions",
    "detect_loops",
    "filter_results",
    "has_failed",
    "is_cancelled",
    "patterns",
    "phase_of",
    "steps",
]

_MODULES = {
    "PHASES": "selection.phase",
    "Answer": "cache.answer",
    "CachePolicy": "cache.policy",
    "CacheStats": "cache.answer",
    "Choice": "selection.selection",
    "ContextTools": "agent_tools.context_tools",
    "Effect": "cache.policy",
    "Filtered": "filters.result_filter",
    "GrantMissingError": "errors",
    "KeyKind": "cache.policy",
    "Loop": "loops",
    "LoopKind": "loops",
    "NextCalls": "prefetch.next_calls",
    "Originals": "originals",
    "Outcome": "cache.answer",
    "PastCall": "prefetch.past_calls",
    "Pattern": "pattern",
    "Phase": "selection.phase",
    "Predicted": "prefetch.next_calls",
    "PrefetchStats": "prefetch.prefetcher",
    "Prefetcher": "prefetch.prefetcher",
    "ResultFilter": "filters.result_filter",
    "Rule": "filters.rule",
    "Selection": "selection.selection",
    "Session": "agent_tools.session",
    "Step": "step",
    "Tool": "selection.tool",
    "ToolBudgetError": "errors",
    "ToolCache": "cache.tool_cache",
    "ToolSelector": "selection.tool_selector",
    "ToolTimeoutError": "errors",
    "ToolUse": "selection.tool_use",
    "Toolbox": "selection.toolbox",
    "UnknownToolError": "errors",
    "View": "agent_tools.session",
    "Weights": "selection.weights",
    "definitions": "agent_tools.definitions",
    "detect_loops": "loops",
    "filter_results": "filters.filter_results",
    "has_failed": "failure",
    "is_cancelled": "prefetch.prefetcher",
    "patterns": "find_patterns",
    "phase_of": "selection.phase",
    "steps": "step",
}


__getattr__ = on_demand(__name__, _MODULES)


def __dir__() -> list[str]:
    return __all__
