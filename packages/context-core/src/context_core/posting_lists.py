"""Posting lists: for each key the places where it stands, in 12 bytes a place and some 35 a key.

1. A key is a 64-bit hash. Sixteen tables with linear probing hold each key beside its first and its latest place, so
   that growing one of them moves a sixteenth of the keys and no append waits for all (Knuth, "The Art of Computer
   Programming", volume 3, 6.4).
2. A place is a document, an offset in it, and the number of the key's place before: a list that is read backwards.
3. Everything lies in arrays of machine integers. A dict of lists takes six times the memory.

Documents are numbered upwards and added in that order, so each list is in the order of documents.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLES = 16
_FIRST_SLOTS = 64
_NONE = 0xFFFFFFFF
"""Stands where there is no place before."""


class PostingLists:
    """Places by key; both are integers.

    Example:
        >>> lists = PostingLists()
        >>> lists.add(7, document=0, offset=12), lists.add(7, document=3, offset=5)
        (None, None)
        >>> list(lists.latest_first(7)), list(lists.latest_first(8))
        ([(3, 5), (0, 12)], [])
    """

    def __init__(self) -> None:
        self._tables = [_Table(_FIRST_SLOTS) for _ in range(_TABLES)]
        self._documents = array("I")
        self._offsets = array("I")
        self._before = array("I")

    def add(self, key: int, document: int, offset: int) -> None:
        """Note a place of a key.

        Args:
            key: from 1 to 2**64 - 1.
            document: at least that of any place noted before.
            offset: where in the document, below 2**32.
        """
        number = len(self._documents)
        self._before.append(self._tables[key % _TABLES].swap(key, number))
        self._documents.append(document)
        self._offsets.append(offset)

    def latest_first(self, key: int) -> Iterator[tuple[int, int]]:
        """Yield the (document, offset) of each place of a key, the latest first."""
        number = self._tables[key % _TABLES].get(key)
        while number != _NONE:
            yield self._documents[number], self._offsets[number]
            number = self._before[number]

    def first(self, key: int) -> tuple[int, int] | None:
        """Return the (document, offset) of the first place of a key, or None where it has none."""
        number = self._tables[key % _TABLES].first(key)
        return None if number == _NONE else (self._documents[number], self._offsets[number])

    def __contains__(self, key: int) -> bool:
        return self._tables[key % _TABLES].get(key) != _NONE

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self._documents)


class _Table:
    """From a key to a number, by open addressing; a key of 0 marks a free slot."""

    __slots__ = ("_firsts", "_keys", "_mask", "_numbers", "_used")

    def __init__(self, slots: int) -> None:
        self._keys = array("Q", bytes(8 * slots))
        self._numbers = array("I", bytes(4 * slots))
        self._firsts = array("I", bytes(4 * slots))
        self._mask = slots - 1
        self._used = 0

    def get(self, key: int) -> int:
        keys, mask = self._keys, self._mask
        slot = key // _TABLES & mask
        while keys[slot]:
            if keys[slot] == key:
                return self._numbers[slot]
            slot = slot + 1 & mask
        return _NONE

    def first(self, key: int) -> int:
        keys, mask = self._keys, self._mask
        slot = key // _TABLES & mask
        while keys[slot]:
            if keys[slot] == key:
                return self._firsts[slot]
            slot = slot + 1 & mask
        return _NONE

    def swap(self, key: int, number: int) -> int:
        """Put a number under a key; return the one that was there."""
        keys, mask = self._keys, self._mask
        slot = key // _TABLES & mask
        while (there := keys[slot]) and there != key:
            slot = slot + 1 & mask
        if there:
            before = self._numbers[slot]
            self._numbers[slot] = number
            return before
        keys[slot], self._numbers[slot], self._firsts[slot] = key, number, number
        self._used += 1
        if 4 * self._used > 3 * mask:
            self._grow()
        return _NONE

    def _grow(self) -> None:
        larger = _Table(2 * (self._mask + 1))
        for key, number, first in zip(self._keys, self._numbers, self._firsts, strict=True):
            if key:
                larger.swap(key, first)
                larger.swap(key, number)
        self._keys, self._numbers, self._firsts, self._mask = (
            larger._keys,
            larger._numbers,
            larger._firsts,
            larger._mask,
        )
