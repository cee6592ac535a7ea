"""A state machine that does to the sessions of a store what comes to Hypothesis's mind, and keeps each version apart.

The dict it compares with holds the bytes of the graph at every version of every session, taken from graphs that the
machine itself goes on with, never from the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from context_core.assemble import graph_bytes
from context_core.errors import ConflictError, SessionNotFoundError
from context_core.graph import ContextGraph
from context_core.manifest import Manifest
from context_core.replace import Replacement, replace
from context_core.restore import restoration

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core.stores import ManagedStore

_NAMES = st.sampled_from(["a", "b"])
_TEXTS = st.sampled_from(["", "ok", "größe \ud83d", "line\n" * 500]) | st.text(max_size=30)


class GraphStoreMachine(RuleBasedStateMachine):
    """Appends, compresses, restores, purges and restarts; `graph_store_machine` makes one.

    Args:
        start: returns a new and empty store.
        restart: closes a store, and returns another one on the same data; None where there is no such thing.
        stop: closes a store for good.
    """

    def __init__(
        self, start: Callable[[], Any], restart: Callable[[Any], Any] | None, stop: Callable[[Any], object] | None
    ) -> None:
        super().__init__()
        self._store: ManagedStore = start()
        self._restart = restart
        self._stop = stop
        self._graphs: dict[str, ContextGraph] = {}
        self._manifests: dict[str, Manifest] = {}
        self._versions: dict[str, list[bytes]] = {}

    @rule(name=_NAMES, text=_TEXTS, role=st.sampled_from(["user", "assistant"]))
    def say(self, name: str, text: str, role: str) -> None:
        """Append a message."""
        graph = self._graph(name)
        node = graph.add_message(role, text)
        assert self._store.append(name, [node], graph.in_edges(node.id)) == 1
        self._note(name)

    @rule(name=_NAMES, path=st.sampled_from(["src/main.py", "a.txt"]), text=_TEXTS)
    def use_a_tool(self, name: str, path: str, text: str) -> None:
        """Append a call and its result."""
        graph = self._graph(name)
        call = graph.add_tool_call("read", {"path": path})
        result = graph.add_tool_result(call.id, text)
        edges = [edge for node in (call, result) for edge in graph.in_edges(node.id)]
        assert self._store.append(name, [call, result], edges) == 2
        self._note(name)

    @rule(name=_NAMES)
    def append_again(self, name: str) -> None:
        """Append again what was appended first, as a writer does that was not sure."""
        if self._versions.get(name):
            first = next(iter(self._store.history(name)))
            assert self._store.append(name, first.nodes, first.edges) == 0

    @precondition(lambda self: any(len(graph) for graph in self._graphs.values()))
    @rule(name=_NAMES, data=st.data())
    def compress(self, name: str, data: st.DataObject) -> None:
        """Shorten a node, and commit."""
        graph = self._graphs.get(name)
        nodes = [] if graph is None else [node for node in graph.nodes() if node.content != "…"]
        if graph is None or not nodes:
            return
        node = data.draw(st.sampled_from(nodes))
        short = node.evolve(content="…", tokens=1, metadata={**node.metadata, "elided": graph.reference(node.id)})
        self._commit(name, [Replacement(node, short, "machine", "lossless")])

    @rule(name=_NAMES)
    def restore(self, name: str) -> None:
        """Undo all compression, and commit that."""
        graph = self._graphs.get(name)
        if graph is not None:
            self._commit(name, restoration(graph, self._manifests[name], self._store))

    @rule(name=_NAMES)
    def commit_on_an_older_state(self, name: str) -> None:
        """Commit a change a second time, which is refused."""
        changes = self._manifests[name].changes if name in self._manifests else ()
        if changes and changes[-1].before != changes[-1].after:
            with pytest.raises(ConflictError):
                self._store.commit(name, changes[-1:])

    @rule(name=_NAMES)
    def purge(self, name: str) -> None:
        """Erase a session."""
        if name in self._graphs:
            self._store.purge(name)
            for table in (self._graphs, self._manifests, self._versions):
                del table[name]
        else:
            with pytest.raises(SessionNotFoundError):
                self._store.purge(name)

    @precondition(lambda self: self._restart is not None)
    @rule()
    def restart(self) -> None:
        """Close the store and open it again."""
        if self._restart is not None:
            self._store = self._restart(self._store)

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        """Check that the store has the same sessions, graphs and manifests as the dict."""
        assert sorted(self._store.sessions()) == sorted(self._graphs)
        for name, graph in self._graphs.items():
            assert graph_bytes(self._store.load(name)) == graph_bytes(graph)
            assert self._store.manifest(name) == self._manifests[name]
            assert self._store.version(name) == len(self._versions[name]) - 1

    def teardown(self) -> None:
        """Check every version of every session, and that all is as it was written; close the store."""
        for name, states in self._versions.items():
            assert [graph_bytes(self._store.load(name, version=v)) for v in range(len(states))] == states
        assert list(self._store.verify()) == []
        if self._stop is not None:
            self._stop(self._store)

    def _graph(self, name: str) -> ContextGraph:
        if name not in self._graphs:
            self._graphs[name] = ContextGraph(name)
            self._manifests[name] = Manifest(name)
            self._versions[name] = [graph_bytes(ContextGraph(name))]
        return self._graphs[name]

    def _commit(self, name: str, steps: list[Replacement]) -> None:
        changes = replace(self._graphs[name], steps, self._store)
        self._store.commit(name, changes)
        self._manifests[name] = self._manifests[name].extended(changes)
        if changes:
            self._note(name)

    def _note(self, name: str) -> None:
        self._versions[name].append(graph_bytes(self._graphs[name]))


def graph_store_machine(
    start: Callable[[], Any],
    *,
    restart: Callable[[Any], Any] | None = None,
    stop: Callable[[Any], object] | None = None,
) -> type[GraphStoreMachine]:
    """Return a state machine for the stores that `start` makes; its ``TestCase`` is a test that pytest runs.

    Args:
        start: returns a new and empty `ManagedStore`.
        restart: closes a store, and returns another one on the same data.
        stop: closes a store for good.

    Example:
        >>> from context_core import MemoryStore
        >>> TestMachine = graph_store_machine(MemoryStore).TestCase
    """

    class Machine(GraphStoreMachine):
        """The machine of these stores: Hypothesis makes machines without arguments."""

        def __init__(self) -> None:
            super().__init__(start, restart, stop)

    return Machine
