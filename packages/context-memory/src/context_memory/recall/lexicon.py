"""The lexical half of an index: words and names of passages, each kind of database in its own way.

Scoring costs time for each row that has any of the terms, and common words stand in most rows:

1. Each term's rows are counted, no farther than a budget, and the rarest terms that fit into it together are searched
   for. What is left out has the least weight anyway.
2. Where even the rarest is too common, the latest rows that have it are scored.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from context_core import kind_of
from context_core.hashing import text_bytes
from context_core.terms import name_words, words
from context_core.values import values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

BUDGET = 2_000
"""Rows that one query scores at most: about 3 ms."""
MAX_TERMS = 32
"""Words and names of a query that are counted at most, the first ones of each."""
MAX_NAMES = 64
"""Entities of a passage that are indexed; more are a listing, which is about none of them."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a query may see.

    Attributes:
        sessions: keys of sessions; None for all of the namespace.
        as_of: the latest time of what may be seen, in seconds since the epoch; None for any.
    """

    sessions: tuple[int, ...] | None = None
    as_of: float | None = None


class Entry(NamedTuple):
    """A passage to be indexed: its key and its session's, its text, and the hashes of its entities."""

    key: int
    session: int
    text: str
    entities: list[str]


class Lexicon(Protocol):
    """Finds passages by words and by entities, best first; of equals, the latest first."""

    def add(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Index passages."""
        ...

    def remove(self, connection: Connection, session: int) -> None:
        """Take the passages of a session out, while the tables of the index still have them."""
        ...

    def search(self, connection: Connection, query: str, limit: int, allowed: Allowed) -> list[tuple[int, float]]:
        """Return the keys of the passages that match the words of a query best, with their scores."""
        ...

    def named(
        self, connection: Connection, entities: Sequence[str], limit: int, allowed: Allowed
    ) -> list[tuple[int, float]]:
        """Return the keys of the passages that name most of some entities, rare ones first, with their scores."""
        ...

    def texts(self, connection: Connection, keys: Sequence[int]) -> dict[int, str]:
        """Return the texts of passages."""
        ...

    def scrub(self) -> None:
        """Have nothing of what was removed left in the files, as far as the database does that."""
        ...


class Rows(Protocol):
    """The rows in which terms stand, as far as a query may see them."""

    def count(self, term: str) -> int:
        """Return how many rows have a term, counted up to the budget."""
        ...

    def latest(self, term: str) -> int:
        """Return the key from which on a budget of rows has the term."""
        ...

    def best(self, terms: Sequence[str], least: int, limit: int) -> list[tuple[int, float]]:
        """Return the keys, from a least one on, of the rows with the best scores."""
        ...


def affordable(rows: Rows, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
    """Return the keys and scores of the best rows that have the rarest of some terms."""
    counted = sorted((count, place) for place, term in enumerate(terms) if (count := rows.count(term)))
    if not counted:
        return []
    if counted[0][0] >= BUDGET:
        term = terms[counted[0][1]]
        return rows.best([term], rows.latest(term), limit)
    chosen: list[str] = []
    spent = 0
    for count, place in counted:
        spent += count
        if spent > BUDGET:
            break
        chosen.append(terms[place])
    return rows.best(chosen, 0, limit)


def query_terms(query: str) -> list[str]:
    """Return the words and the names of a query, each once.

    Example:
        >>> query_terms("Where does parse_rows fail?")
        ['parse', 'rows', 'fail', 'parserows']
    """
    return [term for term in dict.fromkeys([*words(query)[:MAX_TERMS], *name_words(query)[:MAX_TERMS]]) if term]


def entity_hashes(text: str, *, inside: bool) -> list[str]:
    """Return the entities of a text as numbers of 40 bits, each once.

    Args:
        text: a passage, or a query.
        inside: whether names inside of longer ones count, such as the file's in a path: of a passage they do.

    Example:
        >>> name, path = entity_hashes("io.py in src/io.py", inside=False)
        >>> entity_hashes("src/io.py", inside=True) == [path, name]
        True
    """
    found: dict[str, None] = {}
    for value in values(text):
        for form in value.forms if inside else value.forms[:1]:
            if kind_of(form.text) is not None:
                found[_hash(form.text)] = None
        if len(found) >= MAX_NAMES:
            break
    return list(found)[:MAX_NAMES]


def storable(text: str) -> str:
    """Return a text without what a database cannot hold: half characters and zero characters are replaced.

    Example:
        >>> storable("a\\x00b")
        'a b'
    """
    return text.replace("\x00", " ").encode("utf-8", "replace").decode()


def _hash(name: str) -> str:
    return str(int.from_bytes(hashlib.blake2b(text_bytes(name.lower()), digest_size=5).digest(), "big"))
