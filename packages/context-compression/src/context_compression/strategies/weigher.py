"""Weighers: what a strategy may know of units beyond the values that they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from context_compression.scope import Scope

MOST = 0.01
"""The most that a weigher of this package says a unit is worth: a value that is needed again once in a hundred times.
On the replay benchmark five times that pushes out values that calls go on to use."""


@runtime_checkable
class Weigher(Protocol):
    """Says what units are worth; a strategy's optional second power."""

    def weigh(self, scope: Scope) -> Any:
        """Return for each unit of `scope.sight` what it is worth to keep it, beside the values that it shows.

        Numbers at least 0 in the scale of the planner's weights: the probability that what the unit says is needed
        again. The worths of several weighers add up.
        """
        ...
