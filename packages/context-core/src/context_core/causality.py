"""Why did this happen, and what came of it: along CAUSAL edges, back to the causes of a node or on to its effects.

1. Breadth-first from the node, so the nearest come first; of one node's causes the latest, of its effects the earliest.
2. Until there are no more, or `max_nodes`.

Causal edges never change when content is compressed, so a chain names the same nodes before and after.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.edge import EdgeType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from context_core.edge import Edge
    from context_core.graph import ContextGraph
    from context_core.node import Node


@dataclass(frozen=True, slots=True)
class Cause:
    """One step of a chain.

    Attributes:
        node: the cause.
        effect_id: id of the node that it led to: the one asked about, or another cause.
        evidence: the edge's evidence, such as ``{"reason": "returned"}``.
        distance: steps from the node asked about, from 1.
    """

    node: Node
    effect_id: str
    evidence: Mapping[str, Any]
    distance: int


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that came of a node.

    Attributes:
        node: the effect.
        cause_id: id of the node that led to it: the one asked about, or another effect.
        evidence: the edge's evidence.
        distance: steps from the node asked about, from 1.
    """

    node: Node
    cause_id: str
    evidence: Mapping[str, Any]
    distance: int


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of a node in the order of time; iterate over it.

    Attributes:
        node: the node asked about.
        effects: the oldest first.
        complete: whether every effect is there; False where `max_nodes` cut them.
    """

    node: Node
    effects: tuple[Effect, ...]
    complete: bool

    def __iter__(self) -> Iterator[Effect]:
        return iter(self.effects)

    def __len__(self) -> int:
        return len(self.effects)


@dataclass(frozen=True, slots=True)
class Chain:
    """The causes of a node in the order of time; iterate over it.

    Attributes:
        node: the node asked about.
        causes: the oldest first.
        complete: whether every cause is there; False where `max_nodes` cut the chain.
    """

    node: Node
    causes: tuple[Cause, ...]
    complete: bool

    def __iter__(self) -> Iterator[Cause]:
        return iter(self.causes)

    def __len__(self) -> int:
        return len(self.causes)


def causal_chain(graph: ContextGraph, node_id: str, *, max_nodes: int = 50) -> Chain:
    """Return why a node came to be.

    Args:
        graph: the graph.
        node_id: the node to explain.
        max_nodes: how many causes at most; the nearest are kept.

    Raises:
        NodeNotFoundError: the graph has no such node.
        ValueError: max_nodes is below 1.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "Which files are there?")
        >>> call = graph.add_tool_call("ls", {"path": "src"})
        >>> result = graph.add_tool_result(call.id, "a.py")
        >>> [cause.node.type.value for cause in causal_chain(graph, result.id)]
        ['message', 'tool_call']
    """
    found, complete = _walk(graph, node_id, max_nodes, back=True)
    causes = (Cause(graph.node(edge.source), edge.target, edge.evidence, distance) for edge, distance in found)
    ordered = sorted(causes, key=lambda cause: graph.position(cause.node.id))
    return Chain(graph.node(node_id), tuple(ordered), complete)


def effects(graph: ContextGraph, node_id: str, *, max_nodes: int = 50) -> Effects:
    """Return what came of a node.

    Args:
        graph: the graph.
        node_id: the node whose effects to tell.
        max_nodes: how many effects at most; the nearest are kept.

    Raises:
        NodeNotFoundError: the graph has no such node.
        ValueError: max_nodes is below 1.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> question = graph.add_message("user", "Which files are there?")
        >>> call = graph.add_tool_call("ls", {"path": "src"})
        >>> _ = graph.add_tool_result(call.id, "a.py")
        >>> [effect.node.type.value for effect in effects(graph, question.id)]
        ['tool_call', 'tool_result']
    """
    found, complete = _walk(graph, node_id, max_nodes, back=False)
    told = (Effect(graph.node(edge.target), edge.source, edge.evidence, distance) for edge, distance in found)
    ordered = sorted(told, key=lambda effect: graph.position(effect.node.id))
    return Effects(graph.node(node_id), tuple(ordered), complete)


def _walk(graph: ContextGraph, node_id: str, max_nodes: int, *, back: bool) -> tuple[list[tuple[Edge, int]], bool]:
    """Return the edges by which nodes were first reached, each with its distance, and whether these are all."""
    if max_nodes < 1:
        raise ValueError(f"got max_nodes={max_nodes}; expected at least 1")
    seen = {graph.node(node_id).id}
    found: list[tuple[Edge, int]] = []
    queue: deque[tuple[str, int]] = deque([(node_id, 1)])
    while queue:
        at, distance = queue.popleft()
        for edge in _causes_latest_first(graph, at) if back else graph.out_edges(at, EdgeType.CAUSAL):
            other = edge.source if back else edge.target
            if other in seen:
                continue
            if len(found) == max_nodes:
                return found, False
            seen.add(other)
            found.append((edge, distance))
            queue.append((other, distance + 1))
    return found, True


def _causes_latest_first(graph: ContextGraph, node_id: str) -> list[Edge]:
    edges = graph.in_edges(node_id, EdgeType.CAUSAL)
    return sorted(edges, key=lambda edge: graph.position(edge.source), reverse=True)
