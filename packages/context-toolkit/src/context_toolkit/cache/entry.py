"""Entries: results as they are kept. A result is kept as text, so that no caller can change what others get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from context_toolkit.cache.extent import Extent


@dataclass(frozen=True, slots=True)
class Kept:
    """A result as text.

    Attributes:
        text: the text itself, or the value's JSON.
        is_json: whether it is that of another value than a text.
    """

    text: str
    is_json: bool

    @property
    def value(self) -> Any:
        """The result; each time a new one, where it could be changed."""
        return loads(self.text) if self.is_json else self.text


@dataclass(frozen=True, slots=True)
class Entry:
    """A result in the cache.

    Attributes:
        key: of the call.
        tool: the call's tool.
        scope: whose result it is.
        kept: the result.
        tokens: of its text.
        reads: what the call read.
        in_result: whether it read what the result says, too.
        began_at: when the call began, in seconds of the cache's clock.
        group: key of all calls that differ in their free text alone; None where that is compared as it is.
        question: the free text.
    """

    key: str
    tool: str
    scope: str
    kept: Kept
    tokens: int
    reads: Extent
    in_result: bool
    began_at: float
    group: str | None = None
    question: str = ""

    def is_touched(self, written: Extent) -> bool:
        """Return whether a write may have changed what the call read."""
        return written.touches(self.reads) or (self.in_result and written.is_said_in(self.kept.text))


def kept(value: Any) -> Kept | None:
    """Return a result as text; None where the text would not give the same value back.

    Example:
        >>> kept({"a": 1}), kept((1, 2)) is None
        (Kept(text='{"a":1}', is_json=True), True)
    """
    if type(value) is str:
        return Kept(value, is_json=False)
    try:
        text = dumps(value)
        again = loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return Kept(text, is_json=True) if _is_same(again, value) else None


def _is_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal, their types and the order of their keys included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(_is_same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return one == other
