"""TF-IDF and the cosine (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from context_core.scorers.bm25 import idf
from context_core.scorers.frequency import frequencies

if TYPE_CHECKING:
    from collections.abc import Sequence


class TfidfScorer:
    """Scores texts by the cosine of query and text in the space of the query's terms; length does not matter.

    Example:
        >>> scores = TfidfScorer().score("red apples", ["green pears", "a red car", "red apples"])
        >>> [round(score, 2) for score in scores]
        [0.0, 0.43, 1.0]
    """

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine of each text to the query, from 0 to 1."""
        counts = frequencies(query, texts)
        if not counts or not counts[0]:
            return [0.0] * len(texts)
        weights = idf(counts)
        return [_cosine(weights, row) for row in counts]


def _cosine(weights: Sequence[float], row: Sequence[int]) -> float:
    vector = [weight * (1 + math.log(n)) if n else 0.0 for weight, n in zip(weights, row, strict=True)]
    lengths = math.hypot(*weights) * math.hypot(*vector)
    return min(1.0, sum(w * v for w, v in zip(weights, vector, strict=True)) / lengths) if lengths else 0.0
