"""What a session's prompt costs at each moment, without making a window at each.

`context_core.window` reads a whole branch; asked after each of n nodes, that is n² steps. The meter keeps the same sum
while nodes come, branches change and compressions happen, and moves only what differs:

1. The branch is a stack. A new end that follows the old one is pushed; for any other, what the two branches do not
   share is popped and pushed.
2. A node is seen for each reason to stand in the window: it is on the branch, of an assistant's message on it, or of
   a message with a result of a call that is. It goes when its last reason does.
3. A seen node that a summary covers gives way to the summary, which stands as long as it covers something seen.
4. Of the calls that are shown, those without a result wait; all but those of the last message cost a note.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from context_core import Edge, EdgeType, Node, NodeType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from context_core import Change


class WindowMeter:
    """Tokens of the window of a session that grows, is compressed, and is restored.

    Args:
        note_tokens: returns what the note costs that stands for the missing result of a call, given its node.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph, meter = ContextGraph("s"), WindowMeter(lambda call: 0)
        >>> for text in ("hi", "how are you?"):
        ...     node = graph.add_message("user", text)
        ...     _ = meter.append(node, graph.in_edges(node.id))
        >>> meter.tokens == window(graph).tokens
        True
    """

    def __init__(self, note_tokens: Callable[[Node], int]) -> None:
        self._note_tokens = note_tokens
        self._nodes: dict[str, Node] = {}
        self._tokens: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._order: list[str] = []
        self._parts: defaultdict[str, list[str]] = defaultdict(list)
        self._parent: dict[str, str] = {}
        self._calls: defaultdict[str, list[str]] = defaultdict(list)
        self._results: defaultdict[str, list[str]] = defaultdict(list)
        self._branch: dict[str, None] = {}
        self._awaited: set[str] = set()
        self._has_main_thread = False
        self._reached, self._speaking, self._answering = Counter[str](), Counter[str](), Counter[str]()
        self._seen, self._answered = Counter[str](), Counter[str]()
        self._covers: defaultdict[str, set[str]] = defaultdict(set)
        self._covered: defaultdict[str, set[str]] = defaultdict(set)
        self._owner: dict[str, str] = {}
        self._shown: set[str] = set()
        self._shown_tokens = 0
        self._waiting: dict[str, None] = {}
        self._uncounted: dict[str, None] = {}
        self._waiting_in = Counter[str]()
        self._waiting_tokens = 0
        self._waiting_of = Counter[str]()

    @property
    def tokens(self) -> int:
        """What the window costs now, as `context_core.Window.tokens` counts it."""
        if not self._waiting:
            return self._shown_tokens
        last = self._last_message() or ""
        if len(self._waiting_in) == 1 and last in self._waiting_in:
            return self._shown_tokens
        self._count_notes()
        return self._shown_tokens + self._waiting_tokens - self._waiting_of[last]

    @property
    def leaf(self) -> str | None:
        """Id of the branch's last node."""
        return next(reversed(self._branch), None)

    @property
    def summaries(self) -> set[str]:
        """Ids of the summaries that are there."""
        return {node.id for node in self._nodes.values() if node.type is NodeType.SUMMARY}

    # ── growing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, node: Node, edges: Iterable[Edge]) -> bool:
        """Add a node with the edges that enter it; return whether it is the branch's new end."""
        for edge in edges:
            self.join(edge)
        self._take(node)
        if self._speaking[node.message_id]:
            self._reach(node.id, 1)
        if self._answering[node.message_id]:
            self._see(node.id, 1)
        for call in self._calls.get(node.id, ()):
            if self._reached[call]:
                self._answer(node.id, 1)
        is_main = "thread" not in node.metadata
        leads = is_main or not self._has_main_thread
        self._has_main_thread |= is_main
        if leads:
            self._lead(node.id)
        elif node.id in self._awaited:
            self._lead_again()
        return leads

    def join(self, edge: Edge) -> None:
        """Take an edge; those that no window follows are passed over."""
        if edge.type is EdgeType.TEMPORAL and edge.target not in self._parent:
            self._parent[edge.target] = edge.source
            if edge.target in self._branch:
                self._lead_again()
        elif edge.type is EdgeType.TOOL_IO and edge.source not in self._calls[edge.target]:
            self._calls[edge.target].append(edge.source)
            self._results[edge.source].append(edge.target)
            if edge.target in self._nodes:
                self._join_late(edge)

    def _join_late(self, edge: Edge) -> None:
        """Join a call to a result that was there before the edge."""
        if edge.target in self._shown:
            self._answered[edge.source] += 1
            self._wait(edge.source)
        if self._reached[edge.source]:
            self._answer(edge.target, 1)

    def _take(self, node: Node) -> None:
        self._nodes[node.id] = node
        self._tokens[node.id] = node.tokens
        self._places[node.id] = len(self._order)
        self._order.append(node.id)
        self._parts[node.message_id].append(node.id)

    # ── compressing ──────────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, change: Change) -> None:
        """Take a change of the manifest; one of a node that is not there is passed over."""
        for edge in change.edges_removed:
            self._uncover(edge)
        if change.before is None and change.after is not None:
            self.add_summary(Node.from_record(change.after.record, ""))
        elif change.after is None:
            self.remove_summary(change.node_id)
        else:
            self.set_tokens(change.node_id, change.after.record["tokens"])
        for edge in change.edges_added:
            self.cover(edge)

    def set_tokens(self, node_id: str, tokens: int) -> None:
        """Note what a node costs from now on."""
        if node_id in self._shown:
            self._shown_tokens += tokens - self._tokens[node_id]
        if node_id in self._tokens:
            self._tokens[node_id] = tokens

    def add_summary(self, summary: Node) -> None:
        """Add a summary that covers nothing yet; one that is there already is passed over."""
        if summary.id not in self._nodes:
            self._take(summary)

    def remove_summary(self, node_id: str) -> None:
        """Take a summary away; what it covered stands for itself again."""
        node = self._nodes.get(node_id)
        if node is None or node.type is not NodeType.SUMMARY:
            return
        for target in list(self._covered[node_id]):
            self._uncover(Edge(node_id, target, EdgeType.SUMMARIZES))
        for owner in list(self._covers[node_id]):
            self._uncover(Edge(owner, node_id, EdgeType.SUMMARIZES))
        self._parts[node.message_id].remove(node_id)
        del self._nodes[node_id], self._tokens[node_id]

    def cover(self, edge: Edge) -> None:
        """Let a summary stand for a node, where the edge says that it does."""
        if edge.type is EdgeType.SUMMARIZES and edge.source in self._nodes:
            self._covered[edge.source].add(edge.target)
            self._covers[edge.target].add(edge.source)
            self._own(edge.target)

    def cover_just(self, summary: str, edges: Iterable[Edge]) -> None:
        """Let a summary stand for what the edges say, and for nothing else."""
        wanted = list(edges)
        for target in self._covered[summary] - {edge.target for edge in wanted}:
            self._uncover(Edge(summary, target, EdgeType.SUMMARIZES))
        for edge in wanted:
            self.cover(edge)

    def _uncover(self, edge: Edge) -> None:
        if edge.type is EdgeType.SUMMARIZES:
            self._covered[edge.source].discard(edge.target)
            self._covers[edge.target].discard(edge.source)
            self._own(edge.target)

    def _own(self, node_id: str) -> None:
        """Give a node to the first summary that covers it; a summary only to one that was made after it."""
        node = self._nodes.get(node_id)
        is_summary = node is not None and node.type is NodeType.SUMMARY
        first = self._places[node_id] if is_summary else -1
        owners = [owner for owner in self._covers[node_id] if self._places[owner] > first]
        owner = min(owners, key=self._places.__getitem__, default=None)
        if owner == self._owner.get(node_id):
            return
        if self._seen[node_id]:
            self._stand(node_id, -1)
        self._owner.pop(node_id, None)
        if owner is not None:
            self._owner[node_id] = owner
        if self._seen[node_id]:
            self._stand(node_id, 1)

    # ── what is seen ─────────────────────────────────────────────────────────────────────────────────────────────

    def _lead(self, leaf: str) -> None:
        """Make the branch that of a leaf."""
        path: dict[str, None] = {}
        at: str | None = leaf
        while at is not None and at in self._nodes and at not in self._branch and at not in path:
            path[at] = None
            at = self._parent.get(at)
        if at is not None and at not in self._nodes:
            self._awaited.add(at)
        while self._branch and self.leaf != at:
            last, _ = self._branch.popitem()
            self._step(last, -1)
        for node_id in reversed(path):
            self._branch[node_id] = None
            self._step(node_id, 1)

    def _lead_again(self) -> None:
        """Make the branch anew, as something is known of its nodes that was not known before."""
        leaf = self.leaf
        while self._branch:
            self._step(self._branch.popitem()[0], -1)
        if leaf is not None:
            self._lead(leaf)

    def _step(self, node_id: str, by: int) -> None:
        self._reach(node_id, by)
        node = self._nodes[node_id]
        if node.role == "assistant" and _turns(self._speaking, node.message_id, by):
            for part in self._parts[node.message_id]:
                self._reach(part, by)

    def _reach(self, node_id: str, by: int) -> None:
        if not _turns(self._reached, node_id, by):
            return
        if self._nodes[node_id].type is NodeType.TOOL_CALL:
            for result in self._results.get(node_id, ()):
                if result in self._nodes:
                    self._answer(result, by)
        self._see(node_id, by)

    def _answer(self, result: str, by: int) -> None:
        message = self._nodes[result].message_id
        if _turns(self._answering, message, by):
            for part in self._parts[message]:
                self._see(part, by)

    def _see(self, node_id: str, by: int) -> None:
        if _turns(self._seen, node_id, by):
            self._stand(node_id, by)

    def _stand(self, node_id: str, by: int) -> None:
        """Show a node, or have its summary stand for one more; or the other way round."""
        owner = self._owner.get(node_id)
        if owner is not None:
            self._see(owner, by)
        else:
            self._show(node_id, by)

    def _show(self, node_id: str, by: int) -> None:
        self._shown_tokens += by * self._tokens[node_id]
        (self._shown.add if by > 0 else self._shown.discard)(node_id)
        type = self._nodes[node_id].type
        if type is NodeType.TOOL_CALL:
            self._wait(node_id)
        elif type is NodeType.TOOL_RESULT:
            for call in self._calls.get(node_id, ()):
                self._answered[call] += by
                self._wait(call)

    # ── calls that wait ──────────────────────────────────────────────────────────────────────────────────────────

    def _wait(self, call: str) -> None:
        waits = call in self._shown and not self._answered[call]
        if waits == (call in self._waiting):
            return
        message = self._nodes[call].message_id
        self._waiting_in[message] += 1 if waits else -1
        if not self._waiting_in[message]:
            del self._waiting_in[message]
        if waits:
            self._waiting[call] = self._uncounted[call] = None
            return
        del self._waiting[call]
        if call in self._uncounted:
            del self._uncounted[call]
        else:
            self._add_note(call, -1)

    def _count_notes(self) -> None:
        """Count the notes of calls that began to wait: those of the last message, most calls, never need to be."""
        for call in self._uncounted:
            self._add_note(call, 1)
        self._uncounted = {}

    def _add_note(self, call: str, by: int) -> None:
        tokens = by * self._note_tokens(self._nodes[call])
        self._waiting_tokens += tokens
        self._waiting_of[self._nodes[call].message_id] += tokens

    def _last_message(self) -> str | None:
        """Return the message of the last node shown that is no result."""
        for place in range(len(self._order) - 1, -1, -1):
            node_id = self._order[place]
            node = self._nodes.get(node_id)
            if node is None or node.type is NodeType.SUMMARY:
                continue
            if node_id in self._shown and node.type is not NodeType.TOOL_RESULT:
                return node.message_id
            owner = self._top(node_id) if self._seen[node_id] and node_id in self._owner else None
            if owner is not None and self._first_place(owner) == place:
                return self._nodes[owner].message_id
        return None

    def _top(self, node_id: str) -> str:
        while node_id in self._owner:
            node_id = self._owner[node_id]
        return node_id

    def _first_place(self, node_id: str) -> int:
        """Return the place of a node; of a summary, that of the first node it stands for."""
        owned = [name for name in self._covered.get(node_id, ()) if self._seen[name] and self._owner[name] == node_id]
        return min(map(self._first_place, owned), default=self._places[node_id])


def _turns(counts: Counter[str], key: str, by: int) -> bool:
    """Count by one up or down; return whether the first reason came or the last one went."""
    counts[key] += by
    return counts[key] == (1 if by > 0 else 0)
