"""ContextGraph: stores and indexes nodes and edges; algorithms are functions elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.causes import Uncaused, causes_of
from context_core.edge import Edge, EdgeType
from context_core.entry import Entry, insert_late
from context_core.errors import ConflictError, NodeNotFoundError
from context_core.handmade import call_node, message_node, result_node
from context_core.links import attach
from context_core.node import Node, NodeType
from context_core.projection import (
    is_projected,
    projected_edges,
    projected_node,
    projected_nodes,
    references,
    to_networkx,
)
from context_core.references import References
from context_core.tokens import TokenCounter, counter_for
from context_core.value_index import ValueIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from networkx import MultiDiGraph

    from context_core.value_index import Originals

_LATE = (None, EdgeType.CAUSAL)  # asking for edges of these types may mean some that are still to be made


class ContextGraph:
    """A mutable container of immutable nodes and typed edges.

    CAUSAL edges into what an assistant says or calls are made when such edges, or values, are first asked for; until
    then the graph holds the nodes added since as they were then. As asking may do work, threads sharing it take turns.

    Args:
        session_id: names the session that the graph is of; references and manifests carry it.
        counter: counts the tokens of what is added; o200k unless given.
        originals: looks up compressed nodes as they were appended; `assemble` says more.

    Example:
        >>> graph = ContextGraph(session_id="s")
        >>> question = graph.add_message(role="user", content="Which files are there?")
        >>> call = graph.add_tool_call("ls", {"path": "src"})
        >>> result = graph.add_tool_result(call.id, ["a.py", "b.py"])
        >>> [edge.type.value for edge in graph.in_edges(result.id)]
        ['temporal', 'tool_io', 'causal']
    """

    def __init__(
        self, session_id: str, *, counter: TokenCounter | None = None, originals: Originals | None = None
    ) -> None:
        self.session_id = session_id
        self.counter: TokenCounter = counter or counter_for()
        self._entries: dict[str, Entry] = {}
        self._order: list[str | None] = []
        self._total_tokens = 0
        self._calls: dict[str, list[str]] = {}
        self._open_calls: dict[str, dict[str, None]] = {}
        self._messages: dict[str, str | list[str]] = {}
        self._summaries: dict[str, None] = {}
        self._references = References(session_id)
        self._values = ValueIndex(originals)
        self._uncaused: dict[str, Uncaused] = {}
        self._leaf: str | None = None
        self._has_main_thread = False

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def total_tokens(self) -> int:
        """Tokens of all nodes, kept as they come and go."""
        return self._total_tokens

    @property
    def leaf(self) -> str | None:
        """Id of the node last appended to the main thread, or to any where there is none: the current branch's end."""
        return self._leaf

    @property
    def nx(self) -> MultiDiGraph[str]:
        """A networkx view, made anew when asked for: node attribute ``node``, edge keys are `EdgeType` values.

        Entities and artifacts stand in it as nodes, and who mentions them as REFERENCES edges.
        """
        return to_networkx(self)

    @property
    def values(self) -> ValueIndex:
        """Where each value stands: the posting lists of all nodes, summaries left out."""
        self._make_causes()  # first, as each part asks of the values before it alone
        self._values.catch_up()
        return self._values

    def node(self, node_id: str) -> Node:
        """Return the node of an id; that of an entity or artifact is projected from who mentions it.

        Raises:
            NodeNotFoundError: there is none.
        """
        entry = self._entries.get(node_id)
        if entry is not None:
            return entry.node
        node = projected_node(self, node_id) if is_projected(node_id) else None
        if node is None:
            raise NodeNotFoundError(node_id, self.session_id)
        return node

    def node_at(self, position: int) -> Node | None:
        """Return the node that was added at a place in the order, or None where it was removed since."""
        node_id = self._order[position]
        return None if node_id is None else self._entries[node_id].node

    def nodes(self, type: NodeType | None = None) -> Iterator[Node]:
        """Yield the nodes in the order they were added, all or those of one type.

        Entities and artifacts are not stored but follow from what is: they come only when asked for by their type.
        """
        if type is NodeType.ENTITY or type is NodeType.ARTIFACT:
            yield from projected_nodes(self, type)
        for entry in self._entries.values():
            if type is None or entry.node.type is type:
                yield entry.node

    def edges(self, type: EdgeType | None = None) -> Iterator[Edge]:
        """Yield the edges, by source in the order of the nodes, all or those of one type.

        REFERENCES and SAME_ENTITY edges are projected, as the nodes are that they join: ask for them by type.
        """
        for source in self._entries:
            yield from self.out_edges(source, type)
        if type is EdgeType.SAME_ENTITY:
            for entity in projected_nodes(self, NodeType.ENTITY):
                yield from self.out_edges(entity.id, type)

    def in_edges(self, node_id: str, type: EdgeType | None = None) -> Iterator[Edge]:
        """Yield the edges that enter a node, in the order they were added."""
        if is_projected(node_id) and node_id not in self._entries:
            yield from projected_edges(self, node_id, type, incoming=True)
            return
        if node_id in self._uncaused and type in _LATE:
            self._make_causes()
        yield from (edge for edge in self._entry(node_id).incoming if type is None or edge.type is type)

    def out_edges(self, node_id: str, type: EdgeType | None = None) -> Iterator[Edge]:
        """Yield the edges that leave a node, in the order they were added."""
        if is_projected(node_id) and node_id not in self._entries:
            yield from projected_edges(self, node_id, type, incoming=False)
            return
        entry = self._entry(node_id)
        if type in _LATE and entry.node.type is not NodeType.SUMMARY:  # a summary causes nothing
            self._make_causes()
        yield from (edge for edge in entry.outgoing if type is None or edge.type is type)
        if type is EdgeType.REFERENCES:
            yield from references(self, entry.node)

    def has_edge(self, edge: Edge) -> bool:
        """Return whether an edge of that source, target and type is there."""
        if edge.type is EdgeType.CAUSAL and edge.target in self._uncaused:
            self._make_causes()
        return edge.target in self and self._entries[edge.target].edge_like(edge) is not None

    def position(self, node_id: str) -> int:
        """Return a node's place in the order in which nodes were added."""
        return self._entry(node_id).position

    def calls(self, call_id: str) -> Sequence[str]:
        """Return the ids of the call nodes that carry a provider's call id, in order; providers reuse ids."""
        return self._calls.get(call_id, ())

    def open_call(self, call_id: str) -> str | None:
        """Return the id of the first call node of a provider's call id that has no result yet, or None."""
        return next(iter(self._open_calls.get(call_id, ())), None)

    def message_parts(self, message_id: str) -> Sequence[str]:
        """Return the ids of the nodes of one provider message, in order."""
        parts = self._messages.get(message_id, ())
        return (parts,) if isinstance(parts, str) else parts

    def reference(self, node_id: str) -> str:
        """Return the reference that a model is shown for a node; it never changes as the graph grows."""
        return self._references.of(self.node(node_id))

    def reference_of(self, node: Node) -> str:
        """Return the reference of a node that is, was, or is about to be in the graph."""
        return self._references.of(node)

    def find(self, reference: str) -> str | None:
        """Return the id of the node that a reference names, or None where it names none of this graph."""
        node_id = self._references.find(reference)
        return node_id if node_id in self else None

    def summaries(self) -> Sequence[str]:
        """Return the ids of the summary nodes."""
        return tuple(self._summaries)

    def instruction(self, node_id: str | None) -> str | None:
        """Return the id of the user's message in force at a node: the latest on its branch, or None."""
        return None if node_id is None or node_id not in self else self._entries[node_id].instruction

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"ContextGraph({self.session_id!r}: {len(self):,} nodes, {self._total_tokens:,} tokens)"

    # ── appending by hand ────────────────────────────────────────────────────────────────────────────────────────

    def add_message(self, role: str, content: str, *, pinned: bool = False, created_at: float | None = None) -> Node:
        """Append a text message to the current branch."""
        return self._append(message_node(self, role, content, pinned=pinned, created_at=created_at))

    def add_tool_call(
        self,
        tool_name: str,
        arguments: dict[str, Any] | str,
        *,
        call_id: str | None = None,
        created_at: float | None = None,
    ) -> Node:
        """Append a call of a tool to the current branch.

        Calls appended one after another belong to one message, as parallel calls do.

        Args:
            tool_name: the tool.
            arguments: the arguments, or their JSON text as the model wrote it.
            call_id: the provider's id; derived from the node's place unless given.
            created_at: seconds since the epoch.
        """
        return self._append(call_node(self, tool_name, arguments, call_id=call_id, created_at=created_at))

    def add_tool_result(self, call_node_id: str, value: Any, *, created_at: float | None = None) -> Node:
        """Append the result of a call to the current branch.

        Args:
            call_node_id: id of the call's node.
            value: the text, or any JSON value, kept as its JSON text.
            created_at: seconds since the epoch.

        Raises:
            NodeNotFoundError: no such call.
            ConflictError: the node is not a call.
        """
        return self._append(result_node(self, self.node(call_node_id), value, created_at=created_at))

    def _append(self, node: Node) -> Node:
        after = self._leaf
        turn = self.node(after).turn if after is not None else 0
        node = node.evolve(turn=turn + node.is_instruction)
        self.add(node)
        attach(self, node, after)
        return node

    # ── storing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, node: Node) -> bool:
        """Add a node without edges; return False where the very same is there already.

        Raises:
            ConflictError: another node has that id.
        """
        there = self._entries.get(node.id)
        if there is not None:
            if there.node == node:
                return False
            raise ConflictError(
                f"node {node.id!r} is in session {self.session_id!r} already with other bytes; "
                "ids name one content for ever, so give the new node its own id"
            )
        entry = Entry(node, len(self._order))
        self._entries[node.id] = entry
        self._order.append(node.id)
        self._references.expect(node)
        self._total_tokens += node.tokens
        self._index(node, entry.position)
        return True

    def put(self, node: Node) -> Node:
        """Put a node in the place of the one that has its id; return the one that was there.

        Raises:
            NodeNotFoundError: no node has that id.
            ConflictError: the new node is of another type, message or call.
        """
        entry = self._entry(node.id)
        old = entry.node
        if (old.type, old.message_id, old.call_id) != (node.type, node.message_id, node.call_id):
            raise ConflictError(f"node {node.id!r} may change its content, not its type, message or call")
        entry.node = node
        self._total_tokens += node.tokens - old.tokens
        return old

    def remove(self, node_id: str) -> Node:
        """Remove a node with its edges, and return it; only what compression added is ever removed.

        Raises:
            NodeNotFoundError: no such node.
            ConflictError: it is not a summary.
        """
        node = self.node(node_id)
        if node.type is not NodeType.SUMMARY:
            raise ConflictError(f"node {node_id!r} is a {node.type.value}; only a summary can be removed")
        entry = self._entry(node_id)
        for edge in (*entry.incoming, *entry.outgoing):
            self.remove_edge(edge)
        self._messages.pop(node.message_id, None)
        self._order[entry.position] = None
        del self._entries[node_id], self._summaries[node_id]
        self._total_tokens -= node.tokens
        return node

    def add_edge(self, source_id: str, target_id: str, type: EdgeType, **evidence: Any) -> Edge:
        """Join two nodes; an edge of that type between them keeps its first evidence.

        Raises:
            NodeNotFoundError: an end is not in the graph.
        """
        return self.join(Edge(source_id, target_id, type, evidence))

    def join(self, edge: Edge) -> Edge:
        """Add an edge as it is; where one of its type joins the two already, that one stays and is returned."""
        source, target = self._entry(edge.source), self._entry(edge.target)
        is_last = target.position == len(self._order) - 1 and edge.target not in self._uncaused
        if edge.type is not EdgeType.SUMMARIZES and not is_last:
            self._make_causes()  # whose place is before it
        there = target.edge_like(edge)
        if there is not None:
            return there
        source.outgoing.append(edge)
        target.incoming.append(edge)
        if edge.type is EdgeType.TOOL_IO:
            self._close_call(source.node)
        return edge

    def remove_edge(self, edge: Edge) -> None:
        """Take an edge out; one that is not there is left so."""
        if edge.type is not EdgeType.SUMMARIZES:
            self._make_causes()
        there = self._entries[edge.target].edge_like(edge) if edge.target in self else None
        if there is not None:
            self._entries[edge.source].outgoing.remove(there)
            self._entries[edge.target].incoming.remove(there)

    def set_instruction(self, node_id: str, instruction: str | None) -> None:
        """Note which user's message is in force at a node."""
        if instruction is not None:
            self._entry(node_id).instruction = instruction

    def expect_causes(self, part: Uncaused) -> None:
        """Note that the node added last is an assistant's part, whose causes are made when something asks for them."""
        self._uncaused[part.node.id] = part

    def _make_causes(self) -> None:
        if self._uncaused:
            edges = list(causes_of(self, self._values, self._uncaused.values()))
            self._uncaused = {}
            insert_late(self._entries, edges)

    def _index(self, node: Node, position: int) -> None:
        message_id = node.message_id
        parts = self._messages.get(message_id)
        if parts is None:
            self._messages[message_id] = node.id  # most messages have one part, and a list a message costs 90 bytes
        elif isinstance(parts, str):
            self._messages[message_id] = [parts, node.id]
        else:
            parts.append(node.id)
        if node.type is NodeType.SUMMARY:
            self._summaries[node.id] = None
            return
        self._values.expect(position, node)
        if node.type is NodeType.TOOL_CALL and node.call_id is not None:
            self._calls.setdefault(node.call_id, []).append(node.id)
            self._open_calls.setdefault(node.call_id, {})[node.id] = None
        on_main = "thread" not in node.metadata
        if on_main or not self._has_main_thread:
            self._leaf = node.id
        self._has_main_thread |= on_main

    def _close_call(self, call: Node) -> None:
        waiting = self._open_calls.get(call.call_id or "", {})
        waiting.pop(call.id, None)
        if not waiting:
            self._open_calls.pop(call.call_id or "", None)

    def _entry(self, node_id: str) -> Entry:
        try:
            return self._entries[node_id]
        except KeyError:
            raise NodeNotFoundError(node_id, self.session_id) from None
