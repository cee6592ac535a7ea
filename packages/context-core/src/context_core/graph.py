"""ContextGraph: stores and indexes nodes and edges; algorithms are functions elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.edge import Edge, EdgeType
from context_core.errors import ConflictError, NodeNotFoundError
from context_core.hashing import chain_id, text_bytes
from context_core.json_text import dumps, json_object
from context_core.links import attach
from context_core.node import Node, NodeType
from context_core.references import References
from context_core.tokens import TokenCounter, counter_for, part_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from networkx import MultiDiGraph


_Table = dict[str, dict[str, dict[EdgeType, dict[str, Any]]]]
"""From a node's id to its neighbours', to the edges between by type, to their evidence."""


class ContextGraph:
    """A mutable container of immutable nodes and typed edges, on networkx's MultiDiGraph.

    Args:
        session_id: names the session that the graph is of; references and manifests carry it.
        counter: counts the tokens of what is added; o200k unless given.

    Example:
        >>> graph = ContextGraph(session_id="s")
        >>> question = graph.add_message(role="user", content="Which files are there?")
        >>> call = graph.add_tool_call("ls", {"path": "src"})
        >>> result = graph.add_tool_result(call.id, ["a.py", "b.py"])
        >>> [edge.type.value for edge in graph.in_edges(result.id)]
        ['temporal', 'tool_io', 'causal']
    """

    def __init__(self, session_id: str, *, counter: TokenCounter | None = None) -> None:
        import networkx  # a third of a second to import, so not before the first graph

        self.session_id = session_id
        self.counter: TokenCounter = counter or counter_for()
        self._nx: MultiDiGraph[str] = networkx.MultiDiGraph()
        # networkx's own tables: its views of them cost ten times the look-up
        self._successors: _Table = self._nx._succ  # pyright: ignore[reportAttributeAccessIssue]
        self._predecessors: _Table = self._nx._pred  # pyright: ignore[reportAttributeAccessIssue]
        self._nodes: dict[str, Node] = {}
        self._positions: dict[str, int] = {}
        self._next_position = 0
        self._total_tokens = 0
        self._calls: dict[str, list[str]] = {}
        self._open_calls: dict[str, dict[str, None]] = {}
        self._messages: dict[str, list[str]] = {}
        self._said: dict[str, str] = {}
        self._instructions: dict[str, str] = {}
        self._summaries: dict[str, None] = {}
        self._references = References(session_id)
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
        """The networkx graph: node attribute ``node``, edge keys are `EdgeType` values. Read it, do not change it."""
        return self._nx

    def node(self, node_id: str) -> Node:
        """Return the node of an id.

        Raises:
            NodeNotFoundError: there is none.
        """
        try:
            return self._nodes[node_id]
        except KeyError:
            raise NodeNotFoundError(node_id, self.session_id) from None

    def nodes(self, type: NodeType | None = None) -> Iterator[Node]:
        """Yield the nodes in the order they were added, all or those of one type."""
        for node in self._nodes.values():
            if type is None or node.type is type:
                yield node

    def edges(self, type: EdgeType | None = None) -> Iterator[Edge]:
        """Yield the edges, by source in the order of the nodes, all or those of one type."""
        for source in self._nodes:
            yield from self.out_edges(source, type)

    def in_edges(self, node_id: str, type: EdgeType | None = None) -> Iterator[Edge]:
        """Yield the edges that enter a node, in the order they were added."""
        for source, keyed in self._neighbours(self._predecessors, node_id).items():
            for key, evidence in keyed.items():
                if type is None or key is type:
                    yield Edge(source, node_id, key, evidence)

    def out_edges(self, node_id: str, type: EdgeType | None = None) -> Iterator[Edge]:
        """Yield the edges that leave a node, in the order they were added."""
        for target, keyed in self._neighbours(self._successors, node_id).items():
            for key, evidence in keyed.items():
                if type is None or key is type:
                    yield Edge(node_id, target, key, evidence)

    def has_edge(self, edge: Edge) -> bool:
        """Return whether an edge of that source, target and type is there."""
        return edge.type in self._successors.get(edge.source, {}).get(edge.target, {})

    def position(self, node_id: str) -> int:
        """Return a node's place in the order in which nodes were added."""
        return self._positions[self.node(node_id).id]

    def calls(self, call_id: str) -> Sequence[str]:
        """Return the ids of the call nodes that carry a provider's call id, in order; providers reuse ids."""
        return self._calls.get(call_id, ())

    def open_call(self, call_id: str) -> str | None:
        """Return the id of the first call node of a provider's call id that has no result yet, or None."""
        return next(iter(self._open_calls.get(call_id, ())), None)

    def said(self, message_id: str) -> str | None:
        """Return the id of the last node of a message that is neither call nor result, or None."""
        return self._said.get(message_id)

    def message_parts(self, message_id: str) -> Sequence[str]:
        """Return the ids of the nodes of one provider message, in order."""
        return self._messages.get(message_id, ())

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
        return None if node_id is None else self._instructions.get(node_id)

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def __repr__(self) -> str:
        return (
            f"ContextGraph({self.session_id!r}: {len(self):,} nodes, "
            f"{self._nx.number_of_edges():,} edges, {self._total_tokens:,} tokens)"
        )

    # ── appending by hand ────────────────────────────────────────────────────────────────────────────────────────

    def add_message(self, role: str, content: str, *, pinned: bool = False, created_at: float | None = None) -> Node:
        """Append a text message to the current branch."""
        node_id = chain_id(self._leaf, role.encode(), text_bytes(content)) + "/0"
        tokens = part_tokens(self.counter, content)
        node = Node(node_id, NodeType.MESSAGE, role, content, tokens, pinned=pinned, created_at=created_at)
        return self._append(node)

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
        content = json_object(arguments)
        digest = chain_id(self._leaf, tool_name.encode(), text_bytes(content), (call_id or "").encode())
        call_id = call_id or f"call_{digest[:12]}"
        tokens = part_tokens(self.counter, content, tool_name=tool_name, call_id=call_id)
        metadata = {"message": self._open_message()} if self._open_message() else {}
        node = Node(
            f"{digest}/0",
            NodeType.TOOL_CALL,
            "assistant",
            content,
            tokens,
            call_id=call_id,
            tool_name=tool_name,
            created_at=created_at,
            metadata=metadata,
        )
        return self._append(node)

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
        call = self.node(call_node_id)
        if call.type is not NodeType.TOOL_CALL:
            raise ConflictError(f"got node {call.id!r} of type {call.type.value}; expected a tool_call")
        content = value if isinstance(value, str) else dumps(value)
        digest = chain_id(self._leaf, call.id.encode(), text_bytes(content))
        tokens = part_tokens(self.counter, content, call_id=call.call_id)
        node = Node(
            f"{digest}/0",
            NodeType.TOOL_RESULT,
            "tool",
            content,
            tokens,
            call_id=call.call_id,
            tool_name=call.tool_name,
            created_at=created_at,
        )
        return self._append(node)

    def _open_message(self) -> str | None:
        """Return the id of the assistant's message at the leaf, which a further call joins."""
        leaf = None if self._leaf is None else self.node(self._leaf)
        return leaf.message_id if leaf is not None and leaf.role == "assistant" else None

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
        if node.id in self._nodes:
            if self._nodes[node.id] == node:
                return False
            raise ConflictError(
                f"node {node.id!r} is in session {self.session_id!r} already with other bytes; "
                "ids name one content for ever, so give the new node its own id"
            )
        self._nx.add_node(node.id, node=node)
        self._nodes[node.id] = node
        self._references.expect(node)
        self._positions[node.id] = self._next_position
        self._next_position += 1
        self._total_tokens += node.tokens
        self._index(node)
        return True

    def put(self, node: Node) -> Node:
        """Put a node in the place of the one that has its id; return the one that was there.

        Raises:
            NodeNotFoundError: no node has that id.
            ConflictError: the new node is of another type, message or call.
        """
        old = self.node(node.id)
        if (old.type, old.message_id, old.call_id) != (node.type, node.message_id, node.call_id):
            raise ConflictError(f"node {node.id!r} may change its content, not its type, message or call")
        self._nx.add_node(node.id, node=node)
        self._nodes[node.id] = node
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
        self._nx.remove_node(node_id)
        self._messages.pop(node.message_id, None)
        del self._nodes[node_id], self._positions[node_id], self._summaries[node_id]
        self._total_tokens -= node.tokens
        return node

    def add_edge(self, source_id: str, target_id: str, type: EdgeType, **evidence: Any) -> Edge:
        """Join two nodes; an edge of that type between them keeps its first evidence.

        Raises:
            NodeNotFoundError: an end is not in the graph.
        """
        for node_id in (source_id, target_id):
            if node_id not in self._nodes:
                raise NodeNotFoundError(node_id, self.session_id)
        there = self._successors[source_id].get(target_id, {}).get(type)
        if there is None:
            self._nx.add_edge(source_id, target_id, key=type, **evidence)
            call_id = self._nodes[source_id].call_id
            if type is EdgeType.TOOL_IO and call_id is not None:
                self._open_calls.get(call_id, {}).pop(source_id, None)
        return Edge(source_id, target_id, type, evidence if there is None else there)

    def remove_edge(self, edge: Edge) -> None:
        """Take an edge out; one that is not there is left so."""
        if self.has_edge(edge):
            self._nx.remove_edge(edge.source, edge.target, key=edge.type)

    def set_instruction(self, node_id: str, instruction: str | None) -> None:
        """Note which user's message is in force at a node."""
        if instruction is not None:
            self._instructions[node_id] = instruction

    def _index(self, node: Node) -> None:
        self._messages.setdefault(node.message_id, []).append(node.id)
        if node.type is NodeType.SUMMARY:
            self._summaries[node.id] = None
            return
        if node.type is NodeType.TOOL_CALL and node.call_id is not None:
            self._calls.setdefault(node.call_id, []).append(node.id)
            self._open_calls.setdefault(node.call_id, {})[node.id] = None
        if node.type is NodeType.MESSAGE:
            self._said[node.message_id] = node.id
        on_main = "thread" not in node.metadata
        if on_main or not self._has_main_thread:
            self._leaf = node.id
        self._has_main_thread |= on_main

    def _neighbours(self, table: _Table, node_id: str) -> dict[str, dict[EdgeType, dict[str, Any]]]:
        try:
            return table[node_id]
        except KeyError:
            raise NodeNotFoundError(node_id, self.session_id) from None
