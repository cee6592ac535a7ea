"""Passages: windows on a text, so that a fact deep in a long one is found.

1. A text of up to `max_chars` is one passage.
2. A longer one is cut at the last line end in the second half of each window; a line without end is cut at a space,
   or anywhere.
3. Encoded data (long runs without a space, as base64 is) is blanked: it has no words to find.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core.node import Node

MAX_CHARS = 1_000
"""Characters of a passage: about 300 tokens, which one vector can still stand for."""

_ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{256,}+")
"""What no word, name or path is: the longest path that Linux's file systems take in one part is 255 bytes."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a node's content.

    Attributes:
        start: where it begins, in characters.
        end: where it ends.
        text: what is indexed: the content from start to end without encoded data.
    """

    start: int
    end: int
    text: str


def passages(node: Node, max_chars: int = MAX_CHARS) -> Iterator[Passage]:
    """Yield the passages of a node that have words; none for an image.

    Example:
        >>> from context_core import Node, NodeType
        >>> node = Node("r/0", NodeType.TOOL_RESULT, "tool", "first line\\nsecond line\\n", tokens=9)
        >>> [(passage.start, passage.end, passage.text) for passage in passages(node, max_chars=16)]
        [(0, 11, 'first line\\n'), (11, 23, 'second line\\n')]
    """
    if node.kind == "image":
        return
    for start, end in spans(node.content, max_chars):
        text = _ENCODED.sub(" ", node.content[start:end])
        if not text.isspace():
            yield Passage(start, end, text)


def spans(text: str, max_chars: int = MAX_CHARS) -> Iterator[tuple[int, int]]:
    """Yield the windows of a text, one after another without a gap.

    Example:
        >>> list(spans("one two three", max_chars=8))
        [(0, 8), (8, 13)]
    """
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > max_chars:
            end = _cut(text, start + max_chars // 2, start + max_chars)
        yield start, end
        start = end


def _cut(text: str, least: int, most: int) -> int:
    at = text.rfind("\n", least, most)
    if at < 0:
        at = text.rfind(" ", least, most)
    return most if at < 0 else at + 1
