"""Where an entity is mentioned, under any of its names.

Aliases follow from the names alone, and from who came first:

1. ``a/b.go:12`` is also ``a/b.go``: the same file at a line.
2. A path is also named by its last parts, a qualified symbol by its tail, once these stand somewhere by themselves.
   Where several longer names end in one short name, it is an alias of the one that was named first: a later one
   changes nothing, so appending never revises what was joined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core.value_index import NOWHERE
from context_core.values import MAX_CHARS, values

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node

_AT_LINE = re.compile(r"(?::\d+){1,2}$")


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A node that mentions an entity.

    Attributes:
        node: the node.
        name: the name it uses, as part of a longer one or by itself.
        start: characters from the start of the node's content as it was appended; None where that is not known.
    """

    node: Node
    name: str
    start: int | None


def mentions(graph: ContextGraph, entity: str) -> list[Mentioned]:
    """Return the nodes that mention an entity under any of its names, in the order of time, each node once.

    Args:
        graph: the graph.
        entity: a name: a path, an id, a symbol, an address, or any other value; or several words with a capital, such
            as a person's name, which is found where the nodes have it now.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "open src/io_util.py"), graph.add_message("assistant", "io_util.py is empty")
        >>> [mention.name for mention in mentions(graph, "src/io_util.py")]
        ['src/io_util.py', 'io_util.py']
    """
    if " " in entity:
        return _of_phrase(graph, entity)
    places: dict[int, tuple[str, int]] = {}
    for name in (entity, *aliases(graph, entity)):
        for places_of_name in (graph.values.whole(name), graph.values.inside(name)):
            for position, offset in places_of_name:
                places.setdefault(position, (name, offset))
    found: list[Mentioned] = []
    for position, (name, offset) in sorted(places.items()):
        node = graph.node_at(position)
        if node is not None:
            found.append(Mentioned(node, name, None if offset == NOWHERE else offset))
    return found


def _of_phrase(graph: ContextGraph, phrase: str) -> list[Mentioned]:
    """Return the nodes that say several words in a row, looked for where the rarest of them stands."""
    lists = [[place for place, _ in graph.values.whole(value.forms[0].text)] for value in values(phrase)]
    nodes = (graph.node_at(place) for place in sorted(min(lists, key=len, default=[])))
    found = ((node, node.content.find(phrase)) for node in nodes if node is not None)
    return [Mentioned(node, phrase, start) for node, start in found if start >= 0]


def aliases(graph: ContextGraph, name: str) -> list[str]:
    """Return the other names under which the graph knows an entity, the longest first.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "io_util.py fails"), graph.add_message("assistant", "it is src/io_util.py")
        >>> aliases(graph, "io_util.py"), aliases(graph, "src/io_util.py")
        (['src/io_util.py'], ['io_util.py'])
    """
    bare = _AT_LINE.sub("", name)
    found = {bare} if bare != name and _is_said(graph, bare) else set[str]()
    for known in dict.fromkeys((name, bare)):
        found |= {short for short in tails(known) if _is_said(graph, short) and longer_name(graph, short) == known}
        owner = longer_name(graph, known)
        found |= {owner} if owner is not None else set()
    return sorted(found - {name}, key=lambda alias: (-len(alias), alias))


def tails(name: str) -> list[str]:
    """Return the shorter names that a name ends in, the longest first.

    Example:
        >>> tails("src/my_pkg/io_util.py")
        ['my_pkg/io_util.py', 'io_util.py']
    """
    value = next(values(name), None)
    return [form.text for form in value.forms[1:] if name.endswith(form.text)] if value is not None else []


def longer_name(graph: ContextGraph, short: str) -> str | None:
    """Return the first longer name that ended in a short one, or None where there was none or it was compressed."""
    position, offset = graph.values.first_inside(short) or (0, NOWHERE)
    node = None if offset == NOWHERE else graph.node_at(position)
    if node is None:
        return None
    end = offset + len(short)
    start = max(0, offset - MAX_CHARS)
    for value in values(node.content[start : end + MAX_CHARS]):
        for form in value.forms:
            at = start + form.start + (value.offset or 0)
            if form.is_whole and form.text.endswith(short) and at + len(form.text) == end:
                return form.text
    return None


def _is_said(graph: ContextGraph, name: str) -> bool:
    return next(graph.values.whole(name), None) is not None
