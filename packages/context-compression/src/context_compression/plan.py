"""The planner: chooses among candidates so that the prompt fits, at the least loss. It changes nothing.

Choosing one step of each node's ladder under a token limit is the multiple-choice knapsack problem; taking the steps
in the order of loss per token saved is its classic greedy solution (Sinha and Zoltners, "The Multiple-Choice Knapsack
Problem", Operations Research 27(3), 1979).

1. A window at or under its target is not changed.
2. Those that yield first are asked first: old nodes, then pastes, then recent messages, then users' words.
3. Of those asked, take the steps with the least loss per token until the target is met.
4. Where the lowest steps do not meet it, fold the oldest runs until they do, and choose steps for the rest anew.
5. Where all have yielded and the target is not met, say how much is needed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from context_compression.fit import fit
from context_compression.preserve import Yield
from context_compression.tier import CompressionTier
from context_core import BudgetExceededError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope

LOSSLESS_MIN_TOKENS = 1_000
"""Without a target, only parts above this go behind a pointer, with the longest preview."""

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
    if target_tokens is None:
        chosen = _first_steps(c for c in admitted if c.tier is CompressionTier.LOSSLESS)
    elif before <= target_tokens:
        chosen = []
    else:
        chosen = _choose(scope, target_tokens, admitted, may_fail=max_tier is CompressionTier.SUMMARIZATION)
    place = {node.id: index for index, node in enumerate(scope.window.nodes)}
    chosen.sort(key=lambda candidate: place[candidate.nodes[0].id])
    after = before - sum(candidate.tokens_saved for candidate in chosen)
    return Plan(scope.window.session_id, tuple(chosen), before, after, target_tokens, _prefix(scope, chosen))


def _first_steps(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the gentlest step for each large part that was not cut before."""
    steps: dict[str, Candidate] = {}
    for candidate in candidates:
        node = candidate.nodes[0]
        if node.tokens > LOSSLESS_MIN_TOKENS and node.elided is None and candidate.yields is Yield.OLD:
            steps.setdefault(node.id, candidate)
    return list(steps.values())


def _choose(scope: Scope, target: int, candidates: Sequence[Candidate], *, may_fail: bool) -> list[Candidate]:
    before = scope.window.tokens
    found: tuple[Candidate, ...] = ()
    tried = -1
    for limit in (Yield.OLD, Yield.PASTE, Yield.RECENT, Yield.USER):
        asked = [candidate for candidate in candidates if candidate.yields <= limit]
        if len(asked) == tried and limit < Yield.RECENT:
            continue
        tried = len(asked)
        fitted = fit(scope, asked, before, target)
        found = fitted.candidates
        if before - _saved(found) <= target and (fitted.room >= ROOM or limit >= Yield.RECENT):
            return list(found)
    if may_fail:
        raise BudgetExceededError(before - _saved(found), target)
    return list(found)


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
