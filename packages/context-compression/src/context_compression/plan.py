"""The planner: chooses among candidates so that the prompt fits, with what is likely needed again in sight.

1. A window at or under its target is not changed.
2. Rewrites that put nothing out of sight are taken, where their nodes are old.
3. Where that is not enough, nodes are cut to excerpts and runs fold (`fit`): of all their units those stay that show
   the values most likely needed, for the tokens there are. An excerpt is one of the node as it was: the rows of a table
   say little without its head.
4. Those that yield first are asked first: old nodes, then pastes, then the last messages, then users' words.
5. Where a candidate with a loss is left that `fit` knows nothing of, such as a strategy's of one's own, the steps with
   the least loss per token saved are taken, as in the multiple-choice knapsack problem's classic greedy solution (Sinha
   and Zoltners, "The Multiple-Choice Knapsack Problem", Operations Research 27(3), 1979).
6. Where all have yielded and the target is not met, say how much is needed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING

from context_compression.fit import cut_each, fit
from context_compression.preserve import Yield
from context_compression.tier import CompressionTier
from context_core import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope

LARGE_TOKENS = 300
"""Without a target, only old parts above this are cut, each to about so many tokens."""
TAIL_SHARE = 0.25
"""Share of what is old in a window's end that may be asked for before the whole window is looked at."""
ROOM = 0.03
"""Share of the old parts' tokens that must be left for what they said; below it, the last messages yield too, of which
what is less needed goes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do to a window, decided and not yet done.

    Attributes:
        session_id: the session of the graph.
        candidates: what was chosen, in the order of time; no two touch one node.
        tokens_before: tokens of the window.
        tokens_after: tokens of the window afterwards; at most that, until the summaries are filled.
        target_tokens: what was aimed at, or None.
        prefix_tokens: leading tokens of the window that stay as they are; what a provider has cached of them stays.
    """

    session_id: str
    candidates: tuple[Candidate, ...]
    tokens_before: int
    tokens_after: int
    target_tokens: int | None
    prefix_tokens: int

    @property
    def fits(self) -> bool:
        """Whether the window is within the target afterwards."""
        return self.target_tokens is None or self.tokens_after <= self.target_tokens

    def __len__(self) -> int:
        return len(self.candidates)

    def with_candidates(self, candidates: Sequence[Candidate]) -> Plan:
        """Return the plan with its summaries filled, or with nothing left to do."""
        after = self.tokens_before - sum(candidate.tokens_saved for candidate in candidates)
        prefix = self.prefix_tokens if candidates else self.tokens_before
        return replace(self, candidates=tuple(candidates), tokens_after=after, prefix_tokens=prefix)


def plan(
    scope: Scope,
    candidates: Iterable[Candidate],
    *,
    target_tokens: int | None,
    max_tier: CompressionTier = CompressionTier.SUMMARIZATION,
) -> Plan:
    """Choose among candidates.

    Args:
        scope: the window and what stays in it.
        candidates: what the strategies propose.
        target_tokens: tokens the window may cost; None for what costs little sight only.
        max_tier: the highest tier to use. Below SUMMARIZATION the target may be missed; see `Plan.fits`.

    Raises:
        BudgetExceededError: what must stay is larger than the target.
    """
    before = scope.window.tokens
    admitted = [c for c in candidates if c.tier <= max_tier and c.tokens_saved > 0]
    chosen: list[Candidate] = []
    if target_tokens is None:
        chosen = _without_target(scope, [c for c in admitted if c.tier is CompressionTier.LOSSLESS])
    elif before > target_tokens:
        chosen = _choose(scope, target_tokens, admitted)
        if before - _saved(chosen) > target_tokens and max_tier is CompressionTier.SUMMARIZATION:
            raise BudgetExceededError(before - _saved(chosen), target_tokens)
    return _planned(scope, chosen, target_tokens)


def _planned(scope: Scope, chosen: list[Candidate], target: int | None) -> Plan:
    chosen.sort(key=lambda candidate: scope.place[candidate.nodes[0].id])
    before = scope.window.tokens
    after = before - _saved(chosen)
    return Plan(scope.window.session_id, tuple(chosen), before, after, target, _prefix(scope, chosen))


def plan_tail(scope: Scope, propose: Callable[[Scope], Iterable[Candidate]], target_tokens: int) -> Plan | None:
    """Choose in a window that was compressed before, among what is old near its end alone; None where that is too much.

    So compressing again after a few turns touches only what is new and what came just before it, costs only that, and
    leaves the prompt's beginning as a provider has cached it.

    Args:
        scope: the whole window.
        propose: returns the candidates of a scope.
        target_tokens: tokens the whole window may cost.
    """
    excess = scope.window.tokens - target_tokens
    if excess <= 0 or all(node.elided is None for node in scope.window.nodes):
        return None
    start = _start(scope, excess / TAIL_SHARE)
    if start < len(scope.window.nodes) // 2:
        return None
    tail = scope.tail(start)
    taken = _Taken([candidate for candidate in propose(tail) if candidate.tokens_saved > 0])
    chosen = taken.with_fitted(())
    if _saved(chosen) < excess:
        fitted = fit(tail, taken.open(Yield.OLD), tail.window.tokens - excess)
        chosen = taken.with_fitted(fitted.candidates)
    return _planned(scope, chosen, target_tokens) if _saved(chosen) >= excess else None


def _start(scope: Scope, tokens: float) -> int:
    """Return the number of the node from which on so many tokens are old; 0 where the whole window has fewer."""
    for number in range(len(scope.window.nodes) - 1, -1, -1):
        node = scope.window.nodes[number]
        if scope.yields[node.id] <= Yield.OLD:
            tokens -= node.tokens
        if tokens <= 0:
            return number
    return 0


def _without_target(scope: Scope, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the rewrites of old parts, and excerpts of the large ones that were not cut before."""
    taken = _Taken(candidates)
    large = [
        candidate
        for candidate in taken.open(Yield.OLD)
        if not candidate.is_summary and candidate.nodes[0].tokens > LARGE_TOKENS and candidate.nodes[0].elided is None
    ]
    return taken.with_fitted(cut_each(scope, large, LARGE_TOKENS))


def _choose(scope: Scope, target: int, candidates: Sequence[Candidate]) -> list[Candidate]:
    taken = _Taken(candidates)
    chosen = taken.with_fitted(())
    asked_before: list[Candidate] = []
    for limit in (Yield.OLD, Yield.PASTE, Yield.RECENT, Yield.USER):
        if scope.window.tokens - _saved(chosen) <= target:
            break
        asked = taken.open(limit)
        if len(asked) == len(asked_before):
            continue
        asked_before = asked
        may_ask_more = limit < Yield.RECENT and len(taken.open(Yield.RECENT)) > len(asked)
        fitted = fit(scope, asked, target, ROOM if may_ask_more else -inf)
        chosen = [] if may_ask_more and fitted.room < ROOM else taken.with_fitted(fitted.candidates)
    return chosen + taken.steps(scope.window.tokens - _saved(chosen), target)


class _Taken:
    """The candidates of a window, its rewrites taken where nothing else touches their nodes.

    Args:
        candidates: of all kinds.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._rewrites: dict[str, Candidate] = {}
        for candidate in candidates:
            if not candidate.is_open and not candidate.loss and candidate.yields is Yield.OLD:
                there = self._rewrites.get(candidate.nodes[0].id)
                if there is None or candidate.tokens_saved > there.tokens_saved:
                    self._rewrites[candidate.nodes[0].id] = candidate
        self._open = [candidate for candidate in candidates if candidate.is_open]
        self._losing = [candidate for candidate in candidates if not candidate.is_open and candidate.loss]

    def open(self, limit: Yield) -> list[Candidate]:
        """Return the open candidates whose nodes yield by then."""
        return [candidate for candidate in self._open if candidate.yields <= limit]

    def with_fitted(self, fitted: Sequence[Candidate]) -> list[Candidate]:
        """Return what was fitted, and the rewrites of all other nodes."""
        touched = {node.id for candidate in fitted for node in candidate.nodes}
        rewrites = [candidate for name, candidate in self._rewrites.items() if name not in touched]
        return [*fitted, *rewrites]

    def steps(self, tokens: int, target: int) -> list[Candidate]:
        """Return for nodes that only have candidates with a loss the step each takes, until the target is met."""
        touched = {node.id for candidate in self._open for node in candidate.nodes} | set(self._rewrites)
        ladders: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in self._losing:
            if not any(node.id in touched for node in candidate.nodes):
                ladders[candidate.nodes[0].id].append(candidate)
        return _steps(tokens, target, ladders)


def _steps(tokens: int, target: int, ladders: dict[str, list[Candidate]]) -> list[Candidate]:
    """Return for each node the step it takes, by loss per token saved until the target is met."""
    moves: list[tuple[int, float, int, str, Candidate]] = []
    for order, (node_id, ladder) in enumerate(ladders.items()):
        saved, loss, worst = 0, 0.0, 0.0
        for step in sorted(ladder, key=lambda candidate: candidate.tokens_saved):
            if step.tokens_saved > saved:
                worst = max(worst, (step.loss - loss) / (step.tokens_saved - saved))
                moves.append((step.yields, worst, order, node_id, step))
                saved, loss = step.tokens_saved, step.loss
    taken: dict[str, Candidate] = {}
    for _, _, _, node_id, step in sorted(moves, key=lambda move: move[:3]):
        if tokens <= target:
            break
        tokens -= step.tokens_saved - (taken[node_id].tokens_saved if node_id in taken else 0)
        taken[node_id] = step
    return list(taken.values())


def _saved(candidates: Iterable[Candidate]) -> int:
    return sum(candidate.tokens_saved for candidate in candidates)


def _prefix(scope: Scope, chosen: Sequence[Candidate]) -> int:
    touched = {node.id for candidate in chosen for node in candidate.nodes}
    tokens = 0
    for node in scope.window.nodes:
        if node.id in touched:
            break
        tokens += node.tokens
    return tokens
