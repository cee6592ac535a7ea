"""What compression took out of a prompt, and the way back to each of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import (
    ContentNotFoundError,
    ContentStore,
    ContextGraph,
    EdgeType,
    Manifest,
    NodeType,
    StoreError,
    original,
)
from context_core.originals import is_compressed
from context_observe.html_report.course import RESTORE
from context_observe.html_report.quotes import Quotes, label, seen

if TYPE_CHECKING:
    from context_core import Change, Node

MAX_ELIDED = 400
"""Rows of the table; what saved the fewest tokens is left out of a longer one."""
NOW_CHARS = 280
"""Characters shown of what stands in the prompt in the place of an original."""


@dataclass(frozen=True, slots=True)
class Elided:
    """One node that stands compressed in the graph.

    Attributes:
        reference: names the node to a model and to ``ctx``.
        label: what it is.
        tokens_before: of the original.
        tokens_after: of what stands there now; 0 where a summary covers it.
        strategy: who compressed it last.
        tier: the tier of that strategy.
        now: the text that stands in the prompt, or its beginning.
        summary: the reference of the summary that covers it, or None.
        content: the original's text, where it was asked for and the store has it.
        is_lost: whether the store lacks the original; False where no store was given.
    """

    reference: str
    label: str
    tokens_before: int
    tokens_after: int
    strategy: str
    tier: str
    now: str
    summary: str | None
    content: str | None = None
    is_lost: bool = False

    @property
    def tokens_saved(self) -> int:
        """Tokens before less tokens after."""
        return self.tokens_before - self.tokens_after


@dataclass(frozen=True, slots=True)
class ElidedTable:
    """What compression took out.

    Attributes:
        rows: in the order of the session.
        count: how many nodes stand compressed, those left out of `rows` included.
        tokens_left_out: tokens that those saved which are left out.
    """

    rows: tuple[Elided, ...]
    count: int
    tokens_left_out: int

    @property
    def left_out(self) -> int:
        """How many nodes are not among the rows."""
        return self.count - len(self.rows)


def elided(
    graph: ContextGraph, manifest: Manifest, store: ContentStore | None, quotes: Quotes, *, content: bool = False
) -> ElidedTable:
    """Return the nodes that stand compressed in a graph, those that saved most where there are many.

    Args:
        graph: the session as it is now.
        manifest: what was changed.
        store: asked whether it has the originals, where given.
        quotes: how texts are shown.
        content: take the originals from the store, too.
    """
    wanted = [node_id for node_id in manifest.node_ids if is_compressed(graph, manifest, node_id)]
    wanted.sort(key=lambda node_id: _saved(graph, manifest, node_id), reverse=True)
    shown = sorted(wanted[:MAX_ELIDED], key=graph.position)
    last = {change.node_id: change for change in manifest.changes if change.strategy != RESTORE}
    rows = (_row(graph, manifest, store, quotes, last[name], content=content) for name in shown if name in last)
    return ElidedTable(tuple(rows), len(wanted), sum(_saved(graph, manifest, name) for name in wanted[MAX_ELIDED:]))


def _saved(graph: ContextGraph, manifest: Manifest, node_id: str) -> int:
    return _tokens_before(manifest, node_id) - graph.node(node_id).tokens


def _tokens_before(manifest: Manifest, node_id: str) -> int:
    first = manifest.original(node_id)
    return 0 if first is None else first.record["tokens"]


def _row(
    graph: ContextGraph,
    manifest: Manifest,
    store: ContentStore | None,
    quotes: Quotes,
    change: Change,
    *,
    content: bool,
) -> Elided:
    node = graph.node(change.node_id)
    summary = _summary(graph, node)
    stands = summary or node
    first = manifest.original(node.id)
    return Elided(
        reference=graph.reference(node.id),
        label=label(graph, node),
        tokens_before=_tokens_before(manifest, node.id),
        tokens_after=node.tokens,
        strategy=seen(change.strategy),
        tier=seen(change.tier),
        now=quotes.block(stands.content, None if content else NOW_CHARS),
        summary=graph.reference(summary.id) if summary is not None else None,
        content=_content(manifest, store, node.id, quotes) if content and store is not None else None,
        is_lost=store is not None and first is not None and not store.has(first.content_id),
    )


def _content(manifest: Manifest, store: ContentStore, node_id: str, quotes: Quotes) -> str | None:
    """Return an original's text; None where the store lacks it, or what it has was tampered with."""
    try:
        return quotes.block(original(manifest, store, node_id).content)
    except (ContentNotFoundError, StoreError):
        return None


def _summary(graph: ContextGraph, node: Node) -> Node | None:
    if node.type is NodeType.SUMMARY:
        return None
    return next((graph.node(edge.source) for edge in graph.in_edges(node.id, EdgeType.SUMMARIZES)), None)
