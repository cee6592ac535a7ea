"""CompressionPipeline: strategies propose, the planner chooses, summaries are filled, and the plan is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_compression.apply import apply
from context_compression.fill import fill
from context_compression.plan import Plan, plan, plan_tail
from context_compression.preserve import Preserve
from context_compression.result import CompressionResult, outcomes_of, told
from context_compression.scope import scope_of
from context_compression.strategies import DEFAULT_REWRITES, DEFAULT_STRATEGIES, Weigher
from context_compression.tier import CompressionTier
from context_core import Manifest, MemoryContentStore, Saving, WindowCompressed, emit, operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_compression.candidate import Candidate
    from context_compression.prices import CachePrices
    from context_compression.result import Outcome
    from context_compression.scope import Scope
    from context_compression.strategy import Strategy
    from context_compression.summarizer import Summarizer
    from context_core import ContentStore, ContextGraph, TokenBudget

LOOSE = 0.5
"""Share of a window that may stay from which on the default pipeline looks for rewrites."""


class CompressionPipeline:
    """Fits the window of a graph into a number of tokens, reversibly.

    Args:
        strategies: propose what could be done; all of this package unless given.
        preserve: what stays and what yields last.
        summarizer: writes summaries; the offline, extractive one unless given.

    Example:
        >>> from context_core import ContextGraph, restore
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "What does the log say?")
        >>> call = graph.add_tool_call("read", {"path": "app.log"})
        >>> log = graph.add_tool_result(call.id, "line of the log\\n" * 500)
        >>> result = CompressionPipeline().compress(graph, target_tokens=400)
        >>> result.tokens_before > 1500, result.tokens_after <= 400
        (True, True)
        >>> [node.content == log.content for node in restore(graph, result.manifest, result.store, [log.id])]
        [True]
    """

    def __init__(
        self,
        strategies: Sequence[Strategy] | None = None,
        preserve: Preserve | None = None,
        summarizer: Summarizer | None = None,
    ) -> None:
        self.strategies = tuple(strategies) if strategies is not None else DEFAULT_STRATEGIES
        self._rewrites = () if strategies is not None else DEFAULT_REWRITES
        self.preserve = preserve or Preserve()
        self.summarizer = summarizer

    def plan(
        self,
        graph: ContextGraph,
        *,
        target_tokens: int | None,
        max_tier: CompressionTier = CompressionTier.SUMMARIZATION,
        task: str | None = None,
        prices: CachePrices | None = None,
    ) -> Plan:
        """Decide what to do to the graph's current window, changing nothing.

        Args:
            graph: the graph.
            target_tokens: tokens the window may cost; None for what costs little sight only.
            max_tier: the highest tier to use; below SUMMARIZATION the target may be missed.
            task: what the agent is to do next; the user's latest message unless given.
            prices: without a target, do nothing where rewriting the prompt's cached end costs more than it saves.

        Raises:
            BudgetExceededError: what must stay is larger than the target.
            ValueError: the target is not positive.
        """
        if target_tokens is not None and target_tokens < 1:
            raise ValueError(f"got target_tokens={target_tokens}; expected at least 1")
        admitted = [strategy for strategy in self.strategies if strategy.tier <= max_tier]
        weighers = [strategy for strategy in admitted if isinstance(strategy, Weigher)]
        is_summarized = self.summarizer is not None
        scope = scope_of(graph, self.preserve, task, is_summarized=is_summarized, weighers=weighers)
        if target_tokens is not None and scope.window.tokens <= target_tokens:
            return plan(scope, (), target_tokens=target_tokens)
        is_loose = target_tokens is None or target_tokens >= LOOSE * scope.window.tokens
        strategies = [*(self._rewrites if is_loose else ()), *admitted]

        def propose(scope: Scope) -> list[Candidate]:
            return [candidate for strategy in strategies for candidate in _proposed(strategy, scope, graph.session_id)]

        made = None if target_tokens is None else plan_tail(scope, propose, target_tokens)
        if made is None:
            made = plan(scope, propose(scope), target_tokens=target_tokens, max_tier=max_tier)
        vetoed = prices is not None and target_tokens is None and prices.net(made) < 0
        return made.with_candidates(()) if vetoed else made

    def compress(
        self,
        graph: ContextGraph,
        *,
        budget: TokenBudget | None = None,
        target_tokens: int | None = None,
        store: ContentStore | None = None,
        max_tier: CompressionTier = CompressionTier.SUMMARIZATION,
        task: str | None = None,
        prices: CachePrices | None = None,
        manifest: Manifest | None = None,
        dry_run: bool = False,
    ) -> CompressionResult:
        """Compress the graph's current window in place, as one transaction.

        Args:
            graph: changed in place; not at all where anything fails.
            budget: aims at its warning threshold, where no target is given.
            target_tokens: tokens the window may cost. With neither, only what costs little sight is
                done: rewrites, and excerpts of large parts.
            store: keeps the originals; without one the result holds them.
            max_tier: the highest tier to use; below SUMMARIZATION the target may be missed.
            task: what the agent is to do next; the user's latest message unless given.
            prices: inside the budget's total, leave the prompt alone where rewriting its cached end costs more than
                it saves.
            manifest: earlier changes of the session; the result's manifest continues it.
            dry_run: decide only, and print what would be done; the result's plan says it too.

        Raises:
            BudgetExceededError: what must stay is larger than the target; nothing was changed.
            ValueError: the target is not positive.
        """
        target = target_tokens if target_tokens is not None else budget.target_tokens if budget else None
        keeper = store if store is not None else MemoryContentStore()
        with operation("compress", graph.session_id) as running:
            running.note_content(task=task)
            if target is not None:
                running.note(target_tokens=target)
            made = self.plan(graph, target_tokens=target, max_tier=max_tier, task=task)
            if prices is not None and _is_within(made, budget, target_tokens) and prices.net(made) < 0:
                made = made.with_candidates(())
            made = fill(made, graph.counter, self.summarizer, task)
            changes = [] if dry_run else apply(made, graph, keeper)
            running.note(tokens_before=made.tokens_before, tokens_after=made.tokens_after, nodes=len(changes))
            outcomes = outcomes_of(made)
            if changes:
                emit(_told_to_sinks(made, outcomes))
        if dry_run:
            print(told(made))
        return CompressionResult(
            outcomes=outcomes,
            manifest=(manifest or Manifest(graph.session_id)).extended(changes),
            store=keeper,
            durable=store is not None,
            plan=made,
            tokens_before=made.tokens_before,
            tokens_after=made.tokens_after,
        )


def _proposed(strategy: Strategy, scope: Scope, session_id: str) -> list[Candidate]:
    with operation("strategy", session_id, strategy=strategy.name, tier=strategy.tier.label) as running:
        candidates = list(strategy.propose(scope))
        running.note(candidates=len(candidates))
        return candidates


def _told_to_sinks(made: Plan, outcomes: Iterable[Outcome]) -> WindowCompressed:
    savings = tuple(Saving(each.strategy, each.tier.label, len(each.node_ids), each.tokens_saved) for each in outcomes)
    return WindowCompressed(made.session_id, made.tokens_before, made.tokens_after, made.target_tokens, savings)


def _is_within(made: Plan, budget: TokenBudget | None, target_tokens: int | None) -> bool:
    """Return whether the window is inside its hard limit: the target that was given, else the budget's total."""
    limit = target_tokens if target_tokens is not None else budget.total_tokens if budget else made.tokens_before
    return made.tokens_before <= limit
