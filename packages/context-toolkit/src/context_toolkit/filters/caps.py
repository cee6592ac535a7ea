"""Caps: lists, texts and whole results cut to a size, with words for how much was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import Counter

    from context_core import TokenCounter

_TAIL_SHARE = 0.3
"""Share of a cut result's tokens that its end gets: logs end with what went wrong."""


def capped(value: Any, max_items: int | None, max_chars: int | None, done: Counter[str]) -> Any:
    """Return a JSON value with long lists and texts cut; how many is counted.

    Example:
        >>> from collections import Counter
        >>> capped([1, 2, 3, 4], 2, None, Counter())
        [1, 2, '… 2 more']
    """
    if isinstance(value, str):
        if max_chars is None or len(value) <= max_chars:
            return value
        done["long texts cut"] += 1
        return f"{value[:max_chars]}… {len(value) - max_chars:,} more characters"
    if isinstance(value, dict):
        return {key: capped(item, max_items, max_chars, done) for key, item in value.items()}
    if isinstance(value, list):
        few = [capped(item, max_items, max_chars, done) for item in value[:max_items]]
        if len(few) == len(value):
            return few
        done["long lists cut"] += 1
        return [*few, f"… {len(value) - len(few):,} more"]
    return value


def ends_of(text: str, counter: TokenCounter, max_tokens: int) -> str:
    """Return a text, or, where it is too long, lines of its beginning and its end with a word for what is between.

    Args:
        text: the text.
        counter: counts tokens.
        max_tokens: tokens of what is returned, at most; 20 of them go to the word.
    """
    if counter.count(text) <= max_tokens:
        return text
    lines = text.split("\n")
    room = max(0, max_tokens - 20)
    tail = _few(lines[::-1], counter, int(room * _TAIL_SHARE))
    head = _few(lines[: len(lines) - len(tail)], counter, room - sum(counter.count_many(tail)))
    left = len(lines) - len(head) - len(tail)
    if not head and not tail:
        return _cut(text, counter, room)
    return "\n".join([*head, f"… {left:,} lines …", *reversed(tail)])


def _few(lines: list[str], counter: TokenCounter, max_tokens: int) -> list[str]:
    kept: list[str] = []
    used = 0
    for line in lines:
        used += counter.count(f"{line}\n")
        if used > max_tokens:
            break
        kept.append(line)
    return kept


def _cut(text: str, counter: TokenCounter, max_tokens: int) -> str:
    """Return the beginning of a text whose lines are all too long."""
    piece = text[: 4 * max_tokens]
    while piece and counter.count(piece) > max_tokens:
        piece = piece[: len(piece) * 3 // 4]
    return f"{piece}… {len(text) - len(piece):,} more characters"
