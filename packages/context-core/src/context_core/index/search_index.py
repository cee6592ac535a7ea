"""SearchIndex: passages of nodes, found by their words and, with an encoder, by their meaning.

1. Adding cuts nodes into passages and writes these down, in one transaction. A node that is there with the same
   content is passed over; one with another content takes its place.
2. Indexing waits for the next query, of either half: it takes the passages above the last rowid that it indexed, or
   encoded, all at once. So adding one message costs a fraction of a millisecond, and nothing is lost with the process.
3. A query asks both halves for their best passages; a node's place is that of its best one.

One SQLite connection behind one lock: threads may share an index, and processes may share its file (one writes at a
time, readers go on).
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

from context_core.errors import EncoderMismatchError
from context_core.hashing import text_bytes
from context_core.index import lexical
from context_core.index.schema import connect
from context_core.index.vectors import VectorScan, pack
from context_core.passages import passages
from context_core.terms import name_words

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

    from context_core.encoder import Encoder
    from context_core.node import Node

_BATCH = 4_096
"""Passages encoded at once: 4 MB of text at most."""
_PASSAGES_A_NODE = 2
"""Passages asked for per node wanted, as several of one node may be among the best."""


@dataclass(frozen=True, slots=True)
class Match:
    """A node that one half of the index found.

    Attributes:
        node_id: the node.
        score: BM25, or the cosine; comparable within one list of matches only.
        start: where its best passage begins, in characters of the content that was indexed.
        end: where that ends.
    """

    node_id: str
    score: float
    start: int
    end: int


class SearchIndex:
    """An incremental index of nodes, in a file or in memory.

    Args:
        path: the file, made where there is none; None keeps the index in memory.
        encoder: makes it dense, too; without one, it is lexical alone and needs nothing installed.

    Raises:
        StoreError: the file is no index, or cannot be opened.
        EncoderMismatchError: the file holds vectors of another model, or of other dimensions.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "Why does parse_rows fail on empty files?")
        >>> _ = graph.add_message("assistant", "It divides by the number of rows.")
        >>> with SearchIndex() as index:
        ...     index.add(graph.nodes())
        ...     [match.node_id == graph.leaf for match in index.lexical("what divides rows", limit=1)]
        2
        [True]
    """

    def __init__(self, path: str | Path | None = None, *, encoder: Encoder | None = None) -> None:
        self.encoder = encoder
        self._lock = RLock()
        self._db = connect(path)
        self._vectors: VectorScan | None = None
        self._loaded = 0
        try:
            self._check_model()
        except BaseException:
            self._db.close()
            raise

    def add(self, nodes: Iterable[Node]) -> int:
        """Index nodes, all or none; return how many were new or had changed."""
        with self._lock, self._transaction():
            return sum([self._add(node) for node in nodes])

    def remove(self, node_ids: Iterable[str]) -> int:
        """Take nodes out, all or none; return how many were there."""
        with self._lock, self._transaction():
            return sum([self._remove(node_id) for node_id in node_ids])

    def lexical(self, query: str, *, limit: int = 100) -> list[Match]:
        """Return the nodes that match the words of a query by BM25, best first. No character has a special meaning."""
        with self._lock:
            if lexical.is_behind(self._db):
                with self._transaction():
                    lexical.catch_up(self._db)
            return self._matches(lexical.search(self._db, query, limit * _PASSAGES_A_NODE), limit)

    def dense(self, query: str, *, limit: int = 100) -> list[Match]:
        """Return the nodes nearest to a query in meaning, nearest first; none where the index has no encoder.

        Passages that were added since the last such query are encoded first.

        Raises:
            MissingExtraError: faiss, or the encoder's library, is not installed.
        """
        if self.encoder is None or not query.strip():
            return []
        with self._lock:
            vectors = self._encoded(self.encoder)
            nearest = vectors.search(self.encoder.encode([query])[0], limit * _PASSAGES_A_NODE)
            return self._matches(nearest, limit)

    def close(self) -> None:
        """Close the file; what was added is in it."""
        with self._lock:
            self._db.close()

    def __contains__(self, node_id: object) -> bool:
        with self._lock:
            return self._db.execute("select 1 from nodes where id = ?", (node_id,)).fetchone() is not None

    def __len__(self) -> int:
        with self._lock:
            return self._db.execute("select count(*) from nodes").fetchone()[0]

    def __enter__(self) -> SearchIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            self._vectors, self._loaded = None, 0  # in memory a removal cannot be taken back; they are read anew
            raise
        self._db.execute("commit")

    def _add(self, node: Node) -> bool:
        digest = hashlib.blake2b(text_bytes(node.content), digest_size=12).digest()
        there = self._db.execute("select digest from nodes where id = ?", (node.id,)).fetchone()
        if there is not None:
            if there[0] == digest:
                return False
            self._remove(node.id)
        last = self._last_rowid()
        rows = [
            (
                rowid,
                node.id,
                passage.start,
                passage.end,
                _storable(passage.text),
                _storable(" ".join(name_words(passage.text))),
            )
            for rowid, passage in enumerate(passages(node), start=last + 1)
        ]
        self._db.executemany("insert into passages values (?, ?, ?, ?, ?, ?)", rows)
        self._db.execute("insert into nodes values (?, ?, ?, ?)", (node.id, digest, last + 1, last + len(rows)))
        return True

    def _last_rowid(self) -> int:
        """Return the highest rowid ever given, which no later passage gets again."""
        row = self._db.execute("select seq from sqlite_sequence where name = 'passages'").fetchone()
        return row[0] if row else 0

    def _remove(self, node_id: str) -> bool:
        row = self._db.execute("select first, last from nodes where id = ?", (node_id,)).fetchone()
        if row is None:
            return False
        lexical.delete(self._db, *row)
        for table in ("passages", "vectors"):
            self._db.execute(f"delete from {table} where rowid between ? and ?", row)
        self._db.execute("delete from nodes where id = ?", (node_id,))
        if self._vectors is not None:
            self._vectors.remove(*row)
        return True

    # ── encoding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _check_model(self) -> None:
        """Raise unless the encoder is the one whose vectors the file holds."""
        meta = dict(self._db.execute("select key, value from meta"))
        if self.encoder is not None and "model" in meta:
            held, given = (meta["model"], meta["dimensions"]), (self.encoder.model_id, self.encoder.dimensions)
            if held != given:
                raise EncoderMismatchError(held, given)

    def _encoded(self, encoder: Encoder) -> VectorScan:
        """Return the vectors of all passages; encode those that have none yet, load those that others encoded."""
        self._check_model()
        if self._vectors is None:
            self._vectors = VectorScan(encoder.dimensions)
        self._load(self._vectors)
        while batch := self._unencoded():
            packed = pack(encoder.encode([text for _, text in batch]))
            with self._transaction():
                self._db.execute("insert or ignore into meta values ('model', ?)", (encoder.model_id,))
                self._db.execute("insert or ignore into meta values ('dimensions', ?)", (encoder.dimensions,))
                rows = zip([rowid for rowid, _ in batch], packed, strict=True)
                self._db.executemany("insert or ignore into vectors values (?, ?)", rows)
            self._load(self._vectors)
        return self._vectors

    def _load(self, vectors: VectorScan) -> None:
        rows = self._db.execute("select rowid, vector from vectors where rowid > ?", (self._loaded,)).fetchall()
        vectors.add([rowid for rowid, _ in rows], [vector for _, vector in rows])
        self._loaded = rows[-1][0] if rows else self._loaded

    def _unencoded(self) -> Sequence[tuple[int, str]]:
        above = "select rowid, text from passages where rowid > ? order by rowid limit ?"
        return self._db.execute(above, (self._loaded, _BATCH)).fetchall()

    # ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _matches(self, ranked: Iterable[tuple[int, float]], limit: int) -> list[Match]:
        """Return the nodes of passages, each once, at the place of its best one."""
        found: dict[str, Match] = {}
        for rowid, score in ranked:
            row = self._db.execute("select node, start, stop from passages where rowid = ?", (rowid,)).fetchone()
            if row is not None and row[0] not in found:
                found[row[0]] = Match(row[0], score, row[1], row[2])
                if len(found) == limit:
                    break
        return list(found.values())


def _storable(text: str) -> str:
    """Return the text with half characters replaced, which UTF-8 cannot write."""
    return text.encode("utf-8", "replace").decode()
