"""Grants: a tool is shown and run only where everything that it needs was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_toolkit.errors import GrantMissingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_toolkit.selection.tool import Tool


def granted_names(granted: Iterable[str]) -> frozenset[str]:
    """Return grants as a set.

    Raises:
        ValueError: a text was given in place of a list of texts: its letters would be the grants.

    Example:
        >>> sorted(granted_names(["shell", "network"]))
        ['network', 'shell']
    """
    if isinstance(granted, str):
        raise ValueError(f"got granted={granted!r}; expected a list of grants, such as [{granted!r}]")
    return frozenset(granted)


def check_granted(tool: Tool, granted: frozenset[str]) -> None:
    """Do nothing where a tool may be used.

    Raises:
        GrantMissingError: it needs what was not granted.
    """
    missing = frozenset(tool.grants) - granted
    if missing:
        raise GrantMissingError(tool.name, missing, granted)
