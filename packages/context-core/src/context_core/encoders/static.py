"""The default encoder: a vector a token, averaged; no network, no GPU, thousands of texts a second.

The model is a static one (model2vec), distilled from all-MiniLM-L6-v2 by `tools/distill_encoder.py`: 128 dimensions,
int8, about 4 MB, in this package. Its licence, Apache-2.0, stands beside it.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from context_core.encoder import Vectors

SHIPPED = Path(__file__).parent / "minilm_static"
"""Folder of the model in the package."""


class StaticEncoder:
    """Encodes with a static model of model2vec; needs the extra ``semantic``, and loads nothing before first used.

    Args:
        path: folder of a model that model2vec saved; the shipped one unless given.
        model_id: names it; the folder's name unless given.

    Raises:
        MissingExtraError: model2vec is not installed; on first use.
    """

    def __init__(self, path: str | Path = SHIPPED, *, model_id: str | None = None) -> None:
        self._path = Path(path)
        self._model_id = model_id

    @property
    def model_id(self) -> str:
        """Names the model."""
        return self._model_id or str(self._config.get("model_id", self._path.name))

    @property
    def dimensions(self) -> int:
        """Numbers in a vector: 128 for the shipped model."""
        return int(self._config["hidden_dim"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts: float32, shape (len(texts), dimensions), rows of length 1."""
        numpy = need("numpy", "semantic")
        if not texts:
            return numpy.zeros((0, self.dimensions), numpy.float32)
        sums = self._model.encode(list(texts), max_length=None, use_multiprocessing=False)
        lengths = numpy.linalg.norm(sums, axis=1, keepdims=True)
        return (sums / numpy.maximum(lengths, 1e-12)).astype(numpy.float32)

    @cached_property
    def _config(self) -> dict[str, Any]:
        return json.loads((self._path / "config.json").read_text("utf-8"))

    @cached_property
    def _model(self) -> Any:
        return need("model2vec", "semantic").StaticModel.from_pretrained(self._path)
