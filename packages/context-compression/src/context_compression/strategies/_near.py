"""Near: which of many texts have most of their pieces in common, found without comparing each with each.

1. With `rensa` (the extra ``near``): MinHash signatures of each text's set of pieces, in bands; texts that agree in one
   band are likely alike (Broder, "On the resemblance and containment of documents", 1997; the bands: Indyk and Motwani,
   "Approximate Nearest Neighbors", 1998).
2. Without it: texts that share long pieces which few texts have.

Either way what comes back is a guess that the caller checks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from importlib.util import find_spec
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 4
"""Texts that are named as near to one, at most: those with the highest numbers."""
_COMMON = 8
"""Of the texts that have a piece, those that are looked at: the first that were put in."""
_LEAST_CHARS = 8
"""A shorter piece is a brace or a blank line."""
_PERMUTATIONS = 64
_BANDS = 16
"""With 64 permutations: of texts that share 70 % of their pieces 99 % agree in a band; of those with 30 %, 12 %."""
_SEED = 42


class NearIndex(Protocol):
    """Texts by number, of which those that are near to another are found."""

    def near(self, number: int) -> list[int]:
        """Return the numbers of texts in the index that are likely near to one, the highest first."""
        ...

    def add(self, number: int) -> None:
        """Put a text into the index."""
        ...


def near_index(texts: Sequence[Sequence[str]]) -> NearIndex:
    """Return an index of texts, empty.

    Args:
        texts: each as its pieces.

    Example:
        >>> lines = [f"line number {number}" for number in range(20)]
        >>> index = near_index([lines, ["something else"], [*lines[:10], "changed here", *lines[11:]]])
        >>> index.add(2), index.add(1)
        (None, None)
        >>> index.near(0)
        [2]
    """
    return MinHashIndex(texts) if find_spec("rensa") is not None else PieceIndex(texts)


class MinHashIndex:
    """Finds texts by the signatures of their sets of pieces.

    Args:
        texts: each as its pieces.

    Raises:
        MissingExtraError: rensa is not installed.
    """

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        rensa = need("rensa", "near")
        sets = [[piece.encode("utf-8", "surrogatepass") for piece in text] for text in texts]
        self._hashes = rensa.RMinHash.from_token_sets(sets, _PERMUTATIONS, _SEED)
        self._index = rensa.RMinHashLSH(threshold=0.7, num_perm=_PERMUTATIONS, num_bands=_BANDS)

    def near(self, number: int) -> list[int]:
        """Return the numbers of texts in the index that are likely near to one, the highest first."""
        return sorted(self._index.query(self._hashes[number]), reverse=True)[:MOST]

    def add(self, number: int) -> None:
        """Put a text into the index."""
        self._index.insert(number, self._hashes[number])


class PieceIndex:
    """Finds texts by the long pieces that few texts have.

    Args:
        texts: each as its pieces.
    """

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._texts = texts
        self._holders: defaultdict[str, list[int]] = defaultdict(list)

    def near(self, number: int) -> list[int]:
        """Return the numbers of texts in the index that are likely near to one, the highest first."""
        own = self._long(number)
        shared = Counter(chain.from_iterable(self._holders[piece] for piece in own if piece in self._holders))
        return sorted((other for other, count in shared.items() if 2 * count >= len(own)), reverse=True)[:MOST]

    def add(self, number: int) -> None:
        """Put a text into the index."""
        for piece in self._long(number):
            if len(self._holders[piece]) < _COMMON:
                self._holders[piece].append(number)

    def _long(self, number: int) -> set[str]:
        return {piece for piece in self._texts[number] if len(piece) >= _LEAST_CHARS}
