"""A small sum of decision trees: each asks a few questions of a value's features and adds one of its numbers.

The trees are oblivious (all nodes of a level ask the same question), so that a tree is a short list of questions and a
table of 2**n numbers, and is asked of all values at once by array operations (Prokhorenkova and others, "CatBoost:
unbiased boosting with categorical features", NeurIPS 2018). They are learned by ``tools/learn_needs.py`` and kept as JSON
that can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.needs import FEATURES
from context_core.json_text import loads

if TYPE_CHECKING:
    from collections.abc import Mapping


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


@dataclass(frozen=True, slots=True)
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
        columns = np.ascontiguousarray(np.asarray(features, np.float32).T)
        odds = np.full(columns.shape[1], self.bias, np.float64)
        for tree in self.trees:
            leaf = np.zeros(columns.shape[1], np.uint8)
            for place, (column, border) in enumerate(zip(tree.columns, tree.borders, strict=True)):
                leaf |= (columns[column] > border).view(np.uint8) << place
            odds += tree.leaves[leaf]
        return 1.0 / (1.0 + np.exp(-odds))


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
