"""What goes wrong with tools.

ContextError
├── UnknownToolError (KeyError)      no tool of that name: `tool`
├── GrantMissingError (PermissionError)   the tool needs what was not granted: `tool`, `missing`, `granted`
├── ToolBudgetError (ValueError)     the tools that must be there cost more than the cap: `needed`, `available`
└── ToolTimeoutError (TimeoutError)  a tool did not answer in time: `tool`, `timeout_seconds`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import ContextError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LISTED = 10
"""Names that a message lists."""


class UnknownToolError(ContextError, KeyError):
    """There is no tool of that name.

    Attributes:
        tool: what was asked for.
    """

    def __init__(self, tool: str, known: Iterable[str]) -> None:
        super().__init__(f"no tool {tool!r}; there are {_listed(known)}")
        self.tool = tool


class GrantMissingError(ContextError, PermissionError):
    """A tool needs grants that this session does not have.

    Attributes:
        tool: the tool.
        missing: the grants that it lacks, sorted.
        granted: those that the session has, sorted.
    """

    def __init__(self, tool: str, missing: Iterable[str], granted: Iterable[str]) -> None:
        self.tool = tool
        self.missing = tuple(sorted(missing))
        self.granted = tuple(sorted(granted))
        super().__init__(
            f"tool {tool!r} needs {_listed(self.missing)}; granted: {_listed(self.granted)}; "
            f"allow by granted={list(self.missing)!r}"
        )


class ToolBudgetError(ContextError, ValueError):
    """The tools that are always there cost more than the cap.

    Attributes:
        needed: tokens of their definitions.
        available: the cap.
    """

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(
            f"the tools named in always need {needed:,} tokens, max_tokens is {available:,}; "
            f"raise it to {needed:,}, or name fewer"
        )
        self.needed = needed
        self.available = available


class ToolTimeoutError(ContextError, TimeoutError):
    """A tool did not answer in time.

    Attributes:
        tool: the tool.
        timeout_seconds: how long was waited.
    """

    def __init__(self, message: str, tool: str, timeout_seconds: float) -> None:
        super().__init__(message)
        self.tool = tool
        self.timeout_seconds = timeout_seconds


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _LISTED:,} more" if len(every) > _LISTED else ""
    return ", ".join(map(repr, every[:_LISTED])) + more if every else "none"
