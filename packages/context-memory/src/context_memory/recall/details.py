"""Details of what was found: where it stands, and the facts that rest on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from context_memory.recall.schema import facts, nodes, passages, sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from context_memory.recall.index import Index
    from context_memory.recall.ranking import Ranked


class Detail(NamedTuple):
    """A node that was found, with its best passage and the session that holds it."""

    node_id: str
    version: int
    said_at: float
    session_id: str
    about: str
    span: tuple[int, int]
    text: str


def details(connection: Connection, index: Index, ranked: Sequence[Ranked]) -> dict[int, Detail]:
    """Return the details of nodes by their keys; a node that was only brought comes with its first passage."""
    brought = [found.node for found in ranked if found.passage is None]
    firsts = select(passages.c.node, func.min(passages.c.key)).where(passages.c.node.in_(brought))
    first = {row[0]: row[1] for row in connection.execute(firsts.group_by(passages.c.node))} if brought else {}
    keys = [first.get(found.node, 0) if found.passage is None else found.passage for found in ranked]
    texts = index.lexicon.texts(connection, keys)
    query = select(
        passages.c.key,
        passages.c.node,
        passages.c.start,
        passages.c.stop,
        nodes.c.node_id,
        nodes.c.version,
        nodes.c.said_at,
        sessions.c.session_id,
        sessions.c.about,
    )
    query = query.join(nodes, nodes.c.key == passages.c.node).join(sessions, sessions.c.key == passages.c.session)
    return {
        row.node: Detail(
            row.node_id,
            row.version,
            row.said_at,
            row.session_id,
            row.about,
            (row.start, row.stop),
            texts[row.key],
        )
        for row in connection.execute(query.where(passages.c.key.in_(keys)))
        if row.key in texts
    }


def subjects_of(connection: Connection, found: Sequence[Detail]) -> list[tuple[str, str]]:
    """Return subject and attribute of the facts that nodes are, or that were learned from them."""
    names: dict[tuple[str, str], None] = {}
    for detail in found:
        query = select(facts.c.subject, facts.c.attribute).join(nodes, nodes.c.key == facts.c.key)
        query = query.join(sessions, sessions.c.key == facts.c.session).where(sessions.c.about == detail.about)
        rests = (facts.c.evidence == detail.node_id) | (nodes.c.node_id == detail.node_id)
        names.update(dict.fromkeys((row.subject, row.attribute) for row in connection.execute(query.where(rests))))
    return list(names)
