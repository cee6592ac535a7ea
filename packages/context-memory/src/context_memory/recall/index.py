"""The index of recall: what sessions hold, in passages, as far as it was followed.

1. A session's revisions are written down in their order, some at a time, each time in one transaction with the version
   that was reached. So following goes on where it was broken off, and two processes that follow one session do not
   index anything twice.
2. A session is dropped whole: passages, words, vectors and facts. Then the lexicon is scrubbed of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from context_core import EncoderMismatchError, NodeType
from context_core.index.vectors import pack
from context_core.passages import passages as cut
from context_memory.recall.fact import Fact, fact_of, folded, learned_in
from context_memory.recall.lexicon import Allowed, Entry, entity_hashes
from context_memory.recall.presence import Followed
from context_memory.recall.schema import COUNTER, facts, meta, nodes, passages, sessions, vectors
from context_memory.recall.scope import Scope, admits
from context_memory.sql.batches import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from context_core import Encoder, Node, Revision
    from context_memory.recall.lexicon import Lexicon
    from context_memory.sql.database import Database

FOLLOWED = (sessions.c.key, sessions.c.session_id, sessions.c.about, sessions.c.version, sessions.c.created_at)
"""The columns of a `Followed`."""
_ENCODED_AT_ONCE = 4_096
"""Passages encoded in one step: 4 MB of text at most."""
_MESSAGE_SHARE = 0.5
"""What is said about the work counts beside the work itself, as in core's search."""


class Index:
    """The tables of one namespace in a database.

    Args:
        database: has the tables.
        lexicon: its lexical half.
        namespace: whose sessions; others are not seen.
    """

    def __init__(self, database: Database, lexicon: Lexicon, namespace: str) -> None:
        self.database = database
        self.lexicon = lexicon
        self.namespace = namespace

    # ── following ────────────────────────────────────────────────────────────────────────────────────────────────

    def followed(self, connection: Connection, session_ids: Sequence[str] | None = None) -> dict[str, Followed]:
        """Return the sessions that are indexed, all or some, by their ids."""
        query = select(*FOLLOWED).where(sessions.c.namespace == self.namespace)
        if session_ids is not None:
            query = query.where(sessions.c.session_id.in_(session_ids))
        return {row.session_id: Followed(*row) for row in connection.execute(query)}

    def add(self, session_id: str, created_at: float, revisions: Sequence[Revision]) -> int:
        """Index what revisions appended, in one transaction; return how many nodes had a text.

        Revisions that another process has indexed meanwhile are passed over.
        """
        return self.database.write(lambda connection: self._add(connection, session_id, created_at, revisions))

    def _add(self, connection: Connection, session_id: str, created_at: float, revisions: Sequence[Revision]) -> int:
        first = self._take_keys(connection, 1)  # and the turn of a writer with it
        there = self.followed(connection, [session_id]).get(session_id)
        if (0 if there is None else there.version) != revisions[0].version - 1:
            return 0
        key = first if there is None else there.key
        if there is None:
            about = learned_in(session_id)
            row = {"key": key, "namespace": self.namespace, "session_id": session_id, "created_at": created_at}
            row |= {"about": session_id if about is None else about, "version": 0}
            connection.execute(insert(sessions), row)
        count = sum(self._index(connection, key, revision) for revision in revisions if revision.nodes)
        reached = update(sessions).where(sessions.c.key == key).values(version=revisions[-1].version)
        connection.execute(reached)
        return count

    def _index(self, connection: Connection, session: int, revision: Revision) -> int:
        found = [(node, parts) for node in revision.nodes if (parts := list(cut(node)))]
        key = self._take_keys(connection, len(found) + sum(len(parts) for _, parts in found))
        rows: dict[str, list[dict[str, Any]]] = {"nodes": [], "passages": [], "facts": []}
        entries: list[Entry] = []
        for node, parts in found:
            said_at = revision.written_at if node.created_at is None else node.created_at
            rows["nodes"].append(_node_row(key, session, node, revision.version, said_at))
            if "fact" in node.metadata:
                rows["facts"].append(_fact_row(key, session, node))
            for passage_key, passage in enumerate(parts, start=key + 1):
                row = {"key": passage_key, "node": key, "session": session, "said_at": said_at}
                rows["passages"].append({**row, "start": passage.start, "stop": passage.end})
                entries.append(Entry(passage_key, session, passage.text, entity_hashes(passage.text, inside=True)))
            key += 1 + len(parts)
        for table in (nodes, passages, facts):
            for batch in batches(rows[table.name.removeprefix("recall_")]):
                connection.execute(insert(table), batch)
        self.lexicon.add(connection, entries)
        return len(found)

    def _take_keys(self, connection: Connection, count: int) -> int:
        """Return the first of so many keys that nothing has; whoever takes some writes alone until its end."""
        counter = (meta.c.namespace == "") & (meta.c.name == COUNTER)
        value = connection.execute(select(meta.c.value).where(counter).with_for_update()).scalar_one()
        connection.execute(update(meta).where(counter).values(value=str(int(value) + count)))
        return int(value)

    # ── dropping ─────────────────────────────────────────────────────────────────────────────────────────────────

    def drop(self, session_ids: Iterable[str]) -> list[str]:
        """Take sessions out; return those that were there. No trace of them stays in a file."""
        wanted = list(session_ids)
        gone = self.database.write(lambda connection: self._drop(connection, wanted)) if wanted else []
        if gone:
            self.lexicon.scrub()
        return gone

    def _drop(self, connection: Connection, session_ids: Sequence[str]) -> list[str]:
        self._take_keys(connection, 0)
        found = [row for batch in batches(session_ids) for row in self.followed(connection, batch).values()]
        for row in found:
            self.lexicon.remove(connection, row.key)
            its = select(passages.c.key).where(passages.c.session == row.key)
            connection.execute(delete(vectors).where(vectors.c.key.in_(its)))
            for table in (passages, nodes, facts):
                connection.execute(delete(table).where(table.c.session == row.key))
            connection.execute(delete(sessions).where(sessions.c.key == row.key))
        if found:
            self._note(connection, "erased", str(int(self.noted(connection).get("erased", "0")) + len(found)))
        return [row.session_id for row in found]

    # ── encoding ─────────────────────────────────────────────────────────────────────────────────────────────────

    def noted(self, connection: Connection) -> dict[str, str]:
        """Return the rows of ``recall_meta`` of the namespace."""
        query = select(meta.c.name, meta.c.value).where(meta.c.namespace == self.namespace)
        return {row.name: row.value for row in connection.execute(query)}

    def _note(self, connection: Connection, name: str, value: str) -> None:
        row = (meta.c.namespace == self.namespace) & (meta.c.name == name)
        if not connection.execute(update(meta).where(row).values(value=value)).rowcount:
            connection.execute(insert(meta).values(namespace=self.namespace, name=name, value=value))

    def check_model(self, encoder: Encoder) -> None:
        """Raise unless the vectors of the index are of an encoder.

        Raises:
            EncoderMismatchError: they are of another model, or of other dimensions.
        """
        with self.database.reading() as connection:
            noted = self.noted(connection)
        if "model" in noted:
            held, given = (noted["model"], int(noted["dimensions"])), (encoder.model_id, encoder.dimensions)
            if held != given:
                raise EncoderMismatchError(held, given)

    def encode(self, encoder: Encoder) -> None:
        """Give vectors to all passages that have none yet, some in a transaction."""
        while True:
            with self.database.reading() as connection:
                last = int(self.noted(connection).get("encoded", "0"))
                keys = self._keys_above(connection, last)
                texts = self.lexicon.texts(connection, keys)
            if not keys:
                return
            packed = pack(encoder.encode([texts[key] for key in keys]))
            rows = [{"key": key, "vector": vector} for key, vector in zip(keys, packed, strict=True)]
            self.database.write(lambda connection: self._keep(connection, encoder, last, rows))  # noqa: B023

    def _keys_above(self, connection: Connection, last: int) -> list[int]:
        query = select(passages.c.key).join(sessions, sessions.c.key == passages.c.session)
        query = query.where(passages.c.key > last, sessions.c.namespace == self.namespace)
        return list(connection.execute(query.order_by(passages.c.key).limit(_ENCODED_AT_ONCE)).scalars())

    def _keep(self, connection: Connection, encoder: Encoder, last: int, rows: list[dict[str, Any]]) -> None:
        """Write vectors, of passages that are still there, unless another process has done so."""
        self._take_keys(connection, 0)
        if int(self.noted(connection).get("encoded", "0")) != last:
            return
        first, final = rows[0]["key"], rows[-1]["key"]
        there = set(connection.execute(select(passages.c.key).where(passages.c.key.between(first, final))).scalars())
        kept = [row for row in rows if row["key"] in there]
        for batch in batches(kept):
            connection.execute(insert(vectors), batch)
        for name, value in (("model", encoder.model_id), ("dimensions", encoder.dimensions), ("encoded", final)):
            self._note(connection, name, str(value))

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def within(self, connection: Connection, scope: Scope, as_of: float | None) -> Allowed | None:
        """Return what a scope lets be seen; None where there is nothing."""
        if scope is None and self._is_alone(connection):
            return Allowed(None, as_of)
        query = select(sessions.c.key, sessions.c.about).where(sessions.c.namespace == self.namespace)
        keys = tuple(row.key for row in connection.execute(query) if admits(scope, row.about))
        return Allowed(keys, as_of) if keys else None

    def _is_alone(self, connection: Connection) -> bool:
        """Return whether the tables hold sessions of this namespace alone."""
        return not connection.execute(
            select(sessions.c.key).where(sessions.c.namespace != self.namespace).limit(1)
        ).first()

    def facts(
        self, connection: Connection, allowed: Allowed, names: Iterable[tuple[str, str | None]]
    ) -> list[tuple[Followed, float, Fact]]:
        """Return the facts of subjects, or of some of their attributes, in the order in which they were written.

        Each comes behind the session that holds it, and the time at which that began that it was learned in; none is
        dated yet.
        """
        found: dict[int, tuple[Followed, float, Fact]] = {}
        for subject, attribute in names:
            query = select(facts.c.key, facts.c.record, facts.c.begun, nodes.c.node_id, *FOLLOWED[1:])
            query = query.add_columns(sessions.c.key.label("session"))
            query = query.join(nodes, nodes.c.key == facts.c.key).join(sessions, sessions.c.key == facts.c.session)
            query = query.where(sessions.c.namespace == self.namespace, facts.c.subject == folded(subject))
            if attribute is not None:
                query = query.where(facts.c.attribute == folded(attribute))
            if allowed.as_of is not None:
                query = query.where(facts.c.said_at <= allowed.as_of)
            for row in connection.execute(query):
                if allowed.sessions is None or row.session in allowed.sessions:
                    holder = Followed(row.session, row.session_id, row.about, row.version, row.created_at)
                    found[row.key] = (holder, row.begun, fact_of(row.node_id, json.loads(row.record)))
        return [found[key] for key in sorted(found)]


def _node_row(key: int, session: int, node: Node, version: int, said_at: float) -> dict[str, Any]:
    share = _MESSAGE_SHARE if node.type is NodeType.MESSAGE else 1.0
    row = {"key": key, "session": session, "node_id": node.id, "version": version, "said_at": said_at}
    return {**row, "share": share}


def _fact_row(key: int, session: int, node: Node) -> dict[str, Any]:
    fact = node.metadata["fact"]
    names = {"subject": folded(fact["subject"]), "attribute": folded(fact["attribute"])}
    row = {"key": key, "session": session, "said_at": fact["said_at"], "evidence": fact["node_id"]}
    return {**row, **names, "begun": fact["begun"], "record": json.dumps(dict(fact))}
