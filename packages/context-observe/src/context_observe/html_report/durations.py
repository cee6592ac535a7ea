"""Where the time went: tools from call to result, the model from what it was told to the last part of its answer.

1. A tool took from its call to its last result. Parallel calls overlap, so their sum may be more than passed.
2. The model took from the node that its message follows, where that is a user's word or a result, to its last part.
3. A user took from the agent's last part to their own; that is shown as a sum alone.

A clock that ran backwards counts as no time at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import ContextGraph, EdgeType, Node, NodeType
from context_observe.html_report.quotes import Quotes, label

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SLOWEST = 12
"""The slowest steps that are listed."""


@dataclass(frozen=True, slots=True)
class Took:
    """One step of a tool or of the model.

    Attributes:
        kind: ``tool`` or ``model``.
        reference: names the call, or the first part of the model's message.
        label: what it is.
        seconds: how long it took.
        at: when it began, in seconds since the epoch.
        text: the beginning of the call's arguments, or of the message.
    """

    kind: str
    reference: str
    label: str
    seconds: float
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Durations:
    """How long the steps of a session took.

    Attributes:
        slowest: the slowest first.
        tool_seconds: of all calls together.
        model_seconds: of all messages of the model together.
        user_seconds: that users took to answer, together.
        span_seconds: from the first node to the last.
        steps: how many steps have a duration.
    """

    slowest: tuple[Took, ...]
    tool_seconds: float
    model_seconds: float
    user_seconds: float
    span_seconds: float
    steps: int


def durations(graph: ContextGraph, times: Mapping[str, float], quotes: Quotes) -> Durations:
    """Return how long steps took.

    Args:
        graph: the session.
        times: when each node came, in seconds since the epoch; nodes without a time are passed over.
        quotes: how texts are shown.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("make", {}, created_at=10.0)
        >>> result = graph.add_tool_result(call.id, "done", created_at=13.5)
        >>> durations(graph, {call.id: 10.0, result.id: 13.5}, Quotes()).tool_seconds
        3.5
    """
    tools, model = _tools(graph, times), _model(graph, times)
    every = [("tool", *each) for each in tools] + [("model", *each) for each in model]
    every.sort(key=lambda each: -each[2])
    return Durations(
        tuple(_took(graph, *each, times[each[1].id], quotes) for each in every[:MAX_SLOWEST] if each[2] > 0),
        sum(seconds for _, seconds in tools),
        sum(seconds for _, seconds in model),
        sum(_after(graph, node, times) or 0.0 for node in graph.nodes() if node.is_instruction),
        max(times.values()) - min(times.values()) if times else 0.0,
        len(every),
    )


def _tools(graph: ContextGraph, times: Mapping[str, float]) -> list[tuple[Node, float]]:
    found: list[tuple[Node, float]] = []
    for call in graph.nodes(NodeType.TOOL_CALL):
        ends = [times[e.target] for e in graph.out_edges(call.id, EdgeType.TOOL_IO) if e.target in times]
        if ends and call.id in times:
            found.append((call, max(0.0, max(ends) - times[call.id])))
    return found


def _model(graph: ContextGraph, times: Mapping[str, float]) -> list[tuple[Node, float]]:
    """Return the first part of each of the model's messages, with the seconds to its last part."""
    found: dict[str, tuple[Node, float]] = {}
    starts: dict[str, float] = {}
    for node in graph.nodes():
        if node.role != "assistant" or node.id not in times or node.type is NodeType.SUMMARY:
            continue
        message = node.message_id
        if message not in starts:
            waited = _after(graph, node, times)
            if waited is None:
                continue
            starts[message] = times[node.id] - waited
        first = found[message][0] if message in found else node
        found[message] = (first, max(0.0, times[node.id] - starts[message]))
    return list(found.values())


def _after(graph: ContextGraph, node: Node, times: Mapping[str, float]) -> float | None:
    """Return the seconds since what a node answers: another's word or a result, right before it on its branch."""
    edge = next(iter(graph.in_edges(node.id, EdgeType.TEMPORAL)), None)
    before = graph.node(edge.source) if edge is not None else None
    if before is None or before.id not in times or node.id not in times or before.is_system:
        return None
    if before.role == node.role:
        return None
    return max(0.0, times[node.id] - times[before.id])


def _took(graph: ContextGraph, kind: str, node: Node, seconds: float, at: float, quotes: Quotes) -> Took:
    return Took(kind, graph.reference(node.id), label(graph, node), seconds, at, quotes.line(node.content))
