"""ContextEngine: the facade that an agent's loop talks to.

Every message goes into the graph and into the store before `add` returns. `prompt` compresses when the budget asks
for it, commits what it did, and renders. The store's state is the truth: where a write fails, the graph is loaded anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from context_compression import CompressionPipeline
from context_core import (
    BudgetExceededError,
    Chain,
    ContextGraph,
    Manifest,
    Node,
    NodeType,
    Store,
    TokenBudget,
    UnknownReferenceError,
    append,
    causal_chain,
    close,
    expand,
    read_next,
    render,
    window,
)
from context_memory import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from context_core import BudgetStatus


class ContextEngine:
    """Holds one session: takes messages in, gives prompts that fit, and gives anything back.

    Args:
        budget: the model's window in tokens, or a budget with thresholds of its own.
        store: a store, or the URL of one: ``sqlite:///context.db`` is a file in the present folder, ``memory://``
            is gone with the process.
        session_id: the session to continue, or the name of a new one; a new name of its own unless given.
        pipeline: compresses; the default pipeline unless given.

    Example:
        >>> engine = ContextEngine(budget=100_000, store="memory://")
        >>> _ = engine.add({"role": "user", "content": "hi"})
        >>> engine.prompt()
        [{'role': 'user', 'content': 'hi'}]
    """

    def __init__(
        self,
        budget: int | TokenBudget = 100_000,
        store: str | Store = "sqlite:///context.db",
        session_id: str | None = None,
        *,
        pipeline: CompressionPipeline | None = None,
    ) -> None:
        self.budget = budget if isinstance(budget, TokenBudget) else TokenBudget(total_tokens=budget)
        self.store: Store = open_store(store) if isinstance(store, str) else store
        self.session_id = session_id or uuid4().hex
        self._pipeline = pipeline or CompressionPipeline()
        self._load()

    @property
    def graph(self) -> ContextGraph:
        """The session's graph."""
        return self._graph

    @property
    def manifest(self) -> Manifest:
        """What compression changed so far."""
        return self._manifest

    @property
    def status(self) -> BudgetStatus:
        """The budget with what the prompt costs now."""
        return self.budget.allocate("context", window(self._graph).tokens)

    def add(
        self, message: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Any, *, format: str = "auto"
    ) -> list[Node]:
        """Append messages to the session and store them; return their nodes.

        Args:
            message: one message or several, in OpenAI Chat's or Anthropic's form; an SDK's object will do.
            format: ``openai-chat`` or ``anthropic-messages``; found by content unless given.

        Raises:
            TranscriptError: a message is damaged; nothing was added.
            StoreError: the store cannot be written; nothing was added.
        """
        messages = [_plain(each) for each in (message if isinstance(message, list) else [message])]
        nodes = append(self._graph, read_next(messages, self._last_message(), format))
        edges = [edge for node in nodes for edge in self._graph.in_edges(node.id)]
        self._write(lambda: self.store.append(self.session_id, nodes, edges))
        return nodes

    def prompt(self, to: str = "openai") -> list[dict[str, Any]]:
        """Return the messages to send: valid for the provider, and within the budget.

        Where the budget's trigger is reached, the window is compressed to its warning threshold first, or, where
        what must stay is larger than that, as far as needed to fit. A call that still waits for its result is sent
        with a note in its place.

        Args:
            to: ``openai`` or ``anthropic``.

        Raises:
            BudgetExceededError: what must stay is larger than the whole budget; nothing was changed.
        """
        if self.status.needs_compression:
            self._compress()
        return render(close(window(self._graph), self._graph), to)

    def expand(self, reference: str) -> str:
        """Return the original text behind a reference that stands in a prompt, or of a node by its id.

        Raises:
            UnknownReferenceError: this session has no such reference.
        """
        node_id = self._resolve(reference)
        in_graph = node_id not in self._manifest
        return self._graph.node(node_id).content if in_graph else expand(self._manifest, self.store, node_id)

    def why(self, reference: str, *, max_nodes: int = 50) -> Chain:
        """Return the causes of a node, by its reference or id; for a summary's, those of the last node it covers.

        Raises:
            UnknownReferenceError: this session has no such reference.
        """
        node_id = self._resolve(reference)
        covered = self._manifest.covered(node_id)
        return causal_chain(self._graph, covered[-1] if covered else node_id, max_nodes=max_nodes)

    def _load(self) -> None:
        if self.session_id in self.store.sessions():
            self._graph = self.store.load(self.session_id)
            self._manifest = self.store.manifest(self.session_id)
        else:
            self._graph = ContextGraph(self.session_id)
            self._manifest = Manifest(self.session_id)

    def _write(self, write: Callable[[], object]) -> None:
        try:
            write()
        except BaseException:
            self._load()
            raise

    def _last_message(self) -> str | None:
        leaf = self._graph.leaf
        return None if leaf is None else leaf.rpartition("/")[0]

    def _compress(self) -> None:
        limit = self.budget.total_tokens - self.budget.reserve_tokens
        try:
            self._compress_to(min(self.budget.target_tokens, limit))
        except BudgetExceededError as error:
            if error.needed > limit:
                raise BudgetExceededError(error.needed, limit) from None
            self._compress_to(error.needed)
        self.budget.allocate("context", window(self._graph).tokens)

    def _compress_to(self, target: int) -> None:
        shown = window(self._graph)
        notes = close(shown, self._graph).tokens - shown.tokens
        result = self._pipeline.compress(
            self._graph, target_tokens=max(1, target - notes), store=self.store, manifest=self._manifest
        )
        changes = result.manifest.changes[len(self._manifest) :]
        if changes:
            self._write(lambda: self.store.commit(self.session_id, changes))
            self._manifest = result.manifest

    def _resolve(self, reference: str) -> str:
        if reference in self._graph:
            return reference
        found = self._graph.find(reference)
        if found is not None and self._graph.node(found).type is not NodeType.SUMMARY:
            return found
        try:
            return self._manifest.find(reference)
        except UnknownReferenceError:
            raise UnknownReferenceError(reference, f"session {self.session_id!r} never showed it") from None


def _plain(message: Any) -> dict[str, Any]:
    """Return a message as a dict; an SDK's object says itself how."""
    dump: Any = getattr(message, "model_dump", None)
    return dump(mode="json", exclude_none=True) if dump is not None else dict(message)
