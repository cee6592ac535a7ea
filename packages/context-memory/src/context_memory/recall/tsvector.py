"""The lexicon in PostgreSQL: full text search, with GIN indexes.

1. The server's parser would take a path for one word, so texts are split into words here, with the names whole and
   split beside them, and the server only stems them.
2. Its rankings know nothing of how rare a word is. So rows are chosen by the sum of their terms' inverse document
   frequencies, over terms that are `affordable`, and the best of these are scored by core's BM25.
3. Entities stand in an array, and are scored by rarity alone.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from context_core import Bm25Scorer
from context_core.terms import name_words
from context_memory.recall.lexicon import BUDGET, Allowed, Entry, affordable, query_terms, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from context_memory.sql.postgres_database import PostgresDatabase

_WORD = re.compile(r"[^\W_]+")
_HAS_WORD = "t.words @@ plainto_tsquery('english', :{name})"
_HAS_ENTITY = "t.entities @> ARRAY[:{name}]"

TABLES = (
    "CREATE TABLE recall_texts (key bigint PRIMARY KEY, text text NOT NULL, words tsvector NOT NULL, "
    "entities text[] NOT NULL)",
    "CREATE INDEX recall_texts_by_word ON recall_texts USING gin (words)",
    "CREATE INDEX recall_texts_by_entity ON recall_texts USING gin (entities)",
)


class TsvectorLexicon:
    """Full text search in the tables of an index.

    Args:
        database: the server's.
        namespace: whose passages are found.
    """

    def __init__(self, database: PostgresDatabase, namespace: bytes) -> None:
        self._database = database
        self._namespace = namespace

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Index passages."""
        rows = [
            {
                "key": entry.key,
                "text": storable(entry.text),
                "words": storable(" ".join([*_WORD.findall(entry.text), *name_words(entry.text)])),
                "entities": entry.entities,
            }
            for entry in entries
        ]
        if rows:
            words = "to_tsvector('english', :words)"
            connection.execute(text(f"INSERT INTO recall_texts VALUES (:key, :text, {words}, :entities)"), rows)

    def remove(self, connection: Connection, session: int) -> None:
        """Take the passages of a session out."""
        its = "(SELECT key FROM recall_passages WHERE session = :session)"
        connection.execute(text(f"DELETE FROM recall_texts WHERE key IN {its}"), {"session": session})

    def search(self, connection: Connection, query: str, limit: int, allowed: Allowed) -> list[tuple[int, float]]:
        """Return the best passages by BM25 of their words and names."""
        rows = _Rows(connection, _HAS_WORD, self._namespace, allowed)
        found = affordable(rows, query_terms(query), limit)
        texts = self.texts(connection, [key for key, _ in found])
        keys = [key for key, _ in found if key in texts]
        scores = Bm25Scorer().score(query, [texts[key] for key in keys])
        first = dict(found)
        # a word that core's scorer does not see in the text, such as another form of it, still has found the row
        both = [(key, score + 1e-3 * first[key]) for key, score in zip(keys, scores, strict=True)]
        return sorted(both, key=lambda pair: (-pair[1], -pair[0]))

    def named(
        self, connection: Connection, entities: Sequence[str], limit: int, allowed: Allowed
    ) -> list[tuple[int, float]]:
        """Return the passages with most of the rarest entities."""
        return affordable(_Rows(connection, _HAS_ENTITY, self._namespace, allowed), entities, limit)

    def texts(self, connection: Connection, keys: Sequence[int]) -> dict[int, str]:
        """Return the texts of passages."""
        query = text("SELECT key, text FROM recall_texts WHERE key IN :keys")
        found = connection.execute(query.bindparams(bindparam("keys", expanding=True)), {"keys": list(keys)})
        return {row.key: row.text for row in found}

    def scrub(self) -> None:
        """Do nothing: rows are gone, and the server overwrites their bytes in its own time."""


class _Rows:
    """The rows in which terms stand, as far as a query may see them; what a term is counts by its rarity.

    Args:
        connection: in a transaction.
        has_term: the condition that a row has a term.
        namespace: whose rows.
        allowed: what the query may see.
    """

    def __init__(self, connection: Connection, has_term: str, namespace: bytes, allowed: Allowed) -> None:
        self._connection = connection
        self._has_term = has_term
        self._counts: dict[str, int] = {}
        self._values: dict[str, Any] = {"namespace": namespace}
        seen = "p.session IN (SELECT key FROM recall_sessions WHERE namespace = :namespace)"
        if allowed.sessions is not None:
            seen = "p.session = ANY(:sessions)"
            self._values["sessions"] = list(allowed.sessions)
        if allowed.as_of is not None:
            seen += " AND p.said_at <= :as_of"
            self._values["as_of"] = allowed.as_of
        self._from = f"FROM recall_texts t JOIN recall_passages p ON p.key = t.key WHERE {seen}"

    def count(self, term: str) -> int:
        """Return how many rows have a term, counted up to the budget."""
        rows = f"SELECT 1 {self._from} AND {self._has_term.format(name='term')} LIMIT {BUDGET}"
        self._counts[term] = self._run(f"SELECT count(*) FROM ({rows}) AS counted", term=term).scalar() or 0
        return self._counts[term]

    def latest(self, term: str) -> int:
        """Return the key from which on a budget of rows has the term."""
        rows = f"SELECT t.key {self._from} AND {self._has_term.format(name='term')} ORDER BY t.key DESC LIMIT {BUDGET}"
        return self._run(f"SELECT min(key) FROM ({rows}) AS latest", term=term).scalar() or 0

    def best(self, terms: Sequence[str], least: int, limit: int) -> list[tuple[int, float]]:
        """Return the keys, from a least one on, of the rows whose terms weigh most."""
        conditions = [self._has_term.format(name=f"term{number}") for number in range(len(terms))]
        weights = [math.log(1 + 2 * BUDGET / (1 + self._counts[term])) for term in terms]
        score = " + ".join(f"({has})::int * {weight:.6f}" for has, weight in zip(conditions, weights, strict=True))
        values = {f"term{number}": term for number, term in enumerate(terms)}
        found = self._run(
            f"SELECT t.key, {score} AS score {self._from} AND t.key >= :least AND ({' OR '.join(conditions)}) "
            "ORDER BY score DESC, t.key DESC LIMIT :limit",
            least=least,
            limit=limit,
            **values,
        )
        return [(key, float(score)) for key, score in found]

    def _run(self, query: str, **values: Any) -> Any:
        return self._connection.execute(text(query), {**self._values, **values})
