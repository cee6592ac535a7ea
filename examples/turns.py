"""What a plan is made of: turns with calls, and readers of the results that later turns build on.

A plan is a generator: it yields the agent's turns and is sent the results of each turn's calls, in their order. So its
texts are fixed, yet line numbers and figures come from what the tools answered. Where an answer is not what the
plan's next words say, a `PlanError` tells it, and nothing is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


class PlanError(ValueError):
    """A result is not what the plan goes on from."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool.

    Attributes:
        tool: its name.
        arguments: JSON values by name.
    """

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the agent.

    Attributes:
        text: what it says.
        calls: what it calls, in parallel where there are several; none ends the answer to a request.
    """

    text: str
    calls: tuple[Call, ...] = ()


Plan = Generator[Turn, list[str], T]
"""Yields turns, is sent the results of each turn's calls, and returns what a later part of the plan needs."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message of the user, and how the agent answers it.

    Attributes:
        text: what the user says.
        plan: gives the turns of the answer; the last one calls nothing.
    """

    text: str
    plan: Callable[[], Plan[None]]


def turn(text: str, *calls: Call) -> Turn:
    """Return a turn; written so that a plan reads as a list."""
    return Turn(text, calls)


def call(tool: str, **arguments: Any) -> Call:
    """Return a call of a tool with arguments by name."""
    return Call(tool, arguments)


def edit(path: str, texts: tuple[str, str]) -> Call:
    """Return the call that replaces the first text by the second in a file."""
    return call("edit_file", path=path, old=texts[0], new=texts[1])


def found(pattern: str, result: str) -> str:
    """Return the first group of a pattern in a result, or the whole match where the pattern has no group.

    Raises:
        PlanError: the pattern is not in the result.

    Example:
        >>> found(r"budget\\.py:(\\d+):.*def share", "src/budget.py:12:    def share(self):")
        '12'
    """
    match = re.search(pattern, result)
    if match is None:
        raise PlanError(f"the plan expects {pattern!r} in this result:\n{result}")
    return match[1] if match.re.groups else match[0]


def failed(report: str) -> str:
    """Return the counts of a test report that is red, such as ``1 failed, 4 passed``.

    Raises:
        PlanError: the report is green.
    """
    return _counts(report, red=True)


def passed(report: str) -> str:
    """Return the counts of a test report that is green, such as ``5 passed``.

    Raises:
        PlanError: the report is red.
    """
    return _counts(report, red=False)


def _counts(report: str, *, red: bool) -> str:
    if report.endswith("exit code: 0") is red:
        raise PlanError(f"the plan expects a {'red' if red else 'green'} test report; got:\n{report}")
    return found(r"(\d+ (?:failed|passed|errors?)\b.*?) in 0\.01s", report)
