"""Fewer points for the same picture: of each column of pixels its first, lowest, highest and last point.

Lines drawn through these are, column by column, those drawn through all (M4: Jugel, Jerzak, Hackenbroich, Markl, 2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T")


def downsample(points: Sequence[_T], x: Callable[[_T], float], y: Callable[[_T], float]) -> list[_T]:
    """Return at most four points of each column, in order.

    Args:
        points: by x, ascending.
        x: where a point stands, in columns.
        y: how high it stands.

    Example:
        >>> downsample([(0.1, 5), (0.2, 9), (0.3, 7), (0.4, 1), (0.5, 6), (1.2, 3)], lambda p: p[0], lambda p: p[1])
        [(0.1, 5), (0.2, 9), (0.4, 1), (0.5, 6), (1.2, 3)]
    """
    columns: dict[int, list[int]] = {}
    for place, point in enumerate(points):
        columns.setdefault(int(x(point)), []).append(place)
    kept: set[int] = set()
    for places in columns.values():
        by_height = sorted(places, key=lambda place: y(points[place])) if len(places) > 4 else places
        kept.update((places[0], by_height[0], by_height[-1], places[-1]) if len(places) > 4 else places)
    return [points[place] for place in sorted(kept)]
