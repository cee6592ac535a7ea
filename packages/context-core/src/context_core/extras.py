"""Optional dependencies, imported when first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from context_core.errors import MissingExtraError


def need(module: str, extra: str, package: str = "context-core") -> Any:
    """Import a module of an extra.

    Args:
        module: what to import.
        extra: the extra that brings it.
        package: the package that has the extra.

    Raises:
        MissingExtraError: it is not installed.

    Example:
        >>> need("no_module", "semantic")
        Traceback (most recent call last):
        context_core.errors.MissingExtraError: no_module is not installed; run: pip install "context-core[semantic]"
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(module, extra, package) from error
