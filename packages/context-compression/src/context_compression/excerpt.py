"""Excerpts: what is left of nodes when some of their units stay, word for word.

1. Units that stay are written in their order. Where others stood, a mark stands: the pointer at a node's first gap,
   ``…`` at the others.
2. A gap that is no longer than its mark, or is only white space, is closed: the text stays.
3. In a summary of many nodes there are no marks: each line is trimmed, and a call's begin with its tool's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from context_compression.parts import is_free_text, with_texts
from context_compression.pointers import GAP
from context_core import NodeType
from context_core.json_text import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_core import Node

_SMALL_GAP = 6
"""Bytes of a gap that its mark would not be shorter than."""


def excerpt(node: Node, texts: Sequence[bytes], kept: Sequence[Sequence[tuple[int, int]]], mark: str) -> str:
    """Return the content of a node of which some stretches stay.

    Args:
        node: as it is.
        texts: the texts in it, in UTF-8.
        kept: for each of them the stretches that stay, in bytes of UTF-8, in order and apart.
        mark: stands at the first gap.

    Example:
        >>> from context_core import ContextGraph
        >>> text = "one fine day\\ntwo of them\\nthree, or four\\nfive in all\\n"
        >>> print(excerpt(ContextGraph("s").add_message("user", text), [text.encode()], [[(13, 25)]], "[cut]"))
        [cut]
        two of them
        …
    """
    marks = _marks(mark)
    return with_texts(node, [_cut(text, spans, marks) for text, spans in zip(texts, kept, strict=True)])


def bare(node: Node, mark: str) -> str:
    """Return the content of a node of which nothing stays; a call's is still a JSON object.

    Example:
        >>> from context_core import ContextGraph
        >>> bare(ContextGraph("s").add_tool_call("read", {"path": "a.py"}), "[cut]")
        '{"cut":"[cut]"}'
    """
    return mark if node.type is not NodeType.TOOL_CALL or is_free_text(node) else dumps({"cut": mark})


def _marks(first: str) -> Iterator[str]:
    yield first
    while True:
        yield GAP


def _cut(raw: bytes, spans: Sequence[tuple[int, int]], marks: Iterator[str]) -> str:
    if len(spans) == 1 and spans[0] == (0, len(raw)):
        return _text(raw, 0, len(raw))
    pieces: list[str] = []
    at = 0
    for start, end in _closed(raw, spans):
        if start > at:
            pieces.append(_gap(raw, at, start, next(marks)))
        pieces.append(_text(raw, start, end))
        at = end
    if at < len(raw):
        pieces.append(_gap(raw, at, len(raw), next(marks)))
    return "".join(pieces)


def _closed(raw: bytes, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches with the small and the white gaps between and before them closed."""
    closed: list[tuple[int, int]] = []
    at = 0
    for start, end in spans:
        if start - at <= _SMALL_GAP or not raw[at:start].strip():
            if closed:
                closed[-1] = (closed[-1][0], end)
            else:
                closed.append((at, end))
        else:
            closed.append((start, end))
        at = end
    if closed and not raw[at:].strip():
        closed[-1] = (closed[-1][0], len(raw))
    return closed


def _gap(raw: bytes, start: int, end: int, mark: str) -> str:
    """Return a mark in the place of a stretch, on a line of its own, so that a later compression can tell it."""
    before = "" if start == 0 or raw[start - 1 : start] == b"\n" else "\n"
    return before + mark + ("\n" if end < len(raw) else "")


def _text(raw: bytes, start: int, end: int) -> str:
    return raw[start:end].decode("utf-8", "surrogatepass")


class Places(NamedTuple):
    """Where units stand, as lists: a look-up in an array takes five times as long.

    Attributes:
        text: for each unit, the number of its text.
        start: its first byte there.
        end: the byte behind it.
    """

    text: list[int]
    start: list[int]
    end: list[int]


def lines(node: Node, texts: Sequence[bytes], places: Places, kept: Sequence[int]) -> list[str]:
    """Return the lines that a summary says of a node, for its units that stay.

    Args:
        node: the node.
        texts: the texts that the units belong to.
        places: where the units of all texts stand.
        kept: numbers of the node's units that stay, in order.
    """
    found: list[str] = []
    at: tuple[int, int] | None = None
    for unit in kept:
        text, start, end = places.text[unit], places.start[unit], places.end[unit]
        piece = _text(texts[text], start, end)
        if at == (text, start) and found and texts[text][start - 1 : start] != b"\n":
            found[-1] += piece.rstrip()
        elif piece.strip():
            found.append(piece.strip())
        at = (text, end)
    if node.type is NodeType.TOOL_CALL and found:
        found[0] = f"- {node.tool_name}: {found[0]}"
    return found
