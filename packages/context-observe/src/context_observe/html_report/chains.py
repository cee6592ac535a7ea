"""Why things happened, for a page on which a reader chooses the node: causes, small enough to be sent along.

1. The nodes to choose from are the last `max_choices` of the window, and the one that the page opens with.
2. Each of their causal chains is walked here, and every node of one is sent, with the edges into it.
3. An edge from a node that no chain holds is left out, and its end is marked: a chain that comes there is cut there,
   as `causal_chain` cuts it. So the page's script finds the very chains that `causal_chain` gives.

`lay_out` places a chain for drawing: from left to right in the order of causes, no line crossing another, since a
chain names for each cause the one node that it led to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import Chain, ContextGraph, EdgeType, Node, NodeType, causal_chain
from context_observe.html_report.makeup import family
from context_observe.html_report.quotes import Quotes, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from context_core import Window

MAX_CAUSES = 16
"""Causes of one chain on the page, the nearest ones."""
MAX_CHOICES = 2_000
"""Nodes that a reader may choose from."""
MAX_VALUES = 3
"""Values of an edge's evidence that are shown."""
VALUE_CHARS = 40
"""Characters shown of such a value."""
TEXT_CHARS = 110
"""Characters shown of a node in a chain."""
COLUMN, ROW, BOX_WIDTH, BOX_HEIGHT = 288, 76, 224, 52
"""The grid that chains are drawn on, in pixels; report.js draws on the same."""
_FAILED = re.compile(r"\W{0,4}(error\b|traceback \(most|exception\b|fatal\b|command failed|exit code:? [1-9])", re.I)
_REASONS = {
    "recorded": "led to",
    "instructed": "instructed",
    "returned": "returned",
    "answered": "answered by",
    "announced": "announced",
    "used": "gave",
}
"""How a reader is told why a cause is one."""


@dataclass(frozen=True, slots=True)
class Link:
    """What one node gave another.

    Attributes:
        source: index of the cause among the nodes that are sent.
        words: why it is one, such as ``gave``.
        values: what it gave, or the beginning of that.
        more: how many further values it gave.
    """

    source: int
    words: str
    values: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Told:
    """One node that is sent along.

    Attributes:
        node_id: the node.
        reference: names it to a model and to ``ctx``.
        label: what it is.
        family: its colour.
        text: its beginning.
        tokens: what it costs now.
        may_choose: whether all of its chain is sent.
        is_cut: whether edges into it were left out.
        links: the edges into it, the latest cause first.
    """

    node_id: str
    reference: str
    label: str
    family: str
    text: str
    tokens: int
    may_choose: bool
    is_cut: bool
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A node of a chain in its place.

    Attributes:
        told: the node.
        x: its left side, in pixels.
        y: its upper side, in pixels.
        effect: the place of the node that it led to, among the boxes; None for the node asked about.
        link: what it gave to that.
    """

    told: Told
    x: float
    y: float
    effect: int | None
    link: Link | None


@dataclass(frozen=True, slots=True)
class Chains:
    """The chains that a page can show.

    Attributes:
        nodes: in the order of the graph.
        chosen: index of the node that the page opens with; None where there is no node at all.
        left_out: how many nodes of the window no reader can choose on the page.
        boxes: the chain of the chosen node, that node first, then nearest first.
        is_complete: whether that chain has every cause.
    """

    nodes: tuple[Told, ...]
    chosen: int | None
    left_out: int
    boxes: tuple[Box, ...] = ()
    is_complete: bool = True

    def records(self) -> list[list[Any]]:
        """Return the nodes as report.js reads them."""
        return [
            [
                *(node.reference, node.label, node.family, node.text, node.tokens),
                int(node.may_choose) + 2 * node.is_cut,
                [[link.source, link.words, list(link.values), link.more] for link in node.links],
            ]
            for node in self.nodes
        ]


def chains(
    graph: ContextGraph, window: Window, quotes: Quotes, node_id: str | None = None, *, max_choices: int = MAX_CHOICES
) -> Chains:
    """Return the chains that a page can show.

    Args:
        graph: the session.
        window: whose nodes a reader may choose from.
        quotes: how texts are shown.
        node_id: the node to begin with; the last result that tells of an error, else the last call, else the last
            node, unless given.
        max_choices: how many nodes of the window, the last ones.

    Raises:
        NodeNotFoundError: the graph has no such node.
    """
    first = graph.node(node_id).id if node_id is not None else telling_node(window)
    if first is None:
        return Chains((), None, 0)
    choices = {node.id for node in window.nodes[-max_choices:]} | {first}
    sent = set(choices)
    opened: Chain | None = None
    for choice in choices:
        chain = causal_chain(graph, choice, max_nodes=MAX_CAUSES)
        sent.update(cause.node.id for cause in chain)
        opened = chain if choice == first else opened
    nodes = _told(graph, sorted(sent, key=graph.position), choices, quotes)
    index = {node.node_id: place for place, node in enumerate(nodes)}
    boxes = lay_out(nodes, index, opened) if opened is not None else ()
    left = max(0, len(window.nodes) - max_choices)
    return Chains(nodes, index[first], left, boxes, opened is None or opened.complete)


def telling_node(window: Window) -> str | None:
    """Return the id of the node that a reader most likely asks about, or None where the window is empty."""
    last = window.nodes[-1].id if window.nodes else None
    calls = (node.id for node in reversed(window.nodes) if node.type is NodeType.TOOL_CALL)
    failed = (node.id for node in reversed(window.nodes) if has_failed(node))
    return next(failed, None) or next(calls, last)


def has_failed(node: Node) -> bool:
    """Return whether a result tells of an error: as its transcript says, else by how it begins."""
    if node.type is not NodeType.TOOL_RESULT:
        return False
    told = node.metadata.get("result_fields", {}).get("is_error")
    return told if isinstance(told, bool) else _FAILED.match(node.content) is not None


def lay_out(nodes: tuple[Told, ...], index: Mapping[str, int], chain: Chain) -> tuple[Box, ...]:
    """Return the nodes of a chain in their places.

    A cause stands one column left of what it led to, beside the middle of its own causes.

    Args:
        nodes: those that are sent.
        index: their places among these, by id.
        chain: the chain.
    """
    near = sorted(chain.causes, key=lambda cause: cause.distance)
    order = [chain.node.id, *(cause.node.id for cause in near)]
    depth = {chain.node.id: 0} | {cause.node.id: cause.distance for cause in near}
    causes: dict[str, list[str]] = {node_id: [] for node_id in order}
    for cause in chain.causes:
        causes[cause.effect_id].append(cause.node.id)
    rows = _rows(causes, depth, chain.node.id)
    deepest = max(depth.values())
    effect = {cause.node.id: cause.effect_id for cause in near}
    boxes: list[Box] = []
    for node_id in order:
        x, y = (deepest - depth[node_id]) * COLUMN, rows[node_id] * ROW
        to = order.index(effect[node_id]) if node_id in effect else None
        boxes.append(Box(nodes[index[node_id]], x, y, to, _link(nodes, index, node_id, effect.get(node_id))))
    return tuple(boxes)


def _rows(causes: Mapping[str, list[str]], depth: Mapping[str, int], root: str) -> dict[str, float]:
    """Return the row of each node: in each column the next free one, or that of the middle of its causes.

    Columns keep the order of the tree, so no line crosses another (Wetherell and Shannon, "Tidy Drawings of Trees",
    1979, with whole subtrees moved down where their root has to be).
    """
    rows: dict[str, float] = {}
    free: dict[int, float] = {}
    stack = [(root, False)]
    while stack:
        node_id, is_done = stack.pop()
        first_free = free.get(depth[node_id], 0.0)
        if not is_done and causes[node_id]:
            stack.append((node_id, True))
            stack.extend((cause, False) for cause in reversed(causes[node_id]))
            continue
        middle = (rows[causes[node_id][0]] + rows[causes[node_id][-1]]) / 2 if is_done else first_free
        below = max(0.0, first_free - middle)
        rows[node_id] = middle
        for each in _subtree(causes, node_id):
            rows[each] += below
            free[depth[each]] = max(free.get(depth[each], 0.0), rows[each] + 1)
    return rows


def _subtree(causes: Mapping[str, list[str]], root: str) -> list[str]:
    found = [root]
    for node_id in found:
        found.extend(causes[node_id])
    return found


def _link(nodes: tuple[Told, ...], index: Mapping[str, int], cause: str, effect: str | None) -> Link | None:
    if effect is None:
        return None
    return next(link for link in nodes[index[effect]].links if link.source == index[cause])


def _told(graph: ContextGraph, sent: list[str], choices: set[str], quotes: Quotes) -> tuple[Told, ...]:
    index = {node_id: place for place, node_id in enumerate(sent)}
    return tuple(_tell(graph, graph.node(node_id), index, choices, quotes) for node_id in sent)


def _tell(graph: ContextGraph, node: Node, index: Mapping[str, int], choices: set[str], quotes: Quotes) -> Told:
    edges = list(graph.in_edges(node.id, EdgeType.CAUSAL))
    kept = sorted((e for e in edges if e.source in index), key=lambda e: index[e.source], reverse=True)
    return Told(
        node_id=node.id,
        reference=graph.reference(node.id),
        label=label(graph, node),
        family=family(node),
        text=quotes.line(node.content, TEXT_CHARS) if node.kind != "image" else "",
        tokens=node.tokens,
        may_choose=node.id in choices,
        is_cut=len(kept) < len(edges),
        links=tuple(_evidence(index[e.source], e.evidence, quotes) for e in kept),
    )


def _evidence(source: int, evidence: Mapping[str, Any], quotes: Quotes) -> Link:
    values = list(_values(evidence))
    words = _REASONS.get(str(evidence.get("reason")), "gave" if values else "caused")
    shown = tuple(quotes.line(value, VALUE_CHARS) for value in values[:MAX_VALUES])
    return Link(source, words, shown, max(0, len(values) - MAX_VALUES))


def _values(evidence: Mapping[str, Any]) -> Iterable[str]:
    uses = [evidence, *evidence.get("more", ())]
    return (str(use["value"]) for use in uses if use.get("value") is not None)
