"""Episodic memory: recall over all sessions of a store.

1. `refresh` follows the sessions by their history: nodes are indexed as they were appended, so what compression has
   taken out of prompts since is found all the same. Sessions that the store no longer has leave the index.
2. `recall` asks the index, and then the store whether each session that it found is still the one that was indexed:
   what was erased is not recalled, even where nobody has refreshed since.
3. Facts are nodes of the store, too (`fact`). A passage comes with the facts that rest on it, dated.
"""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING

from context_core import ConflictError, SessionNotFoundError, operation
from context_core.hashing import text_bytes
from context_memory.recall.details import Detail, details, subjects_of
from context_memory.recall.fact import Fact, dated, fact_node, facts_session, learned_in
from context_memory.recall.fts5 import Fts5Lexicon
from context_memory.recall.index import Index
from context_memory.recall.lexicon import Allowed, entity_hashes
from context_memory.recall.presence import Followed, Presence
from context_memory.recall.ranking import CANDIDATES, Ranked, rank
from context_memory.recall.recalled import Recalled
from context_memory.recall.sqlite_index import IndexFile, IndexInMemory
from context_memory.recall.vectors import VectorsInMemory

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from typing import Self

    from sqlalchemy import Connection

    from context_core import Encoder, ManagedStore, Revision
    from context_memory.recall.scope import Scope

NODES_AT_ONCE = 1_000
"""Nodes after which a transaction of `refresh` ends, with the revision that they came in."""


class EpisodicMemory:
    """Finds what was said in any session of a store, and tells what was true when.

    Threads may share a memory, and processes an index; an index belongs to one store, or one namespace of it.

    Args:
        store: holds the sessions; facts are written to it.
        index: the path of a SQLite file, made where there is none; or the URL of a PostgreSQL database, for many
            machines, which needs the extra ``postgres``. In memory unless given.
        encoder: lets passages be found by their meaning, too. It needs the extra ``dense``.
        namespace: keeps the memories in one PostgreSQL database apart.

    Raises:
        ValueError: the index is a URL of another kind.
        StoreError: the index cannot be opened, is another program's, or is of another version.
        EncoderMismatchError: the index has vectors of another model.

    Example:
        >>> from context_core import ContextGraph, MemoryStore
        >>> graph, store = ContextGraph("monday"), MemoryStore()
        >>> _ = graph.add_message("user", "The staging server listens on port 8443.")
        >>> _ = store.append("monday", graph.nodes(), graph.edges())
        >>> with EpisodicMemory(store) as memory:
        ...     memory.refresh()
        ...     [found] = memory.recall("which port does staging use?")
        1
        >>> found.session_id, found.text
        ('monday', 'The staging server listens on port 8443.')
    """

    def __init__(
        self,
        store: ManagedStore,
        index: str | os.PathLike[str] | None = None,
        *,
        encoder: Encoder | None = None,
        namespace: str = "default",
    ) -> None:
        self.store = store
        self.encoder = encoder
        self._turn = RLock()
        self._vectors_turn = Lock()  # taken inside a transaction, where `_turn` never is
        self._vectors: VectorsInMemory | None = None
        self._erased = ""
        self._index = _open(index, namespace)
        try:
            if encoder is not None:
                self._index.check_model(encoder)
        except BaseException:
            self.close()
            raise

    # ── following ────────────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> int:
        """Bring the index up to date with the store; return how many nodes were indexed.

        What is new of a session is read, and no more; where it is broken off, the next one goes on. Sessions that were
        purged or expired leave the index and its file, with the facts that were learned in them.

        Raises:
            MissingExtraError: the encoder's library is not installed.
            StoreError: the store cannot be read, or the index cannot be written.
        """
        with self._turn:
            live = self.store.sessions()
            with self._index.database.reading() as connection:
                known = self._index.followed(connection)
            self._index.drop(known.keys() - set(live))
            for session_id in live:
                if learned_in(session_id) is not None:
                    self._tidy(session_id)
            presence = Presence(self.store)
            presence.ask(live)
            count = sum([self._follow(session_id, known.get(session_id), presence) for session_id in live])
            if self.encoder is not None:
                self._index.encode(self.encoder)
            return count

    def forget(self, session_id: str) -> bool:
        """Take a session out of the index and its file; return whether it was there.

        To be called where a session is purged, so that nothing of it stays until the next `refresh`. The facts learned
        in it go, too, in the store as well; the session itself stays where it still is in the store, and the next
        `refresh` indexes it again.
        """
        with self._turn:
            companion = facts_session(session_id)
            gone = self._index.drop([session_id, companion])
            try:
                self.store.purge(companion)
            except SessionNotFoundError:
                return bool(gone)
            return True

    def _follow(self, session_id: str, known: Followed | None, presence: Presence) -> int:
        """Index what is new of a session; return how many nodes."""
        seen = presence.look(session_id)
        if known is not None and not presence.has(known):
            self._index.drop([session_id])
            known = None
        version = 0 if known is None else known.version
        if seen is None or seen[0] == version:
            return 0
        try:
            revisions = self.store.history(session_id, after=version)
            return sum([self._index.add(session_id, seen[1], some) for some in _some(revisions)])
        except SessionNotFoundError:  # erased in that moment
            return 0

    def _tidy(self, companion: str) -> None:
        """Purge the facts of a session that was erased; those of one that was begun anew since are kept."""
        try:
            version = self.store.version(companion)
            nodes = [node for revision in self.store.history(companion) for node in revision.nodes]
            begun = Presence(self.store).begun(learned_in(companion) or "")
            kept = [node for node in nodes if "fact" in node.metadata and node.metadata["fact"]["begun"] == begun]
            if len(kept) < len(nodes):
                self.store.purge(companion, version=version)
                if kept:
                    self.store.append(companion, kept, [])
        except (SessionNotFoundError, ConflictError):
            return  # another process is at it, or has just learned another fact; the next refresh will see

    # ── recalling ────────────────────────────────────────────────────────────────────────────────────────────────

    def recall(self, query: str, scope: Scope = None, k: int = 10, as_of: float | None = None) -> list[Recalled]:
        """Return the passages that answer a query, best first, one of a node; the same input gives the same output.

        Args:
            query: words, names or a question; no character has a special meaning.
            scope: the sessions to look into: a text with which their ids begin, such as
                `ConversationMemory.session_prefix` gives for a user's; a collection of ids; or a predicate on ids. All
                unless given. Facts are in the scope of the session that they were learned in.
            k: how many passages at most.
            as_of: look back from this time, in seconds since the epoch: nothing that was said later is found, nor
                supersedes what is.

        Raises:
            ValueError: k is below 1, or the scope is an empty text.
            MissingExtraError: the encoder's library is not installed.
            StoreError: the index or the store cannot be read.
        """
        if k < 1:
            raise ValueError(f"got k={k}; expected at least 1")
        with operation("recall", limit=k) as running, self._index.database.reading() as connection:
            running.note_content(query=query)
            allowed = self._index.within(connection, scope, as_of)
            if allowed is None:
                return []
            ranked = self._ranked(connection, query, allowed)
            found = self._living(connection, ranked, k)
            stated = self._facts_of(connection, [detail for _, detail in found], allowed)
            running.note(hits=len(found))
        return [_recalled(one, detail, stated.get((detail.session.about, detail.node_id), ())) for one, detail in found]

    def _ranked(self, connection: Connection, query: str, allowed: Allowed) -> list[Ranked]:
        lexicon = self._index.lexicon
        lexical = lexicon.search(connection, query, CANDIDATES, allowed)
        entity = lexicon.named(connection, entity_hashes(query, inside=False), CANDIDATES, allowed)
        dense = self._nearest(connection, query, allowed)
        return rank(connection, lexical=lexical, dense=dense, entity=entity, as_of=allowed.as_of)

    def _nearest(self, connection: Connection, query: str, allowed: Allowed) -> list[tuple[int, float]]:
        if self.encoder is None or not query.strip():
            return []
        with self._vectors_turn:
            erased = self._index.noted(connection).get("erased", "")
            if self._vectors is None or erased != self._erased:
                self._vectors = VectorsInMemory(self.encoder.dimensions, self._index.namespace)
                self._erased = erased
            self._vectors.catch_up(connection)
            return self._vectors.search(self.encoder.encode([query])[0], CANDIDATES, allowed)

    def _living(self, connection: Connection, ranked: list[Ranked], k: int) -> list[tuple[Ranked, Detail]]:
        """Return the first nodes whose sessions are still those that were indexed."""
        presence = Presence(self.store)
        found: list[tuple[Ranked, Detail]] = []
        for start in range(0, len(ranked), k):
            batch = ranked[start : start + k]
            known = details(connection, self._index, batch)
            presence.ask(name for one in known.values() for name in (one.session.session_id, one.session.about))
            for one in batch:
                detail = known[one.node]
                if presence.has(detail.session, detail.begun):
                    found.append((one, detail))
            if len(found) >= k:
                break
        return found[:k]

    # ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────

    def remember(
        self,
        subject: str,
        attribute: str,
        value: str,
        *,
        session_id: str,
        node_id: str | None = None,
        said_at: float | None = None,
    ) -> Fact:
        """Keep a fact, and return it; one that is kept already is kept once.

        It is written to the store, in the session that `facts_session` names, and indexed. It supersedes an earlier
        value of the same attribute, which stays: both are dated. Case and spaces of subject and attribute do not count.

        Args:
            subject: what it is about: a person, a service, a file.
            attribute: which of its attributes.
            value: what that is.
            session_id: the session it was learned in; with that, it is forgotten.
            node_id: the node there that says it.
            said_at: when it was said, in seconds since the epoch; now unless given.

        Raises:
            SessionNotFoundError: there is no such session.
            StoreError: the store or the index cannot be written.

        Example:
            >>> from context_core import MemoryStore
            >>> store = MemoryStore()
            >>> _ = store.append("monday", [], [])
            >>> with EpisodicMemory(store) as memory:
            ...     _ = memory.remember("staging", "port", "8080", session_id="monday", said_at=1.0)
            ...     _ = memory.remember("staging", "port", "8443", session_id="monday", said_at=2.0)
            ...     [(fact.value, fact.valid_from, fact.valid_to) for fact in memory.facts("staging")]
            [('8080', 1.0, 2.0), ('8443', 2.0, None)]
        """
        fact = {"subject": subject, "attribute": attribute, "value": value, "session_id": session_id}
        fact |= {"said_at": time.time() if said_at is None else float(said_at), "node_id": node_id}
        node = fact_node({**fact, "begun": self.store.info(session_id).created_at})
        companion = facts_session(session_id)
        with self._turn:
            self.store.append(companion, [node], [])
            with self._index.database.reading() as connection:
                known = self._index.followed(connection, [companion]).get(companion)
            self._follow(companion, known, Presence(self.store))
        kept = self.facts(subject, attribute, scope=[session_id])
        return next(one for one in kept if one.fact_id == node.id)

    def facts(
        self, subject: str, attribute: str | None = None, *, scope: Scope = None, as_of: float | None = None
    ) -> list[Fact]:
        """Return what is known of a subject, by attribute and time: what holds, and what was superseded.

        Args:
            subject: what the facts are about.
            attribute: only this one; all unless given.
            scope: the sessions that they were learned in, as in `recall`; all unless given.
            as_of: as they were known at this time, in seconds since the epoch.
        """
        with self._index.database.reading() as connection:
            allowed = self._index.within(connection, scope, as_of)
            if allowed is None:
                return []
            return self._dated(connection, allowed, [(subject, attribute)])

    def _dated(self, connection: Connection, allowed: Allowed, names: Iterable[tuple[str, str | None]]) -> list[Fact]:
        found = self._index.facts(connection, allowed, names)
        presence = Presence(self.store)
        presence.ask(name for holder, _, _ in found for name in (holder.session_id, holder.about))
        return dated(fact for holder, begun, fact in found if presence.has(holder, begun))

    def _facts_of(
        self, connection: Connection, found: list[Detail], allowed: Allowed
    ) -> dict[tuple[str, str], tuple[Fact, ...]]:
        """Return the facts that nodes are, or that were learned from them, by session and node."""
        stated: dict[tuple[str, str], tuple[Fact, ...]] = {}
        for fact in self._dated(connection, allowed, subjects_of(connection, found)):
            for node_id in (fact.fact_id, fact.node_id):
                if node_id is not None:
                    place = (fact.session_id, node_id)
                    stated[place] = (*stated.get(place, ()), fact)
        return stated

    # ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Close the index; the store stays open."""
        self._index.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(index: str | os.PathLike[str] | None, namespace: str) -> Index:
    if index is None:
        memory = IndexInMemory()
        return Index(memory, Fts5Lexicon(memory), namespace)
    scheme, separator, _ = str(index).partition("://")
    if not separator:
        file = IndexFile(Path(index).absolute())
        return Index(file, Fts5Lexicon(file), namespace)
    if scheme not in ("postgresql+psycopg", "postgresql", "postgres"):
        raise ValueError(
            f"got an index of scheme {scheme!r}; expected the path of a file, or postgresql+psycopg://user@host/database"
        )
    from context_memory.recall.postgres_index import postgres_index
    from context_memory.recall.tsvector import TsvectorLexicon

    server = postgres_index(str(index))
    return Index(server, TsvectorLexicon(server, text_bytes(namespace)), namespace)


def _some(revisions: Iterable[Revision]) -> Iterator[list[Revision]]:
    """Yield revisions in lists of about `NODES_AT_ONCE` nodes."""
    some: list[Revision] = []
    for revision in revisions:
        some.append(revision)
        if sum(len(each.nodes) for each in some) >= NODES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _recalled(one: Ranked, detail: Detail, facts: tuple[Fact, ...]) -> Recalled:
    return Recalled(
        text=detail.text,
        session_id=detail.session.session_id,
        node_id=detail.node_id,
        version=detail.version,
        span=detail.span,
        said_at=detail.said_at,
        score=one.score,
        parts=one.parts,
        facts=facts,
    )
