import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import context_memory

MODULES = ["context_memory", *(m.name for m in pkgutil.iter_modules(context_memory.__path__, "context_memory."))]
README = Path(__file__).parents[2] / "packages" / "context-memory" / "README.md"


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    """What a docstring shows is what happens."""
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_the_readme_runs(tmp_path, monkeypatch):
    """The code of the README runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, str(README), "exec"), {})
