"""The dense half: vectors in a byte a dimension, all compared with the query's.

An exact scan of bytes is what memory can stream: under a millisecond for 100,000 vectors of 128 dimensions. A graph
index (HNSW) answers in less, but takes seconds to fill, cannot forget what is removed, and misses some neighbours; so
it is not used here.

1. A number of a unit vector of d dimensions is about 1/√d; it is scaled so that eight times that is 127, rounded,
   and cut off beyond.
2. The query is rounded likewise, as faiss multiplies bytes with bytes; divided by the scale twice, sums are cosines.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from context_core.encoder import Vectors

EXTRA = "semantic"
_DEVIATIONS = 8


def scale(dimensions: int) -> float:
    """Return the number that a vector is multiplied by before it is rounded to bytes.

    Example:
        >>> round(scale(128))
        180
    """
    return 127 * math.sqrt(dimensions) / _DEVIATIONS


def pack(vectors: Vectors) -> list[bytes]:
    """Return unit vectors as bytes, one string a vector."""
    return [row.tobytes() for row in _rounded(vectors)]


def _rounded(vectors: Vectors) -> Any:
    numpy = need("numpy", EXTRA)
    scaled = numpy.rint(vectors * scale(vectors.shape[1]))
    return numpy.clip(scaled, -127, 127).astype(numpy.int8)


class VectorScan:
    """The vectors of an index in memory.

    Args:
        dimensions: numbers in a vector.

    Raises:
        MissingExtraError: faiss is not installed.
    """

    def __init__(self, dimensions: int) -> None:
        self._faiss = faiss = need("faiss", EXTRA)
        self._numpy = need("numpy", EXTRA)
        self._dimensions = dimensions
        kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
        bare = faiss.IndexScalarQuantizer(dimensions, kind, faiss.METRIC_INNER_PRODUCT)
        self._index: Any = faiss.IndexIDMap2(bare)
        bare.this.disown()
        self._index.own_fields = True

    def add(self, rowids: Sequence[int], packed: Sequence[bytes]) -> None:
        """Add packed vectors under rowids that are not there yet."""
        if rowids:
            numpy = self._numpy
            bytes_ = numpy.frombuffer(b"".join(packed), dtype=numpy.int8).reshape(len(rowids), self._dimensions)
            self._index.add_with_ids(bytes_.astype(numpy.float32), numpy.asarray(rowids, dtype=numpy.int64))

    def remove(self, first: int, last: int) -> None:
        """Remove the vectors of rowids from first to last; those that are not there are passed over."""
        self._index.remove_ids(self._numpy.arange(first, last + 1, dtype=self._numpy.int64))

    def search(self, vector: Vectors, limit: int, *, among: Any = None) -> list[tuple[int, float]]:
        """Return the rowids nearest to a unit vector with their cosines, nearest first; of equals, the latest first.

        Args:
            vector: of length 1.
            limit: how many at most.
            among: an array of the rowids that may be returned, of type int64; any unless given.
        """
        asked = _rounded(vector.reshape(1, -1)).astype(self._numpy.float32)
        with self._one_thread():
            if among is None:
                products, rowids = self._index.search(asked, limit)
            else:
                bits = self._bitmap(among)
                selector = self._faiss.IDSelectorBitmap(len(bits), self._faiss.swig_ptr(bits))
                chosen = self._faiss.SearchParameters(sel=selector)
                products, rowids = self._index.search(asked, limit, params=chosen)
        pairs = zip(rowids[0].tolist(), (products[0] / scale(self._dimensions) ** 2).tolist(), strict=True)
        known = [(rowid, cosine) for rowid, cosine in pairs if rowid >= 0]
        return sorted(known, key=lambda pair: (-pair[1], -pair[0]))

    def _bitmap(self, rowids: Any) -> Any:
        """Return bytes with a bit a rowid, from 0 to the largest one."""
        bits = self._numpy.zeros(int(rowids.max(initial=0)) + 1, dtype=bool)
        bits[rowids] = True
        return self._numpy.packbits(bits, bitorder="little")

    @contextmanager
    def _one_thread(self) -> Generator[None]:
        """Keep faiss from waking all cores for one query: on a busy machine it then waits a hundred times longer."""
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)  # of this thread alone
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(threads)

    def __len__(self) -> int:
        return self._index.ntotal
