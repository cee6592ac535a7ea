"""Fakes: a tool that counts its runs, and a clock that goes where it is told to."""

from __future__ import annotations

from typing import Any


class CountingTool:
    """A tool that counts how often it ran.

    Args:
        values: what it returns, run after run, the last one for ever; an exception among them is raised.

    Example:
        >>> tool = CountingTool("one", "two")
        >>> [tool(), tool(), tool()], tool.runs
        (['one', 'two', 'two'], 3)
    """

    def __init__(self, *values: Any) -> None:
        self.values = list(values)
        self.runs = 0

    def __call__(self) -> Any:
        """Run, and return the next value."""
        self.runs += 1
        value = self.values[min(self.runs, len(self.values)) - 1]
        if isinstance(value, BaseException):
            raise value
        return value


class ToldClock:
    """A clock whose time is set by hand, in seconds.

    Example:
        >>> clock = ToldClock()
        >>> clock.now += 5
        >>> clock()
        1005.0
    """

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now
