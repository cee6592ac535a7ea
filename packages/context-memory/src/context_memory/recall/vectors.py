"""The dense half of an index: the vectors of its passages in memory, compared with a query's by faiss.

The vectors are rows of the index, so they are written and erased with their passages; here they are read once, and from
then on what is new. Sessions and times stand beside them, so that a query sees no more than it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from context_core.extras import need
from context_core.index.vectors import VectorScan
from context_memory.recall.schema import passages, sessions, vectors

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from context_core.encoder import Vectors
    from context_memory.recall.lexicon import Allowed

_EXTRA = "dense"


class VectorsInMemory:
    """The vectors of one namespace.

    Args:
        dimensions: numbers in a vector.
        namespace: whose.

    Raises:
        MissingExtraError: faiss is not installed.
    """

    def __init__(self, dimensions: int, namespace: str) -> None:
        need("faiss", _EXTRA, package="context-memory")
        self._numpy = need("numpy", _EXTRA, package="context-memory")
        self._scan = VectorScan(dimensions)
        self._namespace = namespace
        self._last = 0
        self._keys: Any = self._numpy.zeros(0, dtype=self._numpy.int64)
        self._sessions: Any = self._keys
        self._times: Any = self._numpy.zeros(0)

    def catch_up(self, connection: Connection) -> None:
        """Read the vectors that were written since."""
        query = select(vectors.c.key, vectors.c.vector, passages.c.session, passages.c.said_at)
        query = query.join(passages, passages.c.key == vectors.c.key).join(
            sessions, sessions.c.key == passages.c.session
        )
        query = query.where(vectors.c.key > self._last, sessions.c.namespace == self._namespace)
        rows = connection.execute(query.order_by(vectors.c.key)).fetchall()
        if not rows:
            return
        numpy = self._numpy
        self._scan.add([row.key for row in rows], [row.vector for row in rows])
        self._keys = numpy.append(self._keys, numpy.array([row.key for row in rows], dtype=numpy.int64))
        self._sessions = numpy.append(self._sessions, numpy.array([row.session for row in rows], dtype=numpy.int64))
        self._times = numpy.append(self._times, numpy.array([row.said_at for row in rows]))
        self._last = rows[-1].key

    def search(self, vector: Vectors, limit: int, allowed: Allowed) -> list[tuple[int, float]]:
        """Return the keys of the passages nearest to a unit vector with their cosines, nearest first."""
        if not len(self._keys):
            return []
        seen = self._numpy.ones(len(self._keys), dtype=bool)
        if allowed.sessions is not None:
            seen &= self._numpy.isin(self._sessions, self._numpy.array(allowed.sessions, dtype=self._numpy.int64))
        if allowed.as_of is not None:
            seen &= self._times <= allowed.as_of
        if seen.all():
            return self._scan.search(vector, limit)
        return self._scan.search(vector, limit, among=self._keys[seen]) if seen.any() else []
