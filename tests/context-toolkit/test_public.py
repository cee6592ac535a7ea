import subprocess
import sys

import pytest

import context_core
import context_toolkit

NAMES = [
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


def test_public_names():
    """The package offers these names and no others."""
    assert context_toolkit.__all__ == NAMES
    assert all(getattr(context_toolkit, name).__doc__ for name in NAMES)


def test_a_name_that_is_not_there():
    """Asking for another name is the usual error."""
    with pytest.raises(AttributeError, match="'context_toolkit' has no attribute 'nothing'"):
        _ = context_toolkit.nothing


def test_version():
    """The version is that of its siblings."""
    assert context_toolkit.__version__ == context_core.__version__


def test_importing_loads_nothing_heavy():
    """Importing the package loads no library that only a part of it needs."""
    code = (
        "import sys, context_toolkit;"
        "heavy = ('opentelemetry', 'prometheus_client', 'networkx', 'sqlite3', 'jsonpath', 'model2vec', 'pytest');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
