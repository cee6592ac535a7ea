"""Details of what was found: where it stands, and the facts that rest on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from context_memory.recall.index import FOLLOWED
from context_memory.recall.presence import Followed
from context_memory.recall.schema import facts, nodes, passages, sessions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from context_memory.recall.index import Index
    from context_memory.recall.ranking import Ranked


class Detail(NamedTuple):
    """A node that was found.

    Attributes:
        node_id: its id.
        version: the session's version that it came with.
        said_at: when it was said, in seconds since the epoch.
        session: the session that holds it.
        begun: of a fact, when the session began that it was learned in; of any other node None.
        span: where its best passage stands in its content.
        text: that passage.
    """

    node_id: str
    version: int
    said_at: float
    session: Followed
    begun: float | None
    span: tuple[int, int]
    text: str


def details(connection: Connection, index: Index, ranked: Sequence[Ranked]) -> dict[int, Detail]:
    """Return the details of nodes by their keys; a node that was only brought comes with its first passage."""
    brought = [found.node for found in ranked if found.passage is None]
    firsts = select(passages.c.node, func.min(passages.c.key)).where(passages.c.node.in_(brought))
    first = {row[0]: row[1] for row in connection.execute(firsts.group_by(passages.c.node))} if brought else {}
    keys = [first.get(found.node, 0) if found.passage is None else found.passage for found in ranked]
    texts = index.lexicon.texts(connection, keys)
    query = select(passages, nodes.c.node_id, nodes.c.version.label("since"), facts.c.begun, *FOLLOWED[1:])
    query = query.join(nodes, nodes.c.key == passages.c.node).join(sessions, sessions.c.key == passages.c.session)
    query = query.outerjoin(facts, facts.c.key == nodes.c.key).where(passages.c.key.in_(keys))
    found: dict[int, Detail] = {}
    for row in connection.execute(query):
        holder = Followed(row.session, row.session_id, row.about, row.version, row.created_at)
        place = (row.start, row.stop)
        found[row.node] = Detail(row.node_id, row.since, row.said_at, holder, row.begun, place, texts[row.key])
    return found


def subjects_of(connection: Connection, found: Sequence[Detail]) -> list[tuple[str, str]]:
    """Return subject and attribute of the facts that nodes are, or that were learned from them."""
    names: dict[tuple[str, str], None] = {}
    for detail in found:
        query = select(facts.c.subject, facts.c.attribute).join(nodes, nodes.c.key == facts.c.key)
        query = query.join(sessions, sessions.c.key == facts.c.session).where(sessions.c.about == detail.session.about)
        rests = (facts.c.evidence == detail.node_id) | (nodes.c.node_id == detail.node_id)
        names.update(dict.fromkeys((row.subject, row.attribute) for row in connection.execute(query.where(rests))))
    return list(names)
