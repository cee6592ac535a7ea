"""Long sequences in pieces that fit into one statement."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

BATCH = 1_000
"""Values of one statement: far below SQLite's 32,766, and enough that the statement itself costs nothing."""


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in lists of at most `BATCH`.

    Example:
        >>> [len(batch) for batch in batches(range(2_500))]
        [1000, 1000, 500]
    """
    stream = iter(values)
    while batch := list(islice(stream, BATCH)):
        yield batch
