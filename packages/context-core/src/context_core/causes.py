"""Causes on demand: the CAUSAL edges of an assistant's part are made when something first asks for such edges.

Finding values and following them takes most of the time of building a graph, and who only compresses and renders never
asks. So:

1. A part waits from when it is added, with all that later changes to the graph could alter: its content, the
   instruction in force, the result it may answer, the causes its source records.
2. Once asked, all parts that wait get their edges, in the order in which they came. Values are indexed up to a part
   before its own are followed (`value_flow`), so each is judged from its own prefix.
3. The edges are put where they would stand had they been made at once (`entry`). So it makes no difference when, or
   how often, something asks.

An assistant's part is caused by the instruction in force, and by the nodes that its values came from. Order is a cause
only where no value tells one: a call then follows from what its message said just before it, else, as any part, from
the result, or among several agents the words, that its message answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core.edge import Edge, EdgeType, UseEvidence
from context_core.node import NodeType
from context_core.value_flow import value_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_core.graph import ContextGraph
    from context_core.node import Node
    from context_core.value_index import ValueIndex

_EVIDENCE = {reason: {"reason": reason} for reason in ("instructed", "announced", "answered", "recorded")}
"""One dict a reason, shared by all edges."""


@dataclass(frozen=True, slots=True)
class Uncaused:
    """An assistant's part that waits for its causes.

    Attributes:
        node: as it was when it was added.
        instruction: id of the user's message in force.
        answered: id of the node that its message follows, where that may be a cause.
        recorded: ids of the causes that the source itself tells.
    """

    node: Node
    instruction: str | None
    answered: str | None
    recorded: tuple[str, ...] = ()


def causes_of(graph: ContextGraph, index: ValueIndex, parts: Iterable[Uncaused]) -> Iterator[Edge]:
    """Yield the causal edges of parts, one from each cause, with all that speaks for it as evidence.

    Args:
        graph: holds the parts; nothing of it is changed.
        index: of the graph's values; knows none of a node behind the first part, and is read up to the last one.
        parts: in the order in which they were added.
    """
    for part in parts:
        index.catch_up(graph.position(part.node.id))
        yield from _causes(graph, index, part)


def _causes(graph: ContextGraph, index: ValueIndex, part: Uncaused) -> Iterator[Edge]:
    node = part.node
    sources = value_sources(graph, index, node)
    reasons = dict.fromkeys(sources, "used")
    if not sources:
        said = _said_before(graph, node) if node.type is NodeType.TOOL_CALL else None
        cause, reason = (said, "announced") if said is not None else (part.answered, "answered")
        if cause is not None:
            reasons[cause] = reason
    if part.instruction is not None:
        reasons[part.instruction] = "instructed"
    for cause in part.recorded:
        reasons.setdefault(cause, "recorded")
    for cause, reason in reasons.items():
        uses = sources.get(cause)
        evidence = UseEvidence(reason, uses) if uses else _EVIDENCE[reason]
        yield Edge(cause, node.id, EdgeType.CAUSAL, evidence)


def _said_before(graph: ContextGraph, call: Node) -> str | None:
    """Return the id of the last node of a call's message before it that is neither call nor result, or None."""
    position = graph.position(call.id)
    parts = (graph.node(part) for part in reversed(graph.message_parts(call.message_id)))
    words = (part.id for part in parts if part.type is NodeType.MESSAGE)
    return next((part for part in words if graph.position(part) < position), None)
