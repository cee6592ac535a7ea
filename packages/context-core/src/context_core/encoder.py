"""Encoder: from texts to vectors whose direction is the meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy import dtype, float32, ndarray

    Vectors = ndarray[tuple[Any, ...], dtype[float32]]


@runtime_checkable
class Encoder(Protocol):
    """Gives texts vectors of unit length, so that their dot product is the cosine."""

    @property
    def model_id(self) -> str:
        """Names the model; vectors of different models are never compared."""
        ...

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimensions): rows of length 1, or all 0 for a text without words."""
        ...
