"""Use an agent's tools wisely: a cache, patterns and loops, selection, result filters, and tools to look back."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from context_toolkit.agent_tools.context_tools import ContextTools
    from context_toolkit.agent_tools.definitions import definitions
    from context_toolkit.agent_tools.session import Session, View
    from context_toolkit.errors import GrantMissingError, ToolBudgetError, ToolTimeoutError, UnknownToolError
    from context_toolkit.failure import has_failed
    from context_toolkit.filters.filter_results import filter_results
    from context_toolkit.filters.result_filter import Filtered, ResultFilter
    from context_toolkit.filters.rule import Rule
    from context_toolkit.find_patterns import patterns
    from context_toolkit.loops import Loop, LoopKind, detect_loops
    from context_toolkit.originals import Originals
    from context_toolkit.pattern import Pattern
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
    "Choice",
    "ContextTools",
    "Filtered",
    "GrantMissingError",
    "Loop",
    "LoopKind",
    "Originals",
    "Pattern",
    "Phase",
    "ResultFilter",
    "Rule",
    "Selection",
    "Session",
    "Step",
    "Tool",
    "ToolBudgetError",
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
    "patterns",
    "phase_of",
    "steps",
]

_MODULES = {
    "PHASES": "selection.phase",
    "Choice": "selection.selection",
    "ContextTools": "agent_tools.context_tools",
    "Filtered": "filters.result_filter",
    "GrantMissingError": "errors",
    "Loop": "loops",
    "LoopKind": "loops",
    "Originals": "originals",
    "Pattern": "pattern",
    "Phase": "selection.phase",
    "ResultFilter": "filters.result_filter",
    "Rule": "filters.rule",
    "Selection": "selection.selection",
    "Session": "agent_tools.session",
    "Step": "step",
    "Tool": "selection.tool",
    "ToolBudgetError": "errors",
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
    "patterns": "find_patterns",
    "phase_of": "selection.phase",
    "steps": "step",
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
