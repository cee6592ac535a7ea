"""The window: what stands in the prompt of one branch.

1. From the leaf back along TEMPORAL edges: the branch.
2. With each message its other parts, and with each call its results: parallel calls are rows beside the branch.
3. What a summary covers gives way to the summary.
4. In the order of time.
5. Calls that will never be answered get a note in the place of their result, which costs tokens too; calls of the
   last message are open: their results may still come.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from context_core.edge import EdgeType
from context_core.node import NodeType
from context_core.tokens import part_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from context_core.graph import ContextGraph
    from context_core.node import Node

NO_RESULT = "[no result was recorded]"
"""Stands in the place of a result that the transcript does not have."""


@dataclass(frozen=True, slots=True)
class Window:
    """The nodes of one branch that stand in the prompt.

    Attributes:
        session_id: the session of the graph.
        nodes: in the order of time.
        calls: for each result's node id, the node id of its call.
        unanswered: node ids of calls without a result that are followed by other messages.
        repair_tokens: what the notes in the place of their results cost.
    """

    session_id: str
    nodes: tuple[Node, ...]
    calls: Mapping[str, str] = field(default_factory=dict[str, str])
    unanswered: tuple[str, ...] = ()
    repair_tokens: int = 0

    @property
    def tokens(self) -> int:
        """What the rendered messages cost, at most."""
        return sum(node.tokens for node in self.nodes) + self.repair_tokens

    @property
    def open_calls(self) -> tuple[str, ...]:
        """Node ids of the calls whose results may still come: unanswered ones of the last message."""
        closed = {*self.calls.values(), *self.unanswered}
        return tuple(n.id for n in self.nodes if n.type is NodeType.TOOL_CALL and n.id not in closed)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)


def window(graph: ContextGraph, leaf: str | None = None) -> Window:
    """Return what stands in the prompt of a branch.

    Args:
        graph: the graph.
        leaf: id of the branch's last node; the last one appended to the main thread unless given.

    Raises:
        NodeNotFoundError: the graph has no such leaf.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "hi")
        >>> [node.content for node in window(graph)]
        ['hi']
    """
    end = leaf if leaf is not None else graph.leaf
    if end is None:
        return Window(graph.session_id, ())
    places = _places(graph, _with_siblings(graph, _branch(graph, graph.node(end).id)))
    ordered = sorted(places, key=places.__getitem__)
    nodes = tuple(graph.node(node_id) for node_id in ordered)
    calls = {
        node.id: edge.source
        for node in nodes
        if node.type is NodeType.TOOL_RESULT
        for edge in graph.in_edges(node.id, EdgeType.TOOL_IO)
    }
    unanswered = _unanswered(nodes, calls)
    repair = sum(note_tokens(graph, node.id) for node in unanswered)
    return Window(graph.session_id, nodes, calls, tuple(node.id for node in unanswered), repair)


def close(window: Window, graph: ContextGraph) -> Window:
    """Return a window without open calls: those that wait for a result get a note in its place."""
    waiting = window.open_calls
    repair = window.repair_tokens + sum(note_tokens(graph, call) for call in waiting)
    return replace(window, unanswered=(*window.unanswered, *waiting), repair_tokens=repair)


def note_tokens(graph: ContextGraph, call: str) -> int:
    """Return what the note in the place of a call's missing result costs.

    Args:
        graph: holds the call.
        call: the call's node id.
    """
    return part_tokens(graph.counter, NO_RESULT, call_id=graph.node(call).call_id)


def _unanswered(nodes: tuple[Node, ...], calls: Mapping[str, str]) -> list[Node]:
    answered = set(calls.values())
    waiting = [node for node in nodes if node.type is NodeType.TOOL_CALL and node.id not in answered]
    if not waiting:
        return []
    last = next(node for node in reversed(nodes) if node.type is not NodeType.TOOL_RESULT)
    return [node for node in waiting if node.message_id != last.message_id]


def _branch(graph: ContextGraph, leaf: str) -> dict[str, None]:
    branch: dict[str, None] = {}
    at: str | None = leaf
    while at is not None and at not in branch:
        branch[at] = None
        at = next((edge.source for edge in graph.in_edges(at, EdgeType.TEMPORAL)), None)
    return branch


def _with_siblings(graph: ContextGraph, branch: dict[str, None]) -> dict[str, None]:
    spoken = (graph.node(node_id) for node_id in branch)
    visible = {**branch, **_parts(graph, (node.message_id for node in spoken if node.role == "assistant"))}
    calls = [node_id for node_id in visible if graph.node(node_id).type is NodeType.TOOL_CALL]
    results = (edge.target for call in calls for edge in graph.out_edges(call, EdgeType.TOOL_IO))
    return {**visible, **_parts(graph, (graph.node(result).message_id for result in results))}


def _parts(graph: ContextGraph, message_ids: Iterable[str]) -> dict[str, None]:
    return {part: None for message_id in dict.fromkeys(message_ids) for part in graph.message_parts(message_id)}


def _places(graph: ContextGraph, visible: dict[str, None]) -> dict[str, int]:
    """Return the ids to show with their place in time; a summary takes that of the first node it covers."""
    places = {node_id: graph.position(node_id) for node_id in visible}
    for summary in graph.summaries():
        edges = graph.out_edges(summary, EdgeType.SUMMARIZES)
        covered = [places.pop(edge.target) for edge in edges if edge.target in places]
        if covered:
            places[summary] = min(covered)
    return places
