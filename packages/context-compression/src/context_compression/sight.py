"""Sight: what a window says, as arrays over all its texts: the units that can stay or go, and the values in them.

1. The texts of all nodes are cut into units, and each unit's tokens are counted.
2. The values in the texts are numbered; one that stands in several places has one number.
3. Each value gets a probability that it is needed again (`needs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.parts import texts_in
from context_compression.units import Units, units
from context_compression.words import Words, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from context_core import Node, TokenCounter


@dataclass(frozen=True, slots=True)
class Sight:
    """What some nodes say.

    Attributes:
        nodes: in the order of time.
        texts: the texts in them, in UTF-8, by node.
        node: for each text, the number of its node.
        units: the pieces of the texts.
        tokens: tokens of each unit.
        words: the values in the texts, one row each time one stands there.
        unit: for each row, the number of its unit.
        keys: the hash of each value.
        value: for each row, the number of its value.
    """

    nodes: tuple[Node, ...]
    texts: list[bytes]
    node: Any
    units: Units
    tokens: Any
    words: Words
    unit: Any
    keys: Any
    value: Any

    @property
    def unit_node(self) -> Any:
        """For each unit, the number of its node."""
        return self.node[self.units.text]

    @property
    def row_node(self) -> Any:
        """For each row of `words`, the number of its node."""
        return self.node[self.words.text]

    def text_of(self, unit: int) -> str:
        """Return the text of a unit."""
        raw = self.texts[self.units.text[unit]][self.units.start[unit] : self.units.end[unit]]
        return raw.decode("utf-8", "surrogatepass")


def sight_of(nodes: Sequence[Node], counter: TokenCounter) -> Sight:
    """Return what nodes say.

    Args:
        nodes: in the order of time.
        counter: counts the tokens of the units.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "see src/io.py\\nand io.py")
        >>> sight = sight_of(graph.nodes(), graph.counter)
        >>> sight.tokens.tolist(), len(sight.keys), sight.unit.tolist()
        ([5, 3], 2, [0, 0, 1])
    """
    held = [(number, text) for number, node in enumerate(nodes) for text in texts_in(node)]
    texts = [text.encode("utf-8", "surrogatepass") for _, text in held]
    cut = units(texts)
    found = words(texts)
    pieces = [
        texts[text][start:end].decode("utf-8", "replace")
        for text, start, end in zip(cut.text.tolist(), cut.start.tolist(), cut.end.tolist(), strict=True)
    ]
    keys, value = np.unique(found.key, return_inverse=True)
    return Sight(
        nodes=tuple(nodes),
        texts=texts,
        node=np.array([number for number, _ in held], np.int64),
        units=cut,
        tokens=np.array(counter.count_many(pieces), np.int64),
        words=found,
        unit=cut.at(found.text, found.start),
        keys=keys,
        value=value,
    )


def calls_of(nodes: Sequence[Node], calls: Mapping[str, str]) -> Any:
    """Return for each node the number of the call it is the result of, -1 for any other.

    Args:
        nodes: in the order of time.
        calls: for each result's id, the id of its call.
    """
    place = {node.id: number for number, node in enumerate(nodes)}
    return np.array([place.get(calls.get(node.id, ""), -1) for node in nodes], np.int64)
