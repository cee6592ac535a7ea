"""ContextEngine: the facade that an agent's loop talks to.

Every message goes into the graph and into the store before `add` returns. `prompt` compresses when the budget asks
for it, commits what it did, and renders. The store's state is the truth: where a write fails, the graph is loaded anew.
Engines in several processes may share a session: each message goes behind what the store holds when it comes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload
from uuid import uuid4

from context_compression import CompressionPipeline
from context_core import (
    BudgetExceededError,
    Chain,
    ConflictError,
    ContextGraph,
    ExpiredReferenceError,
    Journal,
    Manifest,
    Node,
    PromptRendered,
    Revision,
    SessionExpiredError,
    SessionNotFoundError,
    Store,
    StoreError,
    TokenBudget,
    UnknownReferenceError,
    append,
    causal_chain,
    close,
    emit,
    operation,
    pin,
    read_next,
    render,
    resolve,
    session_digits,
    unpin,
    window,
)
from context_core.expand import text_behind
from context_core.provider_message import provider_message
from context_memory import open_store
from context_toolkit import ContextTools, filter_results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType

    from context_core import BudgetStatus, Change, Message
    from context_core.renderers import MessageForm, TextForm
    from context_core.renderers.rendered import Rendered
    from context_toolkit import ResultFilter

_T = TypeVar("_T")

TRIES = 100
"""How often a message is put behind the words of other engines before it is given up."""


class ContextEngine:
    """Holds one session: takes messages in, gives prompts that fit, and gives anything back.

    Args:
        budget: the model's window in tokens, or a budget with thresholds of its own.
        store: a store, or the URL of one: ``sqlite:///context.db`` is a file in the present folder, ``memory://``
            is gone with the process.
        session_id: the session to continue, or the name of a new one; a new name of its own unless given.
        pipeline: compresses; the default pipeline unless given.
        result_filter: leaves out of tool results what servers dump, as they come in; nothing is left out unless given.

    Attributes:
        budget: the budget.
        store: holds the session.
        session_id: its name.
        tools: the agent's own tools over the session: their definitions for a request, and `call` for what comes back.

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
        result_filter: ResultFilter | None = None,
    ) -> None:
        self.budget = budget if isinstance(budget, TokenBudget) else TokenBudget(total_tokens=budget)
        self.store: Store = open_store(store) if isinstance(store, str) else store
        self.session_id = session_id or uuid4().hex
        self._pipeline = pipeline or CompressionPipeline()
        self._result_filter = result_filter
        self.tools = ContextTools(self)
        self._has_expired = False
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
        given: list[Any] = message if isinstance(message, list) else [message]
        with operation("add", self.session_id, messages=len(given)) as running:
            nodes = self._add([provider_message(each) for each in given], format)
            running.note(nodes=len(nodes))
            return self._filtered(nodes)

    def _filtered(self, nodes: list[Node]) -> list[Node]:
        """Return the nodes as the filter leaves them, which is stored, too."""
        result_filter = self._result_filter
        if result_filter is None:
            return nodes
        try:
            self._change(lambda: filter_results(self._graph, nodes, self.store, result_filter))
        except StoreError:
            return nodes  # the message is stored, so it must not be added again; its results stay whole
        return [self._graph.node(node.id) for node in nodes]

    def _add(self, plain: list[Any], format: str) -> list[Node]:
        for attempt in range(1, TRIES + 1):
            read = read_next(plain, self._last_message(), format)
            known = self._version
            try:
                return self._write(lambda read=read: self._append(read))
            except (ConflictError, SessionNotFoundError):
                # Another engine was first: its words are taken up by now, and the message goes behind them.
                if attempt == TRIES or self._version == known:
                    raise
        raise AssertionError("the loop returns or raises")

    @overload
    def prompt(self, to: MessageForm = "openai") -> Rendered: ...
    @overload
    def prompt(self, to: TextForm) -> str: ...
    def prompt(self, to: MessageForm | TextForm = "openai") -> Any:
        """Return the messages to send, or a text that tells them: valid for the provider, and within the budget.

        Where the budget's trigger is reached, the window is compressed to its warning threshold first, or, where
        what must stay is larger than that, as far as needed to fit. A call that still waits for its result is sent
        with a note in its place.

        Args:
            to: ``openai``, ``openai-responses`` or ``anthropic``, which give messages; ``xml`` or ``markdown``, texts.

        Raises:
            BudgetExceededError: what must stay is larger than the whole budget; nothing was changed.
        """
        with operation("prompt", self.session_id) as running:
            self.refresh()
            if self.status.needs_compression:
                self._compress()
            shown, status = close(window(self._graph), self._graph), self.budget.status
            rendered = render(shown, to)
            running.note(form=to, tokens=shown.tokens, total_tokens=status.total_tokens)
            emit(PromptRendered(self.session_id, shown.tokens, status.total_tokens, status.level.value))
            return rendered

    def expand(self, reference: str, lines: tuple[int, int] | None = None) -> str:
        """Return the original text behind a reference that stands in a prompt, or of a node by its id.

        Args:
            reference: as a prompt shows it, or a node's id.
            lines: first and last line to return, from 1; the whole text unless given.

        Raises:
            UnknownReferenceError: this session has no such reference.
            ExpiredReferenceError: it had, and retention has dropped what it held.
            ContentExpiredError: the original was dropped.
            ValueError: there are no such lines.
        """
        with operation("expand", self.session_id) as running:
            running.note_content(reference=reference)
            self.refresh()
            text = text_behind(self._graph, self._manifest, self.store, self._resolve(reference), lines)
            running.note(characters=len(text))
            return text

    def why(self, reference: str, *, max_nodes: int = 50) -> Chain:
        """Return the causes of a node, by its reference or id; for a summary's, those of the last node it covers.

        Raises:
            UnknownReferenceError: this session has no such reference.
        """
        self.refresh()
        node_id = self._resolve(reference)
        covered = self._manifest.covered(node_id)
        return causal_chain(self._graph, covered[-1] if covered else node_id, max_nodes=max_nodes)

    def pin(self, reference: str) -> Node:
        """Let compression leave a node as it is from now on; a compressed one is put back first. Return the node.

        Raises:
            UnknownReferenceError: this session has no such reference.
            ValueError: it is a summary's: pin what it stands for.
            BudgetExceededError: with it, what must stay would be larger than the whole budget; nothing was changed.
        """
        self.refresh()
        node_id = self._resolve(reference)
        self._change(lambda: self._pinned(node_id))
        return self._graph.node(node_id)

    def unpin(self, reference: str) -> Node:
        """Take a node's pin away; return the node.

        Raises:
            UnknownReferenceError: this session has no such reference.
        """
        self.refresh()
        node_id = self._resolve(reference)
        self._change(lambda: unpin(self._graph, self.store, [node_id]))
        return self._graph.node(node_id)

    def refresh(self) -> None:
        """Take up what other engines have written to the session, or erased; whatever is asked of it does so first."""
        if not isinstance(self.store, Journal):
            return
        try:
            if self.store.version(self.session_id) != self._version:
                self._load()
        except SessionNotFoundError:
            if self._version:
                self._load()

    def close(self) -> None:
        """Close the store, where it is one that can be closed."""
        self.tools.close()
        close_store = getattr(self.store, "close", None)
        if close_store is not None:
            close_store()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> None:
        try:
            # The version first: what is written between the two is taken up again, which does no harm.
            self._version = self.store.version(self.session_id) if isinstance(self.store, Journal) else 0
            self._graph = self.store.load(self.session_id)
            self._manifest = self.store.manifest(self.session_id)
        except SessionNotFoundError as error:
            self._has_expired |= isinstance(error, SessionExpiredError)
            self._version = 0
            self._graph = ContextGraph(self.session_id)
            self._manifest = Manifest(self.session_id)

    def _write(self, write: Callable[[], _T]) -> _T:
        """Run a step that changes graph and store; where it fails, take up what the store holds."""
        try:
            return write()
        except BaseException:
            self._load()
            raise

    def _append(self, messages: Iterable[Message]) -> list[Node]:
        nodes = append(self._graph, messages)
        edges = [edge for node in nodes for edge in self._graph.in_edges(node.id)]
        if nodes and isinstance(self.store, Journal):
            revision = Revision(self._version + 1, time.time(), tuple(nodes), tuple(edges))
            self.store.record(self.session_id, [revision])
            self._version += 1
        else:
            self.store.append(self.session_id, nodes, edges)
        return nodes

    def _last_message(self) -> str | None:
        leaf = self._graph.leaf
        return None if leaf is None else leaf.rpartition("/")[0]

    def _compress(self) -> None:
        """Compress to the budget's target, else as far as needed; once more where another engine was quicker."""
        limit = self.budget.total_tokens - self.budget.reserve_tokens
        try:
            self._compress_within(limit)
        except ConflictError:
            self._compress_within(limit)
        self.budget.allocate("context", window(self._graph).tokens)

    def _compress_within(self, limit: int) -> None:
        shown = close(window(self._graph), self._graph)
        notes = shown.tokens - window(self._graph).tokens
        try:
            self._compress_to(min(self.budget.target_tokens, limit) - notes)
        except BudgetExceededError as error:
            needed = error.needed + notes
            if needed > limit:
                raise BudgetExceededError(needed, limit) from None
            if shown.tokens > limit:
                self._compress_to(error.needed)

    def _compress_to(self, target: int) -> None:
        result = self._write(
            lambda: self._pipeline.compress(
                self._graph, target_tokens=max(1, target), store=self.store, manifest=self._manifest
            )
        )
        self._commit(result.manifest.changes[len(self._manifest) :])

    def _change(self, change: Callable[[], Sequence[Change]]) -> None:
        """Change the graph, and commit what was changed."""
        self._commit(self._write(change))

    def _commit(self, changes: Sequence[Change]) -> None:
        if changes:
            self._write(lambda: self.store.commit(self.session_id, changes))
            self._version += 1
            self._manifest = self._manifest.extended(changes)

    def _pinned(self, node_id: str) -> list[Change]:
        """Pin a node in the graph; raise where no prompt fits then: what must stay with it counts, too."""
        changes = pin(self._graph, self._manifest, self.store, [node_id])
        limit = self.budget.total_tokens - self.budget.reserve_tokens
        shown = window(self._graph)
        notes = close(shown, self._graph).tokens - shown.tokens
        try:
            self._pipeline.plan(self._graph, target_tokens=max(1, limit - notes))
        except BudgetExceededError as error:
            raise BudgetExceededError(error.needed + notes, limit) from None
        return changes

    def _resolve(self, reference: str) -> str:
        try:
            return resolve(self._graph, self._manifest, reference)
        except UnknownReferenceError:
            if self._has_expired and reference.startswith(f"{session_digits(self.session_id)}."):
                hint = f"session {self.session_id!r} expired, and began anew"
                raise ExpiredReferenceError(reference, hint) from None
            raise
