"""Dense relevance: the cosine between the vectors of an encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.passages import spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core.encoder import Encoder


class DenseScorer:
    """Scores a text by the passage of it that is nearest in meaning to the query.

    Args:
        encoder: any encoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the largest cosine of each text's passages to the query, from 0 to 1; 0 for an empty text."""
        owners: list[int] = []
        parts: list[str] = []
        for number, text in enumerate(texts):
            for start, end in spans(text):
                owners.append(number)
                parts.append(text[start:end])
        scores = [0.0] * len(texts)
        if not parts:
            return scores
        cosines = self.encoder.encode(parts) @ self.encoder.encode([query])[0]
        for owner, cosine in zip(owners, cosines.tolist(), strict=True):
            scores[owner] = max(scores[owner], min(1.0, cosine))
        return scores
