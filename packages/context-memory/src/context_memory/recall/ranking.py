"""Ranking: the nodes that answer a query, from all halves of an index.

1. Words, meaning and entities each give their best passages; a node has the score of its best one.
2. By words, a hit hands part of its score on to the nodes before and after it in its session, as in core's `spread`:
   what was asked for is often not where the words are but beside it.
3. What was said about the work (messages) counts half beside the work itself, as in core's search.
4. All that was found is ranked by time, too, the latest first.
5. The rankings are fused by reciprocal rank: a node's score is the sum of what each has given it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, text

from context_core.fusion import fuse
from context_memory.recall.recalled import Parts
from context_memory.recall.schema import nodes, passages

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    Scored = Sequence[tuple[int, float]]

WEIGHTS = Parts(lexical=1.0, dense=0.05, entity=0.2, time=0.02)
"""What each ranking weighs, fitted on recorded coding sessions and customers' chats. The shipped encoder's vectors find
little there that words and names do not, so they only come in where those leave room."""
CANDIDATES = 150
"""Passages that each half of an index is asked for."""
_FORWARD = 0.3
_BACKWARD = 0.1
"""Shares of a node's score that go to the next node and the one before, those of core's edges in time."""
_COSINE_SCALE = 0.2
"""How far a cosine falls behind the best until its score is 1/e, as in core's search."""

_KEYS = bindparam("keys", expanding=True)
_NEIGHBOURS = text(
    "SELECT n.key AS node, "
    "(SELECT max(b.key) FROM recall_nodes b WHERE b.session = n.session AND b.key < n.key) AS before, "
    "(SELECT min(a.key) FROM recall_nodes a WHERE a.session = n.session AND a.key > n.key) AS after "
    "FROM recall_nodes n WHERE n.key IN :keys"
).bindparams(_KEYS)


class Ranked(NamedTuple):
    """A node that was found, by keys.

    Attributes:
        node: the node.
        passage: its best passage; None where it was brought by a neighbour.
        score: the sum of its parts.
        given: what each ranking has given to each node.
    """

    node: int
    passage: int | None
    score: float
    given: Mapping[str, Mapping[int, float]]

    @property
    def parts(self) -> Parts:
        """What each ranking has given to this one."""
        return Parts(**{name: given.get(self.node, 0.0) for name, given in self.given.items()})


def rank(
    connection: Connection, *, lexical: Scored, dense: Scored, entity: Scored, as_of: float | None = None
) -> list[Ranked]:
    """Return the nodes of the passages that were found, and their neighbours, best first; of equals, the latest first.

    Args:
        connection: to the index, in the transaction in which the passages were found.
        lexical: keys of passages and their scores by words, best first.
        dense: by meaning.
        entity: by entities.
        as_of: neighbours that were said after this time are left out.
    """
    owners = _owners(connection, {key for key, _ in chain(lexical, dense, entity)})
    best: dict[int, int] = {}
    for key, _ in chain(lexical, dense, entity):
        if key in owners:  # another thread may have read vectors that are newer than this transaction
            best.setdefault(owners[key], key)
    scores = {
        "lexical": _spread(connection, _of_nodes(_relative(lexical), owners)),
        "dense": _of_nodes(_sharpened(dense), owners),
        "entity": _of_nodes(_relative(entity), owners),
    }
    times, shares = _known(connection, {node for found in scores.values() for node in found}, as_of)
    orders = {name: _order({n: found[n] * shares[n] for n in found if n in shares}) for name, found in scores.items()}
    given = {name: fuse([(getattr(WEIGHTS, name), order)]) for name, order in {**orders, "time": _order(times)}.items()}
    totals = {node: sum([part.get(node, 0.0) for part in given.values()]) for node in times}
    return [Ranked(node, best.get(node), totals[node], given) for node in _order(totals)]


def _order(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda node: (-scores[node], -node))


def _owners(connection: Connection, keys: Collection[int]) -> dict[int, int]:
    query = select(passages.c.key, passages.c.node).where(passages.c.key.in_(_KEYS))
    return {row.key: row.node for row in connection.execute(query, {"keys": list(keys)})}


def _known(
    connection: Connection, keys: Collection[int], as_of: float | None
) -> tuple[dict[int, float], dict[int, float]]:
    """Return the times of nodes, and their shares; those said later than a time are left out."""
    query = select(nodes.c.key, nodes.c.said_at, nodes.c.share).where(nodes.c.key.in_(_KEYS))
    times: dict[int, float] = {}
    shares: dict[int, float] = {}
    for key, said_at, share in connection.execute(query, {"keys": list(keys)}):
        if as_of is None or said_at <= as_of:
            times[key], shares[key] = said_at, share
    return times, shares


def _of_nodes(scores: Mapping[int, float], owners: Mapping[int, int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for key, score in scores.items():
        if key in owners:
            found.setdefault(owners[key], score)
    return found


def _relative(found: Scored) -> dict[int, float]:
    best = max((score for _, score in found), default=0.0)
    return {key: score / best for key, score in found if score > 0}


def _sharpened(found: Scored) -> dict[int, float]:
    best = max((score for _, score in found), default=0.0)
    return {key: math.exp((score - best) / _COSINE_SCALE) for key, score in found}


def _spread(connection: Connection, scores: Mapping[int, float]) -> dict[int, float]:
    total: defaultdict[int, float] = defaultdict(float, scores)
    for node, before, after in connection.execute(_NEIGHBOURS, {"keys": list(scores)}):
        if before is not None:
            total[before] += _BACKWARD * scores[node]
        if after is not None:
            total[after] += _FORWARD * scores[node]
    return dict(total)
