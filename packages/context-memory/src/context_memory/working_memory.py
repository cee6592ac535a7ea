"""Working memory: the few texts that an agent needs at hand, within bounds; all others are a look into the store away.

1. Each put is a node of a session, appended to the store before `put` returns; a deletion is one, too. The last node
   of a key says what it holds, and the ones before it stay in the session's history.
2. A bounded set of items is at hand (`working_set`). What does not fit is in the store alone, and comes back in when it
   is asked for.
3. Before each step the session's history is followed: what other processes put counts as put here.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from context_core import Node, NodeType, counter_for
from context_core.hashing import chain_id, text_bytes
from context_memory.following import Following, revision_at
from context_memory.working_set import Item, WorkingSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core import ManagedStore, Revision, TokenCounter

_ROLE = "memory"


class WorkingMemory:
    """Texts by key, bounded by tokens and number; what does not fit is evicted into the store, and never lost.

    The item with the lowest priority is evicted first; of several, the one put or got longest ago. The item that is
    put or brought in is not evicted for its own sake. Threads may share a memory; another process that opens one on
    the same session finds all that was put, and has at hand what was put last.

    Args:
        store: keeps the items.
        session_id: names the memory. Its items are kept in a session of their own beside that of the agent, `session`.
        max_tokens: tokens of all texts at hand together.
        max_items: texts at hand.
        counter: counts tokens; o200k unless given.

    Raises:
        ValueError: a bound is below 1.

    Example:
        >>> from context_core import MemoryStore
        >>> memory = WorkingMemory(MemoryStore(), "s", max_items=2)
        >>> for key in ("goal", "file", "error"):
        ...     memory.put(key, f"the {key}", priority=1 if key == "goal" else 0)
        >>> memory.keys()
        ['error', 'goal']
        >>> memory.get("file")
        'the file'
        >>> memory.keys()
        ['file', 'goal']
    """

    def __init__(
        self,
        store: ManagedStore,
        session_id: str,
        *,
        max_tokens: int = 8_000,
        max_items: int = 100,
        counter: TokenCounter | None = None,
    ) -> None:
        self.store = store
        self.session = f"working-memory:{quote(text_bytes(session_id), safe='')}"
        self.max_tokens = max_tokens
        self.max_items = max_items
        self._counter: TokenCounter = counter or counter_for()
        self._turn = Lock()
        self._begin()

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────

    def put(self, key: str, text: str, priority: int = 0) -> None:
        """Store a text under a key, in the place of what the key held, and have it at hand.

        A text of more than `max_tokens` tokens goes to the store only; others then stay at hand.

        Raises:
            StoreError: the store cannot be written.
        """
        with self._turn:
            self._write(key, text, {"key": key, **({"priority": priority} if priority else {})})

    def get(self, key: str) -> str | None:
        """Return the text of a key, None where there is none; one that was evicted is at hand again after it."""
        with self._turn:
            self._follow()
            item = self._items.use(key)
            if item is None and (item := self._stored(key)) is not None:
                self._items.put(item)
            return None if item is None else item.text

    def peek(self, key: str) -> str | None:
        """Return the text of a key, None where there is none; that is no use of it, and brings nothing in."""
        with self._turn:
            self._follow()
            item = self._items.peek(key) or self._stored(key)
            return None if item is None else item.text

    def delete(self, key: str) -> bool:
        """Forget a key, at hand and in the store; return whether it held a text.

        What it held stays in the session's history until the session is purged.
        """
        with self._turn:
            self._follow()
            if key not in self._places:
                return False
            self._write(key, "", {"key": key, "deleted": True})
            return True

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def tokens(self) -> int:
        """Tokens of all texts at hand."""
        with self._turn:
            self._follow()
            return self._items.tokens

    def keys(self) -> list[str]:
        """Return the keys of the texts at hand, the next to be evicted first."""
        with self._turn:
            self._follow()
            return self._items.keys()

    def __contains__(self, key: object) -> bool:
        """Return whether the text of a key is at hand."""
        return key in self.keys()

    def stored_keys(self) -> list[str]:
        """Return all keys, those of evicted texts included, the one put last at the end."""
        with self._turn:
            self._follow()
            return list(self._places)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        self._items = WorkingSet(self.max_tokens, self.max_items)
        self._places: dict[str, int] = {}
        self._last = ""
        self._following = Following(self.store, self.session)
        self._take(self._following.news() or ())

    def _follow(self) -> None:
        news = self._following.news()
        if news is None:
            self._begin()
        else:
            self._take(news)

    def _take(self, revisions: Iterable[Revision]) -> None:
        for revision in revisions:
            for node in revision.nodes:
                self._note(node, revision.version)

    def _note(self, node: Node, version: int) -> None:
        """Let a node say what its key holds from its version on."""
        self._last = node.id
        key = node.metadata.get("key")
        if not isinstance(key, str):
            return
        self._places.pop(key, None)
        if node.metadata.get("deleted"):
            self._items.drop(key)
        else:
            self._places[key] = version
            self._items.put(self._item(node))

    def _write(self, key: str, text: str, metadata: dict[str, Any]) -> None:
        while True:
            self._follow()
            tokens = self._counter.count(text)
            version = self._following.version + 1
            name = chain_id(self._last, *map(text_bytes, (str(version), key, text))) + "/0"
            node = Node(name, NodeType.MESSAGE, _ROLE, text, tokens, metadata=metadata)
            if self._following.write([node], []):
                self._note(node, version)
                return

    def _stored(self, key: str) -> Item | None:
        """Return an item as the store has it."""
        version = self._places.get(key)
        revision = None if version is None else revision_at(self.store, self.session, version)
        nodes = () if revision is None else reversed(revision.nodes)
        return next((self._item(node) for node in nodes if node.metadata.get("key") == key), None)

    def _item(self, node: Node) -> Item:
        priority = node.metadata.get("priority", 0)
        return Item(node.metadata["key"], node.content, priority, self._counter.count(node.content))
