"""Search: the nodes of a graph that answer a query.

1. Each half of the index, lexical and dense, gives its best nodes with scores, taken from 0 to 1.
2. In each, hits hand part of their score on to their calls, results and neighbours in time (`spread`).
3. What was said about the work (messages) counts half beside the work itself (calls, results, artifacts), which has the
   values that are looked for. Where all are messages, that changes nothing.
4. With `now`, scores decay with age.
5. The two rankings are fused by reciprocal rank, lexical first: names and ids, which agents go by, have no meaning that
   a vector could hold.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from context_core.decay import decay
from context_core.fusion import fuse
from context_core.hit import Hit, describe
from context_core.index.search_index import SearchIndex
from context_core.node import NodeType
from context_core.operations import operation
from context_core.spread import Activation, spread

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from context_core.graph import ContextGraph
    from context_core.index.search_index import Match

DENSE_WEIGHT = 0.1
"""Weight of the dense ranking beside the lexical one's 1: it orders what words leave open, and comes in where they find
little. More of it lost evidence in every kind of session that was measured with the shipped encoder."""
MESSAGE_SHARE = 0.5
"""What a message's score counts beside a call's or result's; fitted on recorded coding sessions."""
_CANDIDATES = 150
"""Nodes that each half of the index is asked for."""
_COSINE_SCALE = 0.2
"""How far a cosine falls behind the best until its score is 1/e: cosines lie too close together to be scores."""


def search(
    graph: ContextGraph,
    query: str,
    *,
    index: SearchIndex | None = None,
    limit: int = 10,
    expand: bool = True,
    types: Collection[NodeType] | None = None,
    now: float | None = None,
    dense_weight: float = DENSE_WEIGHT,
) -> list[Hit]:
    """Return the nodes that answer a query, best first; the same input gives the same output.

    Args:
        graph: the graph.
        query: words, names or a question; no character has a special meaning.
        index: holds the graph's nodes, and maybe others, which are passed over. Without one the whole graph is indexed
            by its words for this search alone: keep an index to search more than once.
        limit: how many hits at most.
        expand: whether hits bring their calls, results and neighbours.
        types: the types of node that may be returned; any unless given.
        now: let scores decay with their nodes' age at this time (`decay`), in seconds since the epoch; by default age
            does not count.
        dense_weight: weight of the dense ranking, 0 or more; a stronger encoder than the shipped one may deserve more.

    Raises:
        ValueError: limit is below 1.
        MissingExtraError: the index has an encoder whose extra is not installed.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("read", {"path": "src/server.py"})
        >>> result = graph.add_tool_result(call.id, "PORT = 8080")
        >>> found, brought = search(graph, "server.py")
        >>> found.why, brought.why == f"brought by {call.id} (tool_io)", brought.node.content
        ('no. 1 by words', True, 'PORT = 8080')
    """
    if limit < 1:
        raise ValueError(f"got limit={limit}; expected at least 1")
    with operation("search", graph.session_id, limit=limit) as running:
        running.note_content(query=query)
        if index is not None:
            hits = _search(graph, query, index, limit, expand, types, now, dense_weight)
        else:
            with SearchIndex() as own:
                own.add(graph.nodes())
                hits = _search(graph, query, own, limit, expand, types, now, dense_weight)
        running.note(hits=len(hits), is_dense=index is not None and index.encoder is not None)
        return hits


def _search(
    graph: ContextGraph,
    query: str,
    index: SearchIndex,
    limit: int,
    expand: bool,
    types: Collection[NodeType] | None,
    now: float | None,
    dense_weight: float,
) -> list[Hit]:
    words, meaning = index.lexical(query, limit=_CANDIDATES), index.dense(query, limit=_CANDIDATES)
    lexical = _activate(graph, _relative(words), expand)
    dense = _activate(graph, _sharpened(meaning), expand)
    fused = fuse([(1.0, _ranking(graph, lexical, now)), (dense_weight, _ranking(graph, dense, now))])
    admitted = [node_id for node_id in fused if types is None or graph.node(node_id).type in types]
    active = {**dense, **lexical}
    return [describe(graph.node(n), fused[n], active[n], words=words, meaning=meaning) for n in admitted[:limit]]


def _relative(matches: Sequence[Match]) -> dict[str, float]:
    best = max((match.score for match in matches), default=0.0)
    return {match.node_id: match.score / best for match in matches if match.score > 0}


def _sharpened(matches: Sequence[Match]) -> dict[str, float]:
    best = max((match.score for match in matches), default=0.0)
    return {match.node_id: math.exp((match.score - best) / _COSINE_SCALE) for match in matches}


def _activate(graph: ContextGraph, scores: Mapping[str, float], expand: bool) -> dict[str, Activation]:
    if expand:
        return spread(graph, scores)
    return {node_id: Activation(score, score) for node_id, score in scores.items() if node_id in graph}


def _ranking(graph: ContextGraph, active: Mapping[str, Activation], now: float | None) -> list[str]:
    """Return the nodes by score, messages at their share, decayed; of equals, the latest first."""

    def worth(node_id: str) -> tuple[float, int]:
        node = graph.node(node_id)
        share = MESSAGE_SHARE if node.type is NodeType.MESSAGE else 1.0
        share *= 1.0 if now is None else decay(node, now)
        return (-active[node_id].score * share, -graph.position(node_id))

    return sorted(active, key=worth)
