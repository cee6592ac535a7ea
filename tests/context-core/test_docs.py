import doctest
import importlib
import pkgutil

import pytest

import context_core

MODULES = [
    module.name
    for module in pkgutil.walk_packages(context_core.__path__, "context_core.")
    if not module.name.startswith("context_core.testing.conv")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    """What a docstring shows is what happens."""
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
