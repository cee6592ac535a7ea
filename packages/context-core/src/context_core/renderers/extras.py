"""Other libraries, imported when a window is first rendered for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from context_core.errors import RenderError


def library(module: str, extra: str) -> Any:
    """Return a library's module.

    Args:
        module: the module's name.
        extra: the extra of this package that installs it.

    Raises:
        RenderError: it is not installed.

    Example:
        >>> library("json", "json").dumps([1])
        '[1]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise RenderError(
            f"rendering to={extra!r} needs {module}, which cannot be imported ({error}); install it with "
            f'pip install "context-core[{extra}]"'
        ) from error
