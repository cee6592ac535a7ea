"""Encoders of the sentence-transformers library: slower by a hundred times, nearer to the meaning."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from context_core.encoder import Vectors


class SentenceTransformerEncoder:
    """Encodes with a model of sentence-transformers; needs the extra of that name, and loads nothing before first used.

    Args:
        model: a folder that holds a model; a name is looked up as the library does, which may download it.
        model_id: names it in an index; `model` unless given.
        device: such as ``cpu``; the library's choice unless given.

    Raises:
        MissingExtraError: sentence-transformers is not installed; on first use.
    """

    def __init__(self, model: str | Path, *, model_id: str | None = None, device: str | None = None) -> None:
        self._source = str(model)
        self._given_id = model_id
        self._device = device

    @property
    def model_id(self) -> str:
        """Names the model."""
        return self._given_id or self._source

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts: float32, shape (len(texts), dimensions), rows of length 1."""
        numpy = need("numpy", "sentence-transformers")
        if not texts:
            return numpy.zeros((0, self.dimensions), numpy.float32)
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return numpy.asarray(vectors, dtype=numpy.float32)

    @cached_property
    def _model(self) -> Any:
        library = need("sentence_transformers", "sentence-transformers")
        return library.SentenceTransformer(self._source, device=self._device)
