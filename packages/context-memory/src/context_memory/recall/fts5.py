"""The lexicon in SQLite: FTS5.

1. Names (paths, dotted, snake and camel-case ones), whole and split, stand in a column of their own, entities in
   another, as numbers; so does the session's key, which lets FTS5 itself keep to a few sessions.
2. FTS5's `bm25` costs a look-up for each row that has any of the terms, so only terms are searched for that are
   `affordable`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from context_core.terms import name_words
from context_memory.recall.lexicon import BUDGET, Allowed, Entry, affordable, query_terms, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from context_memory.sql.database import Database

_FEW_SESSIONS = 200
"""Up to so many sessions are asked for in the query itself; of more, each row that matches is looked at."""
_WORDS = "{text names}"
_WORD_SCORE = "-bm25(recall_lexical, 1, 1, 0, 0)"
_ENTITY_SCORE = "-bm25(recall_lexical, 0, 0, 1, 0)"

TABLES = (
    "CREATE TABLE recall_texts (key INTEGER PRIMARY KEY, text TEXT NOT NULL, names TEXT NOT NULL, "
    "entities TEXT NOT NULL, owner TEXT NOT NULL)",
    "CREATE VIRTUAL TABLE recall_lexical USING fts5(text, names, entities, owner, content='recall_texts', "
    "content_rowid='key', tokenize='porter unicode61 remove_diacritics 2')",
)


class Fts5Lexicon:
    """FTS5 tables in the file of an index.

    Args:
        database: the file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Index passages."""
        rows = [
            {
                "key": entry.key,
                "text": storable(entry.text),
                "names": storable(" ".join(name_words(entry.text))),
                "entities": " ".join(entry.entities),
                "owner": str(entry.session),
            }
            for entry in entries
        ]
        if rows:
            connection.execute(text("INSERT INTO recall_texts VALUES (:key, :text, :names, :entities, :owner)"), rows)
            connection.execute(
                text(
                    "INSERT INTO recall_lexical (rowid, text, names, entities, owner) "
                    "VALUES (:key, :text, :names, :entities, :owner)"
                ),
                rows,
            )

    def remove(self, connection: Connection, session: int) -> None:
        """Take the passages of a session out."""
        its = "(SELECT key FROM recall_passages WHERE session = :session)"
        connection.execute(
            text(
                "INSERT INTO recall_lexical (recall_lexical, rowid, text, names, entities, owner) "
                f"SELECT 'delete', key, text, names, entities, owner FROM recall_texts WHERE key IN {its}"
            ),
            {"session": session},
        )
        connection.execute(text(f"DELETE FROM recall_texts WHERE key IN {its}"), {"session": session})

    def search(self, connection: Connection, query: str, limit: int, allowed: Allowed) -> list[tuple[int, float]]:
        """Return the best passages by BM25 of their words and names."""
        return affordable(_Rows(connection, _WORDS, _WORD_SCORE, allowed), query_terms(query), limit)

    def named(
        self, connection: Connection, entities: Sequence[str], limit: int, allowed: Allowed
    ) -> list[tuple[int, float]]:
        """Return the best passages by BM25 of their entities."""
        return affordable(_Rows(connection, "entities", _ENTITY_SCORE, allowed), entities, limit)

    def texts(self, connection: Connection, keys: Sequence[int]) -> dict[int, str]:
        """Return the texts of passages."""
        query = text("SELECT key, text FROM recall_texts WHERE key IN :keys")
        found = connection.execute(query.bindparams(bindparam("keys", expanding=True)), {"keys": list(keys)})
        return {row.key: row.text for row in found}

    def scrub(self) -> None:
        """Merge the lexicon, which until then keeps the words of what was removed, and cut the write-ahead log off."""
        self._database.write(
            lambda connection: connection.execute(
                text("INSERT INTO recall_lexical (recall_lexical) VALUES ('optimize')")
            )
        )
        self._database.scrub()


class _Rows:
    """The rows in which terms stand, as far as a query may see them.

    Args:
        connection: in a transaction.
        columns: FTS5's name of the columns to look in.
        score: what a row's score is.
        allowed: what the query may see.
    """

    def __init__(self, connection: Connection, columns: str, score: str, allowed: Allowed) -> None:
        self._connection = connection
        self._columns = columns
        self._score = score
        self._values: dict[str, Any] = {}
        self._owners = ""
        join = ""
        if allowed.sessions is not None and len(allowed.sessions) <= _FEW_SESSIONS:
            owners = " OR ".join(f'"{key}"' for key in allowed.sessions)
            self._owners = f" AND owner : ({owners})"
        elif allowed.sessions is not None:
            join += " AND p.session IN (SELECT value FROM json_each(:sessions))"
            self._values["sessions"] = json.dumps(allowed.sessions)
        if allowed.as_of is not None:
            join += " AND p.said_at <= :as_of"
            self._values["as_of"] = allowed.as_of
        # a CROSS JOIN is run in the order in which it is written
        tables = "recall_lexical CROSS JOIN recall_passages p ON p.key = recall_lexical.rowid"
        self._from = f"FROM {tables if join else 'recall_lexical'} WHERE recall_lexical MATCH :match{join}"

    def count(self, term: str) -> int:
        """Return how many rows have a term, counted up to the budget."""
        return self._run(f"SELECT count(*) FROM (SELECT 1 {self._from} LIMIT {BUDGET})", [term]).scalar() or 0

    def latest(self, term: str) -> int:
        """Return the key from which on a budget of rows has the term."""
        rows = f"SELECT recall_lexical.rowid AS key {self._from} ORDER BY recall_lexical.rowid DESC LIMIT {BUDGET}"
        return self._run(f"SELECT min(key) FROM ({rows})", [term]).scalar() or 0

    def best(self, terms: Sequence[str], least: int, limit: int) -> list[tuple[int, float]]:
        """Return the keys, from a least one on, of the rows with the best scores."""
        found = self._run(
            f"SELECT recall_lexical.rowid, {self._score} AS score {self._from} AND recall_lexical.rowid >= :least "
            "ORDER BY score DESC, recall_lexical.rowid DESC LIMIT :limit",
            terms,
            least=least,
            limit=limit,
        )
        return [(key, score) for key, score in found]

    def _run(self, query: str, terms: Sequence[str], **values: Any) -> Any:
        quoted = " OR ".join(f'"{term}"' for term in terms)
        match = f"{self._columns} : ({quoted}){self._owners}"
        return self._connection.execute(text(query), {"match": match, **self._values, **values})
