"""Sight: what a window says, as arrays over all its texts: the units that can stay or go, and the values in them.

1. The texts of all nodes are cut into units. A unit's tokens are its share of its node's, by the kinds of its bytes: an
   estimate (`ByteTokens`), in half the time of counting.
2. The values in the texts are numbered; one that stands in several places has one number.
3. Each value gets a probability that it is needed again (`needs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.byte_tokens import ByteTokens
from context_compression.parts import texts_in
from context_compression.units import Units, units
from context_compression.words import Words, words
from context_core.tokens import PART_OVERHEAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from context_core import Node


@dataclass(frozen=True, slots=True)
class Sight:
    """What some nodes say.

    Attributes:
        nodes: in the order of time.
        texts: the texts in them, in UTF-8, by node.
        node: for each text, the number of its node.
        units: the pieces of the texts.
        tokens: about the tokens of each unit.
        bytes: estimates the tokens of any stretch.
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
    bytes: ByteTokens
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


def sight_of(nodes: Sequence[Node]) -> Sight:
    """Return what nodes say.

    Args:
        nodes: in the order of time.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "see src/io.py\\nand io.py")
        >>> sight = sight_of(list(graph.nodes()))
        >>> sight.tokens.round(1).tolist(), len(sight.keys), sight.unit.tolist()
        ([5.4, 2.6], 2, [0, 0, 1])
    """
    held = [(number, text) for number, node in enumerate(nodes) for text in texts_in(node)]
    texts = [text.encode("utf-8", "surrogatepass") for _, text in held]
    cut = units(texts)
    weighed = ByteTokens(texts)
    found = words(texts)
    keys, value = np.unique(found.key, return_inverse=True)
    number = np.array([number for number, _ in held], np.int64)
    return Sight(
        nodes=tuple(nodes),
        texts=texts,
        node=number,
        units=cut,
        tokens=_tokens(nodes, number, cut, weighed),
        bytes=weighed,
        words=found,
        unit=cut.at(found.text, found.start),
        keys=keys,
        value=value,
    )


def _tokens(nodes: Sequence[Node], node: Any, cut: Units, weighed: ByteTokens) -> Any:
    """Return the tokens of each unit: by its bytes, in proportion to what its node costs."""
    guess = weighed.tokens(cut.text, cut.start, cut.end)
    known = np.array([max(1, each.tokens - _frame(each)) for each in nodes], np.float64)
    of_unit = node[cut.text]
    total = np.bincount(of_unit, guess, len(nodes))
    return guess * np.clip(known[of_unit] / np.maximum(total[of_unit], 0.1), 0.5, 2.0)


def _frame(node: Node) -> float:
    """Return about what of a node's tokens is not its texts: its name and id, and the names of its arguments."""
    return PART_OVERHEAD + (len(node.tool_name or "") + len(node.call_id or "")) / 2


def calls_of(nodes: Sequence[Node], calls: Mapping[str, str]) -> Any:
    """Return for each node the number of the call it is the result of, -1 for any other.

    Args:
        nodes: in the order of time.
        calls: for each result's id, the id of its call.
    """
    place = {node.id: number for number, node in enumerate(nodes)}
    return np.array([place.get(calls.get(node.id, ""), -1) for node in nodes], np.int64)
