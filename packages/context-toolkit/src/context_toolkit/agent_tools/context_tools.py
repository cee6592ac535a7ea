"""ContextTools: five plain functions that an agent calls to look back, and their definitions for providers.

What they return is bounded: long texts come in pages, lists end with how much was left out. `call` takes what a model
sends and answers its mistakes in words, so that an agent's loop needs no further care.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core import (
    ContextError,
    NodeType,
    SearchIndex,
    causal_chain,
    health,
    operation,
    resolve,
    search,
    window,
)
from context_core.expand import text_behind
from context_toolkit.agent_tools.arguments import checked, line_numbers
from context_toolkit.agent_tools.definitions import TOOLS, definitions
from context_toolkit.agent_tools.paging import fitting, page_of
from context_toolkit.agent_tools.session import Refreshable
from context_toolkit.agent_tools.telling import cause_line, excerpt, hit_lines, label
from context_toolkit.originals import Originals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from context_core import BudgetStatus, ContextGraph, Encoder, Manifest, Node
    from context_toolkit.agent_tools.session import Session

MAX_TOKENS = 2_000
"""Tokens of one answer: a page that a model reads at a glance, and a fiftieth of a common window."""
MAX_PINNED_TOKENS = 8_000
"""Tokens that an agent may pin: what is pinned is in every prompt, and nothing can make room where all is pinned."""
MAX_PINNED_SHARE = 0.25
"""Share of the session's budget that an agent may pin at most."""
_HEADING_TOKENS = 60
"""Kept free for what an answer says of itself."""
_SMALLEST = 200
_HITS = 40
_CAUSES = 50


class ContextTools:
    """The agent's own tools over a session.

    Args:
        session: a `ContextEngine`, or a `View` of a graph, a manifest and a store.
        max_tokens: tokens of one answer at most.
        max_pinned_tokens: tokens that the agent may pin altogether; of a session with a budget, a quarter of that at
            most.
        encoder: lets `context_search` find by meaning, too.

    Raises:
        ValueError: `max_tokens` is below 200, too little for an answer and its heading.

    Example:
        >>> from context_core import ContextGraph, Manifest, MemoryContentStore
        >>> from context_toolkit import View
        >>> graph = ContextGraph("s")
        >>> node = graph.add_message("user", "The port is 8080.")
        >>> tools = ContextTools(View(graph, Manifest("s"), MemoryContentStore()))
        >>> tools.call("context_expand", {"ref": graph.reference(node.id)})
        'The port is 8080.'
        >>> tools.call("context_expand", '{"ref": "1.2"}')
        "error: unknown reference '1.2'; session 's' never showed it"
    """

    def __init__(
        self,
        session: Session,
        *,
        max_tokens: int = MAX_TOKENS,
        max_pinned_tokens: int = MAX_PINNED_TOKENS,
        encoder: Encoder | None = None,
    ) -> None:
        if max_tokens < _SMALLEST:
            raise ValueError(f"got max_tokens={max_tokens}; expected at least {_SMALLEST}")
        self._session = session
        self._max_tokens = max_tokens - _HEADING_TOKENS
        self._max_pinned_tokens = max_pinned_tokens
        self._encoder = encoder
        self._index: SearchIndex | None = None
        self._indexed: set[str] = set()

    def definitions(self, to: str = "openai") -> list[dict[str, Any]]:
        """Return the tools as a provider's request takes them: ``openai``, ``openai-responses`` or ``anthropic``."""
        return definitions(to)

    def call(self, name: str, arguments: Mapping[str, Any] | str | None = "") -> str:
        """Run one of the tools as a model asks for it; return the answer, or ``error:`` and what was wrong.

        Args:
            name: the tool.
            arguments: an object, or its JSON text; where there are none, None will do.

        Raises:
            StoreError: the store cannot be read: that is no mistake of the agent's.
        """
        try:
            given = checked(name, arguments)
            return getattr(self, name)(**given)
        except (ValueError, KeyError) as error:
            if isinstance(error, ContextError) or type(error) is ValueError:
                return f"error: {excerpt(str(error))}"
            raise

    def close(self) -> None:
        """Drop the index that searching made; the next search makes a new one."""
        if self._index is not None:
            self._index.close()
            self._index = None
            self._indexed.clear()

    def __contains__(self, name: object) -> bool:
        return name in TOOLS

    # ── the tools ────────────────────────────────────────────────────────────────────────────────────────────────

    def context_expand(self, ref: str, lines: str | None = None, page: int = 1) -> str:
        """Return the original text behind a reference, or one page of it under a heading.

        Args:
            ref: a reference or a node's id.
            lines: first and last line, such as ``10-20``.
            page: which page, from 1.

        Raises:
            UnknownReferenceError: the session never showed it.
            ContentNotFoundError: the store lacks it; expired, where it was dropped.
            ValueError: there are no such lines, or there is no such page.
        """
        self._refresh()
        text = self._text(_bare(ref), line_numbers(lines))
        return str(page_of(text, page, self._graph.counter, self._max_tokens))

    def context_search(self, query: str, page: int = 1) -> str:
        """Return the passages that answer a query best, by what was said before any compression, a page at a time.

        Args:
            query: names, words or a question.
            page: which page, from 1.

        Raises:
            ContentNotFoundError: the store lacks an original.
            ValueError: there is no such page.
        """
        self._refresh()
        graph = self._graph
        hits = search(graph, query, index=self._caught_up(), limit=_HITS)
        if not hits:
            return f"nothing in this session answers: {excerpt(query)}"
        lines = [hit_lines(graph, hit, self._originals.of(hit.node).content) for hit in hits]
        return str(page_of("\n".join(lines), page, graph.counter, self._max_tokens))

    def context_why(self, ref: str, page: int = 1) -> str:
        """Return the causes of something in the order of time, a page at a time.

        Args:
            ref: a reference or a node's id; a summary's stands for the last thing that it covers.
            page: which page, from 1.

        Raises:
            UnknownReferenceError: the session never showed it.
            ContentNotFoundError: the store lacks an original.
            ValueError: there is no such page.
        """
        self._refresh()
        graph, manifest = self._graph, self._session.manifest
        node_id = resolve(graph, manifest, _bare(ref))
        covered = manifest.covered(node_id)
        chain = causal_chain(graph, covered[-1] if covered else node_id, max_nodes=_CAUSES)
        if not chain.causes:
            return f"{excerpt(ref)} has no cause in this session: it is where something begins"
        lines = [cause_line(graph, cause, self._originals.of(cause.node).content) for cause in chain]
        if not chain.complete:
            lines.insert(0, f"(the nearest {_CAUSES} causes)")
        return str(page_of("\n".join(lines), page, graph.counter, self._max_tokens))

    def context_pin(self, ref: str) -> str:
        """Keep something in the prompt, word for word; return what was pinned and what it costs.

        Raises:
            UnknownReferenceError: the session never showed it.
            ValueError: it is a summary's, or more than the agent may pin.
        """
        self._refresh()
        graph, manifest = self._graph, self._session.manifest
        node_id = resolve(graph, manifest, _bare(ref))
        if manifest.covered(node_id):
            raise ValueError(f"got {excerpt(ref)}, a summary; expected what it stands for: expand it, or search for it")
        node = self._originals.of(graph.node(node_id))
        pinned = sum(each.tokens for each in graph.nodes() if each.pinned and each.id != node.id)
        limit = self._pin_limit()
        if pinned + node.tokens > limit:
            raise ValueError(
                f"got {node.tokens:,} tokens to pin beside {pinned:,} that are pinned; expected at most "
                f"{limit:,} together: pin less, or note what matters in a message of your own"
            )
        self._session.pin(node.id)
        return f"pinned {graph.reference(node.id)}, {label(node)}: {node.tokens:,} tokens, in every prompt from now on"

    def context_stats(self) -> str:
        """Return how full the context is, what was taken out of it, and what would help."""
        self._refresh()
        graph = self._graph
        shown = window(graph)
        state = health(shown)
        elided = [node for node in graph.nodes() if _is_elided(node)]
        before = sum(_tokens_before(self._session.manifest, node) for node in elided)
        now = sum(node.tokens for node in elided) + sum(graph.node(node_id).tokens for node_id in graph.summaries())
        lines = [
            _budget(getattr(self._session, "status", None), shown.tokens),
            f"shortened or summarized: {len(elided):,} parts, {before:,} tokens to {now:,}; context_expand has them",
            f"pinned: {sum(node.tokens for node in graph.nodes() if node.pinned):,} tokens",
            f"health: {state.score:.2f} of 1; {state.calls_since_compression} tool calls since the last compression",
            *(f"advice: {words}" for words in state.advice),
        ]
        kept, _ = fitting(lines, graph.counter, self._max_tokens)
        return "\n".join(kept)

    # ── what they look at ────────────────────────────────────────────────────────────────────────────────────────

    def _refresh(self) -> None:
        """Let the session take up what others have written, where it can."""
        if isinstance(self._session, Refreshable):
            self._session.refresh()

    @property
    def _graph(self) -> ContextGraph:
        return self._session.graph

    def _pin_limit(self) -> int:
        """Return the tokens that may be pinned: no more than a share of the budget, where the session has one."""
        status: BudgetStatus | None = getattr(self._session, "status", None)
        share = self._max_pinned_tokens if status is None else int(status.total_tokens * MAX_PINNED_SHARE)
        return min(self._max_pinned_tokens, share)

    def _text(self, ref: str, lines: tuple[int, int] | None) -> str:
        graph, manifest = self._graph, self._session.manifest
        with operation("expand", graph.session_id) as running:
            running.note_content(reference=ref)
            text = text_behind(graph, manifest, self._session.store, resolve(graph, manifest, ref), lines)
            running.note(characters=len(text))
            return text

    def _caught_up(self) -> SearchIndex:
        """Return the index, with what was added since as it was said."""
        if self._index is None:
            self._index = SearchIndex(encoder=self._encoder)
        new = [
            node
            for node in self._graph.nodes()
            if node.id not in self._indexed and node.type is not NodeType.SUMMARY and node.kind != "image"
        ]
        self._index.add(map(self._originals.of, new))
        self._indexed.update(node.id for node in new)
        return self._index

    @property
    def _originals(self) -> Originals:
        return Originals(self._session.manifest, self._session.store)


def _bare(ref: str) -> str:
    """Return a reference without what a model may have copied around it."""
    return ref.strip().strip("[]()<>`'\"").strip()


def _is_elided(node: Node) -> bool:
    return node.type is not NodeType.SUMMARY and (node.elided is not None or "folded" in node.metadata)


def _tokens_before(manifest: Manifest, node: Node) -> int:
    state = manifest.original(node.id) if node.id in manifest else None
    return node.tokens if state is None else int(state.record["tokens"])


def _budget(status: BudgetStatus | None, tokens: int) -> str:
    if status is None:
        return f"context: {tokens:,} tokens"
    share = status.used_tokens / status.total_tokens
    return f"context: {status.used_tokens:,} of {status.total_tokens:,} tokens, {share:.0%} ({status.level.value})"
