"""BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) over given texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from context_core.scorers.frequency import frequencies

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bm25Scorer:
    """Scores texts by BM25, as a share of the most that the query could score; rare terms weigh more.

    Args:
        k1: how soon repeating a term stops to help.
        b: how much a long text is held to say less with one word; 0 is not at all, 1 in full.

    Example:
        >>> scores = Bm25Scorer().score("red apples", ["green pears", "a red car"])
        >>> [round(score, 2) for score in scores]
        [0.0, 0.13]
    """

    def __init__(self, k1: float = 1.2, b: float = 0.75) -> None:
        self.k1 = k1
        self.b = b

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the share of the query's possible score that each text has, from 0 to 1."""
        counts = frequencies(query, texts)
        if not counts or not counts[0]:
            return [0.0] * len(texts)
        weights = idf(counts)
        best = sum(weights) * (self.k1 + 1)
        mean = sum(map(len, texts)) / len(texts) or 1.0
        scores: list[float] = []
        for text, row in zip(texts, counts, strict=True):
            room = self.k1 * (1 - self.b + self.b * len(text) / mean)
            matched = sum(w * n * (self.k1 + 1) / (n + room) for w, n in zip(weights, row, strict=True) if n)
            scores.append(matched / best)
        return scores


def idf(counts: Sequence[Sequence[int]]) -> list[float]:
    """Return the weight of each term: the fewer texts have it, the more; never below 0."""
    total = len(counts)
    holders = [sum(map(bool, column)) for column in zip(*counts, strict=True)]
    return [math.log(1 + (total - held + 0.5) / (held + 0.5)) for held in holders]
