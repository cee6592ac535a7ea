"""The contract of `Strategy`, as tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from context_compression.apply import apply
from context_compression.plan import plan
from context_compression.preserve import Preserve, Yield
from context_compression.scope import scope_of
from context_compression.strategy import Strategy
from context_compression.testing.sessions import ODD_TEXTS, sessions
from context_core import (
    ContextGraph,
    Manifest,
    MemoryContentStore,
    expand,
    graph_bytes,
    part_tokens,
    render,
    restore,
    window,
)
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate


_shared = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
"""A test of the contract runs on the strategy of each subclass."""


class StrategyContract:
    """What every `Strategy` does. A subclass gives it as the class attribute `strategy`.

    Example:
        >>> from context_compression import Incremental
        >>> class TestIncremental(StrategyContract):
        ...     strategy = Incremental()
    """

    strategy: Strategy

    def propose(self, graph: ContextGraph) -> list[Candidate]:
        """Return what the strategy proposes for a graph."""
        return list(self.strategy.propose(scope_of(graph, Preserve())))

    def test_it_is_a_strategy(self) -> None:
        """The strategy has the methods of the protocol, and a name that can stand in a manifest."""
        assert isinstance(self.strategy, Strategy)
        assert self.strategy.name == self.strategy.name.strip().lower() != ""

    @_shared
    @given(sessions())
    def test_proposing_is_pure_and_deterministic(self, graph: ContextGraph) -> None:
        """Proposing twice gives the same candidates and leaves the graph as it was."""
        before = graph_bytes(graph)
        assert self.propose(graph) == self.propose(graph)
        assert graph_bytes(graph) == before

    @_shared
    @given(sessions())
    def test_candidates_tell_the_truth(self, graph: ContextGraph) -> None:
        """What never yields is left out; tokens are those that nodes have; a rewrite holds its own reference."""
        scope = scope_of(graph, Preserve())
        for candidate in self.strategy.propose(scope):
            assert candidate.strategy == self.strategy.name
            assert candidate.tier is self.strategy.tier
            assert all(scope.yields[node.id] is not Yield.NEVER for node in candidate.nodes)
            assert candidate.yields >= max(scope.yields[node.id] for node in candidate.nodes) or candidate.is_summary
            if not candidate.is_open:
                after = candidate.after
                tokens = part_tokens(graph.counter, after.content, tool_name=after.tool_name, call_id=after.call_id)
                assert candidate.tokens_after == after.tokens == tokens < candidate.tokens_before
                assert after.elided == scope.reference(after)
                assert str(after.elided) in after.content

    @_shared
    @given(sessions())
    def test_rewrites_come_back(self, graph: ContextGraph) -> None:
        """All rewrites at once: valid, nothing proposed again, each expands, and all bytes are restored."""
        before, contents = graph_bytes(graph), {node.id: node.content for node in graph.nodes()}
        rewrites = _distinct(candidate for candidate in self.propose(graph) if not candidate.is_open)
        made = plan(scope_of(graph, Preserve()), (), target_tokens=None).with_candidates(rewrites)
        store = MemoryContentStore()
        manifest = Manifest(graph.session_id).extended(apply(made, graph, store))
        check_openai(render(graph))
        check_openai_arguments(render(graph))
        check_anthropic(render(graph, "anthropic"), alternate=False)
        changed = {candidate.after.id for candidate in rewrites}
        again = [node.id for candidate in self.propose(graph) if not candidate.is_open for node in candidate.nodes]
        assert not changed & set(again)
        for node in window(graph):
            if node.id in changed and node.elided is not None:
                assert expand(manifest, store, node.elided) == contents[node.id]
        restore(graph, manifest, store)
        assert graph_bytes(graph) == before

    @_shared
    @given(sessions())
    def test_folds_come_back(self, graph: ContextGraph) -> None:
        """All folds at once, each as its reference alone: calls and results stay paired, and all is restored."""
        before = graph_bytes(graph)
        folds = _distinct(candidate for candidate in self.propose(graph) if candidate.is_summary)
        filled = [fold.filled(fold.after.evolve(content=f"[{fold.after.elided}]", tokens=16)) for fold in folds]
        made = plan(scope_of(graph, Preserve()), (), target_tokens=None).with_candidates(filled)
        store = MemoryContentStore()
        manifest = Manifest(graph.session_id).extended(apply(made, graph, store))
        check_openai(render(graph))
        check_anthropic(render(graph, "anthropic"), alternate=False)
        restore(graph, manifest, store)
        assert graph_bytes(graph) == before

    @pytest.mark.parametrize("name", ODD_TEXTS)
    def test_odd_texts_are_survived(self, name: str) -> None:
        """An odd text, said twice by tools and once by the agent, breaks nothing."""
        graph = ContextGraph("s")
        graph.add_message("user", ODD_TEXTS[name][:2_000])
        for number in range(2):
            call = graph.add_tool_call("read", {"path": f"{number}.txt"})
            graph.add_tool_result(call.id, ODD_TEXTS[name])
        graph.add_message("assistant", ODD_TEXTS[name])
        graph.add_message("user", "and now?")
        assert self.propose(graph) == self.propose(graph)


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates whose nodes no earlier one touches."""
    touched: set[str] = set()
    kept: list[Candidate] = []
    for candidate in candidates:
        ids = {node.id for node in candidate.nodes}
        if not ids & touched:
            kept.append(candidate)
            touched |= ids
    return kept
