"""A small sum of decision trees: each asks a few questions of a value's features and adds one of its numbers.

The trees are oblivious (all nodes of a level ask the same question), so that a tree is a short list of questions and a
table of 2**n numbers, and is asked of all values at once by array operations (Prokhorenkova and others, "CatBoost:
unbiased boosting with categorical features", NeurIPS 2018). They are learned by ``tools/learn_needs.py`` and kept as
JSON that can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from context_compression.needs import FEATURES
from context_core.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROWS = 2_048
"""Values asked about at once: bounds the memory."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree.

    Attributes:
        columns: for each question the number of the feature that it asks.
        borders: for each question what the feature is compared with; more is yes.
        leaves: log-odds by the answers, the first question the lowest bit.
    """

    columns: tuple[int, ...]
    borders: tuple[float, ...]
    leaves: Any


class _Packed(NamedTuple):
    columns: Any
    borders: Any
    powers: Any
    leaves: Any


@dataclass(frozen=True)
class Trees:
    """A sum of trees.

    Attributes:
        bias: log-odds of all.
        trees: what is added to it.
    """

    bias: float
    trees: tuple[Tree, ...]

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Trees:
        """Return the trees of a JSON object: ``bias``, and ``trees`` with ``splits`` (name, border) and ``leaves``.

        Raises:
            ValueError: a split asks a feature that there is not.
        """
        return cls(record["bias"], tuple(map(_tree, record["trees"])))

    def probability(self, features: Any) -> Any:
        """Return the probability of each row.

        Args:
            features: a row a value, a column for each of `FEATURES`.

        Example:
            >>> asked = [0.0] * len(FEATURES)
            >>> one = {"bias": 0, "trees": [{"splits": [["called", 0.5]], "leaves": [-2, 2]}]}
            >>> Trees.from_record(one).probability(np.array([asked])).round(2).tolist()
            [0.12]
        """
        table = np.asarray(features, np.float32)
        odds = np.full(len(table), self.bias, np.float64)
        for first in range(0, len(table), _ROWS):
            odds[first : first + _ROWS] += self._sum(table[first : first + _ROWS])
        return 1.0 / (1.0 + np.exp(-odds))

    def _sum(self, table: Any) -> Any:
        answers = table[:, self._packed.columns] > self._packed.borders
        leaf = answers.view(np.uint8).reshape(len(table), len(self.trees), -1) @ self._packed.powers
        return self._packed.leaves[np.arange(len(self.trees)), leaf].sum(axis=1)

    @cached_property
    def _packed(self) -> _Packed:
        """All trees as arrays, so that they are asked at once; those of fewer questions ask the last one again."""
        depth = max(len(tree.columns) for tree in self.trees)
        columns = [tree.columns + tree.columns[-1:] * (depth - len(tree.columns)) for tree in self.trees]
        borders = [tree.borders + (np.inf,) * (depth - len(tree.borders)) for tree in self.trees]
        leaves = np.zeros((len(self.trees), 1 << depth))
        for number, tree in enumerate(self.trees):
            leaves[number, : len(tree.leaves)] = tree.leaves
        powers = (1 << np.arange(depth)).astype(np.uint8)
        return _Packed(np.array(columns).ravel(), np.array(borders, np.float32).ravel(), powers, leaves)


def _tree(record: Mapping[str, Any]) -> Tree:
    names, borders = zip(*record["splits"], strict=True)
    unknown = set(names) - set(FEATURES)
    if unknown:
        raise ValueError(f"got splits by {', '.join(sorted(unknown))}; expected features of {', '.join(FEATURES)}")
    return Tree(tuple(map(FEATURES.index, names)), borders, np.array(record["leaves"], np.float64))


@cache
def learned() -> Trees:
    """Return the trees that come with this package."""
    text = resources.files("context_compression").joinpath("needs.json").read_bytes()
    return Trees.from_record(loads(text))
