"""Verbatim previews: the head and the tail of a text with a pointer between.

1. Lines are taken from the head and from the tail, two from the head for one from the tail, while they fit.
2. A line that alone is too long is cut at a character.
3. JSON arguments keep their shape: long strings and long lists in them are cut, so they stay valid JSON.
"""

from __future__ import annotations

from typing import Any

from context_core.json_text import dumps, loads

_HEAD_SHARE = 0.6
"""Of a cut text, the part kept from its head: what a file or a command is stands first; how it ended, last."""


def cut_text(text: str, max_chars: int, mark: str) -> str:
    """Return the head and tail of a text with a mark between.

    Args:
        text: the text.
        max_chars: characters kept at most; 0 gives the mark alone.
        mark: stands for what was cut.

    Example:
        >>> print(cut_text("a\\nb\\nc\\nd\\ne", 5, "[…]"))
        a
        […]
        e
    """
    if len(text) <= max_chars:
        return text
    if max_chars <= 0:
        return mark
    head = _lines_from_head(text, int(max_chars * _HEAD_SHARE))
    tail = _lines_from_tail(text[len(head) :], max_chars - len(head))
    return "\n".join(part for part in (head.rstrip("\n"), mark, tail.lstrip("\n")) if part)


def _lines_from_head(text: str, max_chars: int) -> str:
    piece = text[:max_chars]
    end = piece.rfind("\n")
    return piece[: end + 1] if end >= max_chars // 2 else piece


def _lines_from_tail(text: str, max_chars: int) -> str:
    piece = text[-max_chars:] if max_chars > 0 else ""
    start = piece.find("\n")
    return piece[start + 1 :] if 0 <= start <= len(piece) // 2 else piece


def cut_arguments(text: str, max_chars: int, mark: str) -> str:
    """Return a call's JSON arguments with their long parts cut, still a JSON object.

    Args:
        text: the arguments' JSON text; a text that is no object is put under ``input``.
        max_chars: characters kept of each string at most.
        mark: stands for what was cut; where nothing is long, the whole gives way to it.

    Example:
        >>> cut_arguments('{"path":"a.py","text":"' + "x" * 50 + '"}', 10, "[…]")
        '{"path":"a.py","text":"xxxxxx\\\\n[…]\\\\nxxxx"}'
    """
    try:
        value = loads(text)
    except ValueError:
        value = text
    if not isinstance(value, dict):
        value = {"input": value if isinstance(value, str) else text}
    return dumps(_cut(value, max_chars, mark))


def _cut(value: Any, max_chars: int, mark: str) -> Any:
    if isinstance(value, str):
        return value if len(value) <= max(max_chars, len(mark)) else cut_text(value, max_chars, mark)
    if isinstance(value, dict):
        return {key: _cut(item, max_chars, mark) for key, item in value.items()}
    if isinstance(value, list):
        kept = max(1, max_chars // 40)
        items = [_cut(item, max_chars, mark) for item in value[:kept]]
        return items if len(value) <= kept else [*items, mark]
    return value
