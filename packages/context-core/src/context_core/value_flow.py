"""Value flow: from the values that a node uses to the nodes they came from.

1. Of each value in a call's arguments, or in what an assistant says, the longest name that stands in an earlier node.
2. A name that stands in more than `FREQUENT` earlier nodes is vocabulary, and says nothing about causes.
3. Else two nodes are causes: the one that introduced the name, and the latest that carried it on.

The value stands in both, as a whole name or as the tail of a longer one (``io.py`` in ``src/io.py``); so
``src/io.py`` never leads to ``lib/io.py``, nor ``ORD-1`` to ``ORD-12``. Only earlier nodes count, so an edge once made
never changes. Work is linear in the text: a look-up a name, and at most `FREQUENT` places each.

The idea is taint tracking's, from source to sink, applied to texts (Schwartz, Avgerinos, Brumley, "All You Ever Wanted
to Know About Dynamic Taint Analysis", IEEE S&P 2010); that rare terms carry more is inverse document frequency's
(Spärck Jones 1972).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from context_core.node import NodeType
from context_core.value_index import NOWHERE, argument_texts, values_of
from context_core.values import is_word, values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core.graph import ContextGraph
    from context_core.node import Node
    from context_core.value_index import ValueIndex
    from context_core.values import Value

FREQUENT = 8
"""Nodes in which a rare value stands at most. Measured on real sessions: with 8 a call has 2.8 to 3.8 causes, with 16
half a cause more, and what stands in one node is found as often."""
MAX_NAME = 60
"""Characters of an argument whose words may be a name, a person's or a city's."""
MAX_USES = 8
"""Values that an edge names at most; two nodes that share more are no more joined."""


def value_sources(graph: ContextGraph, index: ValueIndex, node: Node) -> dict[str, list[tuple[str, int | None]]]:
    """Return the earlier nodes that a node's values came from, by id, with the values each gave and their starts.

    Args:
        graph: holds the node, and whatever else was there when it was added.
        index: knows the values of the nodes before it; those of later ones count for nothing, and take time.
        node: a call, or what an assistant says, as it was when it was added.
    """
    position = graph.position(node.id)
    sources: dict[int, list[tuple[str, int | None]]] = {}
    asked: set[str] = set()
    for value in _used(node):
        if value.forms[0].text in asked:
            continue
        asked.add(value.forms[0].text)
        for name, places in _trail(index, value, position):
            for place, offset in {places[-1], places[0]}:
                uses = sources.setdefault(place, [])
                if len(uses) < MAX_USES:
                    uses.append((name, None if offset == NOWHERE else offset))
    found = ((graph.node_at(place), uses) for place, uses in sorted(sources.items()))
    return {source.id: uses for source, uses in found if source is not None}


def _used(node: Node) -> Iterator[Value]:
    if node.type is not NodeType.TOOL_CALL:
        yield from (value for value in values_of(node) if not is_word(value.forms[0].text))
        return
    for text in argument_texts(node.content):
        is_name = _is_name(text)
        yield from (value for value in values(text) if is_name or not is_word(value.forms[0].text))


def _is_name(text: str) -> bool:
    """Return whether a text is a name rather than prose or code: short, and no word of it begins in lower case."""
    return len(text) <= MAX_NAME and not any(word[0].islower() for word in text.split())


def _trail(index: ValueIndex, value: Value, position: int) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield the longest form that an earlier node says and where, the latest first, unless it is frequent."""
    for form in value.forms:
        lists = [index.whole(form.text), index.inside(form.text)] if form.is_whole else [index.whole(form.text)]
        places = dict(place for list_ in lists for place in _latest(list_, position))
        if places:
            if len(places) <= FREQUENT:
                yield form.text, sorted(places.items(), reverse=True)
            return


def _latest(places: Iterator[tuple[int, int]], position: int) -> Iterator[tuple[int, int]]:
    """Yield the places in earlier nodes, for one node more than a rare value has at most."""
    return islice((place for place in places if place[0] < position), FREQUENT + 1)
