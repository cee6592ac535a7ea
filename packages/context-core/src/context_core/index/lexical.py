"""The lexical half: BM25 by SQLite's FTS5, quick on large indexes because it scores few rows.

1. A query becomes quoted words, so nothing in it is read as FTS5's syntax. The texts' names (paths, dotted, snake and
   camel-case ones), whole and split, stand as words in a column of their own, since a phrase is slow to find.
2. FTS5's `bm25` costs a look-up for each row that has any of the terms, and common words stand in most rows. So each
   term's rows are counted, no farther than a budget, and the rarest terms that fit into it together are searched for.
   What is left out has the least weight anyway.
3. Where even the rarest is too common, the latest rows that have it are scored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.terms import name_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

BUDGET = 2_000
"""Rows that one query scores at most: about 3 ms."""
MAX_TERMS = 32
"""Words and names of a query that are counted at most, the first ones of each."""


def is_behind(db: Connection) -> bool:
    """Return whether there are passages that were not indexed yet."""
    return db.execute("select 1 from passages where rowid > ? limit 1", (_indexed(db),)).fetchone() is not None


def catch_up(db: Connection) -> None:
    """Index all passages that were not yet, inside the caller's transaction."""
    columns = "rowid, text, names"
    db.execute(f"insert into lexical({columns}) select {columns} from passages where rowid > ?", (_indexed(db),))
    db.execute("insert or replace into meta select 'indexed', max(rowid) from passages having max(rowid) is not null")


def delete(db: Connection, first: int, last: int) -> None:
    """Take passages out of the index, while the table of passages still has them."""
    db.execute(
        "insert into lexical(lexical, rowid, text, names) "
        "select 'delete', rowid, text, names from passages where rowid between ? and ?",
        (first, min(last, _indexed(db))),
    )


def _indexed(db: Connection) -> int:
    """Return the rowid up to which passages are indexed."""
    row = db.execute("select value from meta where key = 'indexed'").fetchone()
    return row[0] if row else 0


def search(db: Connection, query: str, limit: int) -> list[tuple[int, float]]:
    """Return the rowids of the best passages with their BM25 scores, best first; of equals, the latest first."""
    terms, least = _affordable(db, _terms(query))
    if not terms:
        return []
    found = db.execute(
        "select rowid, -bm25(lexical) as score from lexical where lexical match ? and rowid >= ? "
        "order by score desc, rowid desc limit ?",
        (" OR ".join(terms), least, limit),
    )
    return found.fetchall()


def _terms(query: str) -> list[str]:
    """Return the query's words and names, quoted for FTS5."""
    found = dict.fromkeys([*words(query)[:MAX_TERMS], *name_words(query)[:MAX_TERMS]])
    return [f'"{term}"' for term in found if term]


def _affordable(db: Connection, terms: Sequence[str]) -> tuple[list[str], int]:
    """Return the rarest terms that together stand in at most `BUDGET` rows, and the least rowid to score."""
    counted = sorted((count, place) for place, term in enumerate(terms) if (count := _rows(db, term)))
    if counted and counted[0][0] >= BUDGET:
        term = terms[counted[0][1]]
        return [term], _latest(db, term)
    chosen: list[str] = []
    spent = 0
    for count, place in counted:
        spent += count
        if spent > BUDGET:
            break
        chosen.append(terms[place])
    return chosen, 0


def _rows(db: Connection, term: str) -> int:
    """Return how many rows have a term, counted up to the budget."""
    counted = "select count(*) from (select 1 from lexical where lexical match ? limit ?)"
    return db.execute(counted, (term, BUDGET)).fetchone()[0]


def _latest(db: Connection, term: str) -> int:
    """Return the rowid from which on a budget of rows has the term."""
    latest = "select min(rowid) from (select rowid from lexical where lexical match ? order by rowid desc limit ?)"
    return db.execute(latest, (term, BUDGET)).fetchone()[0]
