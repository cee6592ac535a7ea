import doctest
import importlib
import importlib.util
import pkgutil

import pytest

import context_observe

EXTRAS = {"otlp": "opentelemetry.sdk", "prometheus": "prometheus_client"}
MISSING = [extra for extra, module in EXTRAS.items() if importlib.util.find_spec(module.split(".")[0]) is None]
"""Extras that are not installed: examples of what needs them do not run."""
MODULES = [
    "context_observe",
    *(module.name for module in pkgutil.walk_packages(context_observe.__path__, "context_observe.")),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    """What a docstring shows is what happens."""
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    finder = doctest.DocTestFinder(exclude_empty=True)
    for test in finder.find(importlib.import_module(name)):
        if any(f"extra ``{extra}``" in (test.docstring or "") for extra in MISSING):
            continue
        assert runner.run(test).failed == 0
