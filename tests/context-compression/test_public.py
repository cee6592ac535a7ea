import doctest
import importlib
import importlib.util
import pkgutil
import subprocess
import sys

import pytest

import context_compression

NAMES = [
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
MODULES = [module.name for module in pkgutil.walk_packages(context_compression.__path__, "context_compression.")]


def test_public_names():
    """The package offers these names and no others, each documented."""
    assert sorted(context_compression.__all__) == NAMES
    assert [name for name in NAMES if not getattr(context_compression, name).__doc__] == []


def test_importing_loads_nothing_heavy():
    """Importing the package loads neither the graph library nor a vocabulary."""
    code = "import sys, context_compression; print([m for m in ('networkx', 'toktok') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    """What a docstring shows is what happens; examples of what needs an extra that is not installed do not run."""
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name)):
        if "needs the extra ``openai``" not in (test.docstring or "") or importlib.util.find_spec("openai"):
            assert runner.run(test).failed == 0
