"""Rule: what to leave out of one tool's results."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST_TOKENS = 30
"""The smallest cap of a result's tokens: what tells how much was left out takes 20."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What to leave out of a tool's results; all of it can be expanded.

    Attributes:
        keep: JSONPaths (RFC 9535) of what to keep of a JSON result, with the objects and lists around it; all unless
            given.
        drop: JSONPaths of what to leave out; they go after `keep`.
        clean: whether what says nothing is left out, too: nulls and empty values, fields that servers write for
            themselves, envelopes, what all rows share, and encoded bytes.
        max_items: items of any list at most; the first ones stay.
        max_chars: characters of any text inside JSON at most; its beginning stays.
        max_tokens: tokens of the whole result at most; lines of its beginning and its end stay.

    Raises:
        ValueError: a cap is below 1, or `max_tokens` below 30: the word for what is left out has to fit.

    Example:
        >>> Rule(keep=("$.orders[*].id", "$.orders[*].status"), max_items=50).max_items
        50
    """

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    clean: bool = True
    max_items: int | None = None
    max_chars: int | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("max_items", 1), ("max_chars", 1), ("max_tokens", SMALLEST_TOKENS)):
            cap = getattr(self, name)
            if cap is not None and cap < least:
                raise ValueError(f"got {name}={cap}; expected at least {least}")
