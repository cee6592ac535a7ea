import doctest
import importlib
import pkgutil

import pytest

import context_memory

MODULES = [
    "context_memory",
    *(
        module.name
        for module in pkgutil.walk_packages(context_memory.__path__, "context_memory.")
        if ".migrations." not in module.name
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    """What a docstring shows is what happens."""
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0
