"""Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009): one ranking from several, by places alone.

Scores of different kinds cannot be added, places can: an item gets 1 / (k + place) from each ranking that has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_Item = TypeVar("_Item")

K = 60
"""The constant of the paper: the larger, the less the first places stand out."""


def fuse(rankings: Iterable[tuple[float, Sequence[_Item]]], *, k: int = K) -> dict[_Item, float]:
    """Return the fused score of each item, best first; of equals, the one that was met first.

    Args:
        rankings: pairs of a ranking's weight and its items, best first.
        k: the constant.

    Example:
        >>> list(fuse([(1.0, ["a", "b"]), (1.0, ["b", "c"])]))
        ['b', 'a', 'c']
    """
    scores: dict[_Item, float] = {}
    for weight, items in rankings:
        for place, item in enumerate(items, start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + place)
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))
