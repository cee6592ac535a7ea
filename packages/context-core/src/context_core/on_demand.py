"""On demand: a package's public names are imported when they are first asked for, so each costs only what it needs."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def on_demand(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return what a package calls ``__getattr__`` (PEP 562).

    A name that is found stands in the package from then on. It must not be that of one of the package's own modules,
    which would take its place once it is imported.

    Args:
        package: the package's ``__name__``.
        modules: for each public name, the module that has it, from the package on.

    Example:
        >>> find = on_demand("context_core", {"Manifest": "manifest"})
        >>> find("Manifest").__name__
        'Manifest'
        >>> find("nothing")
        Traceback (most recent call last):
        AttributeError: module 'context_core' has no attribute 'nothing'
    """

    def find(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
