"""The only writer of a compressed graph: one journaled transaction, all or nothing.

1. Every change must start from the state that the graph is in.
2. The contents before and after go to the store, originals first.
3. The graph is changed step by step; what was done is undone where a step fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core.errors import ConflictError
from context_core.events import NodesReplaced, emit
from context_core.hashing import content_id, text_bytes
from context_core.manifest import Change, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from context_core.edge import Edge
    from context_core.graph import ContextGraph
    from context_core.node import Node
    from context_core.stores import ContentStore


@dataclass(frozen=True, slots=True)
class Replacement:
    """One node's step to another state.

    Attributes:
        before: the node as it must stand in the graph; None to add one.
        after: the node to put in its place; None to remove it.
        strategy: who proposes the step.
        tier: the tier of the strategy.
        edges_added: edges to add.
        edges_removed: edges to take out.
    """

    before: Node | None
    after: Node | None
    strategy: str
    tier: str
    edges_added: tuple[Edge, ...] = ()
    edges_removed: tuple[Edge, ...] = ()

    @property
    def node(self) -> Node:
        """The node before, or, where there was none, after."""
        node = self.before or self.after
        if node is None:
            raise ValueError("got a replacement without a node; expected one before, after, or both")
        return node

    @property
    def tokens_saved(self) -> int:
        """Tokens before less tokens after."""
        return (self.before.tokens if self.before else 0) - (self.after.tokens if self.after else 0)


def replace(graph: ContextGraph, replacements: Sequence[Replacement], store: ContentStore) -> list[Change]:
    """Change nodes of a graph in one transaction; return the changes for the manifest.

    Args:
        graph: changed in place.
        replacements: in the order in which to apply them.
        store: keeps every content before and after.

    Raises:
        ConflictError: a replacement starts from another state than the graph is in; nothing was changed.
    """
    _require_current(graph, replacements)
    nodes = [r.before for r in replacements if r.before] + [r.after for r in replacements if r.after]
    store.put([text_bytes(text) for text in dict.fromkeys(node.content for node in nodes)])
    _rewrite(graph, replacements)
    return [_change(graph, replacement) for replacement in replacements]


def rewrite(graph: ContextGraph, replacements: Sequence[Replacement]) -> None:
    """Apply replacements to a graph alone, all or none.

    Raises:
        ConflictError: a replacement starts from another state than the graph is in; nothing was changed.
    """
    _require_current(graph, replacements)
    _rewrite(graph, replacements)


def _rewrite(graph: ContextGraph, replacements: Sequence[Replacement]) -> None:
    journal: list[Callable[[], object]] = []
    try:
        for replacement in replacements:
            _step(graph, replacement, journal)
    except BaseException:
        for undo in reversed(journal):
            undo()
        raise
    if replacements:
        saved = sum(replacement.tokens_saved for replacement in replacements)
        emit(NodesReplaced(graph.session_id, replacements[0].strategy, len(replacements), saved))


def _require_current(graph: ContextGraph, replacements: Sequence[Replacement]) -> None:
    for replacement in replacements:
        node = replacement.node
        there = graph.node(node.id) if node.id in graph else None
        if there != replacement.before:
            raise ConflictError(
                f"node {node.id!r} of session {graph.session_id!r} is in another state than the change was planned "
                "on; plan again on the graph as it is"
            )


def _step(graph: ContextGraph, replacement: Replacement, journal: list[Callable[[], object]]) -> None:
    before, after = replacement.before, replacement.after
    for edge in replacement.edges_removed:
        if graph.has_edge(edge):
            graph.remove_edge(edge)
            journal.append(lambda e=edge: graph.add_edge(e.source, e.target, e.type, **e.evidence))
    if before is None and after is not None:
        graph.add(after)
        journal.append(lambda: graph.remove(after.id))
    elif before is not None and after is not None:
        graph.put(after)
        journal.append(lambda: graph.put(before))
    elif before is not None:
        edges = [*graph.in_edges(before.id), *graph.out_edges(before.id)]
        graph.remove(before.id)
        journal.append(lambda: (graph.add(before), _add_edges(graph, edges)))
    for edge in replacement.edges_added:
        if not graph.has_edge(edge):
            graph.add_edge(edge.source, edge.target, edge.type, **edge.evidence)
            journal.append(lambda e=edge: graph.remove_edge(e))


def _add_edges(graph: ContextGraph, edges: Sequence[Edge]) -> None:
    for edge in edges:
        graph.add_edge(edge.source, edge.target, edge.type, **edge.evidence)


def _change(graph: ContextGraph, replacement: Replacement) -> Change:
    node = replacement.node
    return Change(
        node_id=node.id,
        reference=graph.reference_of(node),
        before=state_of(replacement.before),
        after=state_of(replacement.after),
        strategy=replacement.strategy,
        tier=replacement.tier,
        tokens_saved=replacement.tokens_saved,
        edges_added=replacement.edges_added,
        edges_removed=replacement.edges_removed,
    )


def state_of(node: Node | None) -> State | None:
    """Return a node's state, its content by id."""
    return None if node is None else State(node.to_record(), content_id(text_bytes(node.content)))
