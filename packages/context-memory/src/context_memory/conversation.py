"""Conversation memory: what users and agents said to each other, by scope and conversation.

1. A conversation is a session of the store; its id is made from scope and conversation (`conversation_ids`).
2. A message goes right behind what the store holds. Where another writer was first, it is read anew and put behind that
   writer's words, so that both stand in a row, in the order of the store.
3. The graphs of the conversations used last are kept. What others wrote since is taken in from the history; a
   conversation is loaded anew only where it was compressed, restored or erased.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from context_core import (
    ContentNotFoundError,
    ContextGraph,
    Manifest,
    NodeType,
    SessionExpiredError,
    SessionNotFoundError,
    VersionNotFoundError,
    append,
    read_next,
    render,
    window,
)
from context_core.provider_message import provider_message
from context_memory.as_said import as_said
from context_memory.conversation_ids import conversation_in, scope_prefix, session_id_of
from context_memory.following import Following, last_known
from context_memory.in_a_row import line_up, take_in
from context_memory.last_messages import last_messages

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from context_core import ManagedStore, Node, Window
    from context_core.renderers.rendered import Rendered

    Form = Literal["openai", "anthropic"]


@dataclass(slots=True)
class _Kept:
    """A conversation in this process; its graph and what is known of it belong to whoever holds the lock."""

    following: Following
    graph: ContextGraph | None = None
    lock: Lock = field(default_factory=Lock)


class ConversationMemory:
    """Conversations of many users in one store; scope and conversation are arguments of each call.

    A message is never lost: it stands in `messages`, or what stands in its place leads back to it, and
    `messages_only` always has it. Threads may share a memory, and any number of memories and processes a store. A
    conversation that is not there is an empty one, and begins with the first message that is added to it.

    Args:
        store: keeps the conversations, beside any other sessions.
        max_kept: conversations whose graphs are kept in this process; others are loaded when they are used.

    Raises:
        ValueError: `max_kept` is below 1.

    Example:
        >>> from context_core import MemoryStore
        >>> memory = ConversationMemory(MemoryStore())
        >>> _ = memory.add("anna", "trip", {"role": "user", "content": "To Rome, please."})
        >>> memory.messages("anna", "trip")
        [{'role': 'user', 'content': 'To Rome, please.'}]
        >>> memory.messages("bert", "trip")
        []
    """

    def __init__(self, store: ManagedStore, *, max_kept: int = 64) -> None:
        if max_kept < 1:
            raise ValueError(f"got max_kept={max_kept}; expected at least 1")
        self.store = store
        self._max_kept = max_kept
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._turn = Lock()

    # ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────

    def add(
        self,
        scope: str,
        conversation: str,
        messages: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Any,
        *,
        format: str = "auto",
    ) -> list[Node]:
        """Append messages to a conversation and store them, all or none; return their nodes.

        Args:
            scope: whose conversation it is: a user, a tenant, any text.
            conversation: its name within the scope, any text.
            messages: one message or several, in OpenAI Chat's or Anthropic's form; an SDK's object will do.
            format: ``openai-chat`` or ``anthropic-messages``; found by content unless given.

        Raises:
            TranscriptError: a message is damaged; nothing was added.
            StoreError: the store cannot be written.
        """
        given: list[Any] = list(messages) if isinstance(messages, (list, tuple)) else [messages]
        said = [provider_message(message) for message in given]
        session_id = session_id_of(scope, conversation)
        with self._in_turn(session_id) as kept:
            while True:
                graph = self._present(session_id, kept, begins=True)
                kept.graph = None  # until it is written: a graph that runs ahead of the store is no use
                nodes = append(graph, read_next(said, _last_message(graph), format))
                edges = [edge for node in nodes for edge in graph.in_edges(node.id)]
                if kept.following.write(nodes, edges):
                    kept.graph = graph
                    return nodes

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def messages(self, scope: str, conversation: str, limit: int | None = None, *, to: Form = "openai") -> Rendered:
        """Return a conversation as a prompt holds it: with summaries and pointers where compression has put them.

        Args:
            scope: whose conversation it is.
            conversation: its name within the scope.
            limit: messages at most, the last ones. A result comes with its call or not at all, so there may be fewer.
            to: ``openai`` or ``anthropic``; the latter's system prompt stands in the attribute ``system``.

        Raises:
            SessionExpiredError: retention has dropped the conversation.
            ValueError: the limit is below 0.
        """
        session_id = session_id_of(scope, conversation)
        with self._in_turn(session_id) as kept:
            shown = window(self._present(session_id, kept))
        return last_messages(render(shown, to), limit)

    def messages_only(
        self, scope: str, conversation: str, limit: int | None = None, *, to: Form = "openai"
    ) -> Rendered:
        """Return a conversation's messages as they were said: originals restored, no summaries, nothing added.

        They come in the order of the store, each result behind its call. The arguments are those of `messages`.

        Raises:
            SessionExpiredError: retention has dropped the conversation.
            ContentNotFoundError: the store lacks an original.
            ValueError: the limit is below 0.
        """
        session_id = session_id_of(scope, conversation)
        with self._in_turn(session_id) as kept:
            said = self._said(session_id, kept)
        return last_messages(render(said, to), limit)

    def count(self, scope: str, conversation: str) -> int:
        """Return how many messages were said in a conversation; summaries are none.

        Raises:
            SessionExpiredError: retention has dropped the conversation.
        """
        session_id = session_id_of(scope, conversation)
        with self._in_turn(session_id) as kept:
            return _count(self._present(session_id, kept))

    def conversations(self, scope: str) -> list[str]:
        """Return the conversations of a scope, the last one written to last; all sessions of the store are looked at.

        A conversation that was cleared is one of them, one that was deleted is not.
        """
        found = (conversation_in(session_id, scope) for session_id in self.store.sessions())
        return [conversation for conversation in found if conversation is not None]

    # ── compressing ──────────────────────────────────────────────────────────────────────────────────────────────

    def session_id(self, scope: str, conversation: str) -> str:
        """Return the id of a conversation's session in the store: what `commit` takes changes of its graph under."""
        return session_id_of(scope, conversation)

    def session_prefix(self, scope: str) -> str:
        """Return what the session ids of a scope, and of no other, begin with: the `scope` of a recall."""
        return scope_prefix(scope)

    def graph(self, scope: str, conversation: str) -> ContextGraph:
        """Return a conversation's graph in its present state; it is the caller's own, to compress and to ask.

        Raises:
            SessionExpiredError: retention has dropped the conversation.
        """
        return self._loaded(session_id_of(scope, conversation))

    def manifest(self, scope: str, conversation: str) -> Manifest:
        """Return what compression changed in a conversation; with the store it brings every original back.

        Raises:
            SessionExpiredError: retention has dropped the conversation.
        """
        return self._manifest(session_id_of(scope, conversation))

    # ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def clear(self, scope: str, conversation: str) -> bool:
        """Erase what was said in a conversation, originals included; return whether the conversation was there.

        The empty conversation stays listed. One that was not there is not made.
        """
        session_id = session_id_of(scope, conversation)
        with self._in_turn(session_id):
            was_there = self._purged(session_id)
            if was_there:
                self.store.append(session_id, [], [])
            return was_there

    def delete(self, scope: str, conversation: str | None = None) -> list[str]:
        """Erase a conversation, or all of a scope, originals included; return the names of those that were there."""
        names = self.conversations(scope) if conversation is None else [conversation]
        return [name for name in names if self._delete(session_id_of(scope, name))]

    def _delete(self, session_id: str) -> bool:
        with self._in_turn(session_id):
            return self._purged(session_id)

    def _purged(self, session_id: str) -> bool:
        with self._turn:
            self._kept.pop(session_id, None)
        try:
            self.store.purge(session_id)
        except SessionNotFoundError:
            return False
        return True

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _in_turn(self, session_id: str) -> Generator[_Kept]:
        """Give what is kept of a conversation, to one thread at a time; a failing step leaves nothing behind."""
        with self._turn:
            kept = self._kept.setdefault(session_id, _Kept(Following(self.store, session_id)))
            self._kept.move_to_end(session_id)
            while len(self._kept) > self._max_kept:
                self._kept.popitem(last=False)
        with kept.lock:
            yield kept

    def _present(self, session_id: str, kept: _Kept, *, begins: bool = False) -> ContextGraph:
        """Return the graph in the state of the store.

        Args:
            session_id: the conversation's session.
            kept: what is known of it; brought up to date.
            begins: whether a conversation that expired is taken for one that begins anew.
        """
        graph, kept.graph = kept.graph, None
        news = None if graph is None else kept.following.news()
        if graph is None or news is None or any(revision.changes for revision in news):
            graph = self._begun(session_id, kept, begins)
        else:
            for revision in news:
                take_in(graph, revision)
        kept.graph = graph
        return graph

    def _said(self, session_id: str, kept: _Kept) -> Window:
        while True:
            graph = self._present(session_id, kept)
            try:
                return as_said(graph, self._manifest(session_id, kept.following.version), self.store)
            except (ContentNotFoundError, VersionNotFoundError):
                if kept.following.news() == []:
                    raise
                kept.graph = None  # erased in that moment, with its originals

    def _begun(self, session_id: str, kept: _Kept, begins: bool) -> ContextGraph:
        while True:
            kept.following = Following(self.store, session_id, last_known(self.store, session_id))
            try:
                return self._loaded(session_id, kept.following.version)
            except SessionExpiredError:
                if begins:
                    return ContextGraph(session_id)
                raise
            except VersionNotFoundError:  # erased in that moment, and begun anew
                continue

    def _loaded(self, session_id: str, version: int | None = None) -> ContextGraph:
        try:
            graph = self.store.load(session_id, version=version)
        except SessionExpiredError:
            raise
        except SessionNotFoundError:
            return ContextGraph(session_id)
        line_up(graph, list(graph.nodes()))
        return graph

    def _manifest(self, session_id: str, version: int | None = None) -> Manifest:
        try:
            return self.store.manifest(session_id, version=version)
        except SessionExpiredError:
            raise
        except SessionNotFoundError:
            return Manifest(session_id)


def _last_message(graph: ContextGraph) -> str | None:
    return None if graph.leaf is None else graph.leaf.rpartition("/")[0]


def _count(graph: ContextGraph) -> int:
    return len({node.message_id for node in graph.nodes() if node.type is not NodeType.SUMMARY})
