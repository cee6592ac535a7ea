"""Ranking: the nodes that answer a query, from all halves of an index.

1. Words, meaning and entities each give their best passages; a node stands at the place of its best one.
2. What was said about the work (messages) counts half beside the work itself, as in core's search.
3. Of words, a hit hands part of its score on to the nodes before and after it in its session, as in core's `spread`:
   what was asked for is often not where the words are but beside it.
4. All that was found is ranked by time, too, the latest first.
5. The rankings are fused by reciprocal rank. A node's score is the sum of what each has given it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select, text

from context_core.fusion import fuse
from context_memory.recall.recalled import Parts
from context_memory.recall.schema import nodes, passages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

WEIGHTS = Parts(lexical=1.0, dense=0.1, entity=0.2, time=0.05)
CANDIDATES = 300
_FORWARD = 0.3
_BACKWARD = 0.1
_COSINE_SCALE = 0.2

Scored = list[tuple[int, float]]


class Ranked(NamedTuple):
    """A node that was found: its key, that of its best passage (None: brought by a neighbour), and its score."""

    node: int
    passage: int | None
    score: float
    parts: Parts


def rank(
    connection: Connection,
    lexical: Scored,
    dense: Scored,
    entity: Scored,
    as_of: float | None = None,
    *,
    weights: Parts = WEIGHTS,
) -> list[Ranked]:
    """Return the nodes of the passages that were found, best first."""
    keys = {key for found in (lexical, dense, entity) for key, _ in found}
    owners = _owners(connection, keys)
    best: dict[int, int] = {}
    for found in (lexical, dense, entity):
        for key, _ in found:
            if key in owners:
                best.setdefault(owners[key], key)
    by_words = _spread(connection, _of_nodes(_relative(lexical), owners))
    by_meaning = _of_nodes(_sharpened(dense), owners)
    by_names = _of_nodes(_relative(entity), owners)
    found_nodes = by_words.keys() | by_meaning.keys() | by_names.keys()
    known = {n: row for n, row in _known(connection, found_nodes).items() if as_of is None or row[0] <= as_of}

    def ranking(scores: Mapping[int, float]) -> list[int]:
        return sorted((n for n in scores if n in known), key=lambda n: (-scores[n] * known[n][1], -n))

    times = {node: said_at for node, (said_at, _) in known.items()}
    lists = {
        "lexical": ranking(by_words),
        "dense": ranking(by_meaning),
        "entity": ranking(by_names),
        "time": sorted(times, key=lambda n: (-times[n], -n)),
    }
    given = {name: fuse([(getattr(weights, name), order)]) for name, order in lists.items()}
    ranked = [
        Ranked(
            node,
            best.get(node),
            sum(part.get(node, 0.0) for part in given.values()),
            Parts(**{name: part.get(node, 0.0) for name, part in given.items()}),
        )
        for node in known
    ]
    return sorted(ranked, key=lambda r: (-r.score, -r.node))


def _owners(connection: Connection, keys: set[int]) -> dict[int, int]:
    query = select(passages.c.key, passages.c.node).where(passages.c.key.in_(keys))
    return {row.key: row.node for row in connection.execute(query)}


def _known(connection: Connection, keys) -> dict[int, tuple[float, float]]:
    query = select(nodes.c.key, nodes.c.said_at, nodes.c.share).where(nodes.c.key.in_(keys))
    return {row.key: (row.said_at, row.share) for row in connection.execute(query)}


def _of_nodes(scores: Mapping[int, float], owners: Mapping[int, int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for key, score in scores.items():
        if key in owners:
            found.setdefault(owners[key], score)
    return found


def _relative(found: Sequence[tuple[int, float]]) -> dict[int, float]:
    best = max((score for _, score in found), default=0.0)
    return {key: score / best for key, score in found if score > 0}


def _sharpened(found: Sequence[tuple[int, float]]) -> dict[int, float]:
    best = max((score for _, score in found), default=0.0)
    return {key: math.exp((score - best) / _COSINE_SCALE) for key, score in found}


_NEIGHBOURS = text(
    "SELECT n.key AS node, "
    "(SELECT max(b.key) FROM recall_nodes b WHERE b.session = n.session AND b.key < n.key) AS before, "
    "(SELECT min(a.key) FROM recall_nodes a WHERE a.session = n.session AND a.key > n.key) AS after "
    "FROM recall_nodes n WHERE n.key IN :keys"
).bindparams(bindparam("keys", expanding=True))


def _spread(connection: Connection, scores: Mapping[int, float]) -> dict[int, float]:
    total: defaultdict[int, float] = defaultdict(float, scores)
    for row in connection.execute(_NEIGHBOURS, {"keys": list(scores)}):
        if row.before is not None:
            total[row.before] += _BACKWARD * scores[row.node]
        if row.after is not None:
            total[row.after] += _FORWARD * scores[row.node]
    return dict(total)
