"""What a recall returns: a passage, whence it is, and why it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_memory.recall.fact import Fact


@dataclass(frozen=True, slots=True)
class Parts:
    """What each ranking has given to a score; 0 where it has not found the passage's node.

    Attributes:
        lexical: by its words, or by those of the node before or after it.
        dense: by its meaning.
        entity: by the names that stand in it.
        time: by how late it was said, of all that was found.
    """

    lexical: float = 0.0
    dense: float = 0.0
    entity: float = 0.0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Recalled:
    """A passage of what was said in some session.

    Attributes:
        text: the passage as it was said, encoded data in it left out.
        session_id: the session that holds it.
        node_id: its node there: ``store.load(session_id, version=version).node(node_id)`` is the whole of it.
        version: the session's version that the node came with.
        span: where the passage stands in the node's content, in characters.
        said_at: when it was said, or written where that is not known, in seconds since the epoch.
        score: the sum of its parts; it orders the passages of one recall and means nothing beside another's.
        parts: what each ranking gave.
        facts: those that the node states or that were learned from it, dated.
    """

    text: str
    session_id: str
    node_id: str
    version: int
    span: tuple[int, int]
    said_at: float
    score: float
    parts: Parts
    facts: tuple[Fact, ...] = ()

    @property
    def superseded(self) -> bool:
        """Whether it has facts and another value has been said for each of them."""
        return bool(self.facts) and all(fact.superseded_by is not None for fact in self.facts)
