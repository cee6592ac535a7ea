"""A set of texts that stays within bounds: what has the lowest priority goes first, then what was used longest ago.

The item that was just put is the last to go: making room for it is what the others go for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A text under a key.

    Attributes:
        key: its name.
        text: the text.
        priority: the higher, the longer it stays.
        tokens: tokens of the text.
    """

    key: str
    text: str
    priority: int
    tokens: int


class WorkingSet:
    """Items whose tokens and number stay within bounds.

    Args:
        max_tokens: tokens of all items together.
        max_items: how many items.

    Attributes:
        tokens: of all items.

    Raises:
        ValueError: a bound is below 1.

    Example:
        >>> items = WorkingSet(max_tokens=100, max_items=2)
        >>> for key, priority in (("plan", 1), ("note", 0), ("file", 0)):
        ...     items.put(Item(key, "…", priority, 10))
        >>> items.keys()
        ['file', 'plan']
    """

    def __init__(self, max_tokens: int, max_items: int) -> None:
        for name, bound in (("max_tokens", max_tokens), ("max_items", max_items)):
            if bound < 1:
                raise ValueError(f"got {name}={bound}; expected at least 1")
        self.max_tokens = max_tokens
        self.max_items = max_items
        self.tokens = 0
        self._items: dict[str, Item] = {}  # the one used last comes last

    def put(self, item: Item) -> None:
        """Put an item in, in the place of the one of its key; others go until all fit.

        One that is larger than the bound stays out, and the others stay in.
        """
        self.drop(item.key)
        if item.tokens > self.max_tokens:
            return
        while self.tokens + item.tokens > self.max_tokens or len(self._items) >= self.max_items:
            self.drop(min(self._items.values(), key=lambda each: each.priority).key)
        self._items[item.key] = item
        self.tokens += item.tokens

    def drop(self, key: str) -> None:
        """Take an item out; one that is not in is left so."""
        gone = self._items.pop(key, None)
        self.tokens -= gone.tokens if gone else 0

    def peek(self, key: str) -> Item | None:
        """Return an item, or None where it is not in."""
        return self._items.get(key)

    def use(self, key: str) -> Item | None:
        """Return an item, or None where it is not in; it is now the one used last."""
        item = self._items.pop(key, None)
        if item is not None:
            self._items[key] = item
        return item

    def keys(self) -> list[str]:
        """Return the keys of the items that are in, the next to go first."""
        return [item.key for item in sorted(self._items.values(), key=lambda item: item.priority)]

    def __len__(self) -> int:
        return len(self._items)
