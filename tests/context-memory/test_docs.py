import doctest
import importlib
import pkgutil

import pytest

import context_memory

MODULES = ["context_memory", *(m.name for m in pkgutil.iter_modules(context_memory.__path__, "context_memory."))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    """What a docstring shows is what happens."""
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
