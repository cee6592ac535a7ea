"""Which node says which value, and which call writes which file: what causality, `mentions` and artifacts look up.

A node's values are noted once, when the index next catches up; until then the node waits, as it was when it was added,
so what compression does to it in between changes nothing. The price is memory: what a compressed node said is held
until something asks for values, or for the causes that follow from them.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from context_core.json_text import loads
from context_core.node import Node, NodeType
from context_core.posting_lists import PostingLists
from context_core.values import Value, key_of, values
from context_core.writes import Write, writes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Originals = Callable[[Sequence[str]], Iterable[Node]]

NOWHERE = 0xFFFFFFFF
"""The offset of a value that a call's JSON text writes with escapes, so that it does not stand there as it is."""


class ValueIndex:
    """Posting lists of values over the nodes of a graph; a place is a node's position and an offset in its content.

    Args:
        originals: looks up nodes that were compressed before they were added here.
    """

    def __init__(self, originals: Originals | None = None) -> None:
        self._originals = originals
        self._lists = PostingLists()
        self._waiting: deque[tuple[int, Node]] = deque()
        self._compressed: list[str] = []
        self._found: dict[str, Node] = {}
        self.writes: list[tuple[int, Write]] = []
        """The writes of all calls, each with the position of its call, in the order of the calls."""

    def expect(self, position: int, node: Node) -> None:
        """Note a node that was added."""
        self._waiting.append((position, node))
        if node.elided is not None or "folded" in node.metadata:
            self._compressed.append(node.id)

    def catch_up(self, last: int = NOWHERE) -> None:
        """Read the nodes that were added since, up to a position."""
        if self._compressed and self._originals is not None:
            self._found = {node.id: node for node in self._originals(self._compressed)}
        self._compressed = []
        while self._waiting and self._waiting[0][0] <= last:
            position, node = self._waiting[0]
            self._read(position, self._found.pop(node.id, node))
            self._waiting.popleft()

    def whole(self, name: str) -> Iterator[tuple[int, int]]:
        """Yield (position, offset) of each node in which a name stands by itself, the latest first."""
        return self._lists.latest_first(key_of(name, is_whole=True))

    def inside(self, name: str) -> Iterator[tuple[int, int]]:
        """Yield (position, offset) of each node in which a name stands as part of a longer one, the latest first."""
        return self._lists.latest_first(key_of(name, is_whole=False))

    def first_inside(self, name: str) -> tuple[int, int] | None:
        """Return (position, offset) of the first node in which a name stands as part of a longer one, or None."""
        return self._lists.first(key_of(name, is_whole=False))

    def _read(self, position: int, node: Node) -> None:
        if node.type is NodeType.TOOL_CALL:
            self.writes += ((position, write) for write in writes(node))
        noted: set[int] = set()
        for forms, offset in values_of(node):
            for form in forms:
                if form.key not in noted:
                    noted.add(form.key)
                    self._lists.add(form.key, position, NOWHERE if offset is None else offset + form.start)


def values_of(node: Node) -> Iterator[Value]:
    """Yield the values a node says: those of its text, or of a call's arguments without their names.

    An image, or a part that is not interpreted, says none.
    """
    if node.type is NodeType.TOOL_CALL:
        yield from _placed(node.content, argument_texts(node.content))
    elif node.type is NodeType.TOOL_RESULT and "\\" in node.content and node.content[:1] in ("{", "["):
        yield from _placed(node.content, _texts_of_json(node.content))
    elif node.kind in ("text", "thinking"):
        yield from values(node.content)


def argument_texts(content: str) -> Iterator[str]:
    """Yield the texts and numbers among a call's arguments, in order; a text that is no JSON as it is."""
    try:
        arguments = loads(content)
    except ValueError:
        arguments = content
    yield from _leaves(arguments)


def _placed(content: str, texts: Iterable[str]) -> Iterator[Value]:
    """Yield the values of texts that a JSON text writes, each with its place there, where it needs no escapes."""
    at = 0
    for text in texts:
        for value in values(text):
            whole = value.forms[0]
            found = content.find(whole.text, at)
            if found < 0:
                yield Value(value.forms, None)
            else:
                at = found
                yield Value(value.forms, found - whole.start)


def _texts_of_json(content: str) -> Iterator[str]:
    """Yield the texts, the numbers and the keys of a result that is JSON; one that is not, as it is."""
    try:
        value = loads(content)
    except ValueError:
        value = content
    yield from _leaves(value, keys=True)


def _leaves(value: Any, *, keys: bool = False) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack += (part for pair in reversed(item.items()) for part in (pair[1], pair[0])[: 1 + keys])
        elif isinstance(item, list):
            stack += reversed(item)
        elif isinstance(item, (int, float)) and not isinstance(item, bool):
            yield str(item)
