"""CompressionResult: what was done, by which strategy, and how to get it back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_compression.plan import Plan
    from context_compression.tier import CompressionTier
    from context_core import ContentStore, Manifest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one strategy did.

    Attributes:
        strategy: its name.
        tier: its tier.
        tokens_saved: tokens that the window lost by it.
        node_ids: the nodes that it took out of the prompt as they were.
    """

    strategy: str
    tier: CompressionTier
    tokens_saved: int
    node_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompressionResult:
    """What a compression did; iterate over it for the outcome of each strategy.

    Attributes:
        outcomes: one a strategy that did something.
        manifest: every change that was made to the session so far, as far as the caller told.
        store: holds the originals.
        durable: whether the store was the caller's; one made for the occasion lives as long as this result.
        plan: what was decided, and done unless it was a dry run.
        tokens_before: tokens of the window before.
        tokens_after: tokens of the window after.
    """

    outcomes: tuple[Outcome, ...]
    manifest: Manifest
    store: ContentStore
    durable: bool
    plan: Plan
    tokens_before: int
    tokens_after: int

    @property
    def tokens_saved(self) -> int:
        """Tokens before less tokens after."""
        return self.tokens_before - self.tokens_after

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __len__(self) -> int:
        return len(self.outcomes)


def outcomes_of(plan: Plan) -> tuple[Outcome, ...]:
    """Return what each strategy does in a plan, in the order in which they first do something."""
    saved: dict[tuple[str, CompressionTier], int] = defaultdict(int)
    nodes: dict[tuple[str, CompressionTier], list[str]] = defaultdict(list)
    for candidate in plan.candidates:
        key = (candidate.strategy, candidate.tier)
        saved[key] += candidate.tokens_saved
        nodes[key] += [node.id for node in candidate.nodes]
    return tuple(Outcome(name, tier, tokens, tuple(nodes[name, tier])) for (name, tier), tokens in saved.items())


def told(plan: Plan) -> str:
    """Return what a plan would do, as lines to read.

    Example:
        >>> from context_compression.plan import Plan
        >>> print(told(Plan("s", (), 1_200, 1_200, 2_000, 1_200)))
        1,200 -> 1,200 tokens, target 2,000; the first 1,200 stay as they are
        nothing to do
    """
    target = "none" if plan.target_tokens is None else f"{plan.target_tokens:,}"
    tokens = f"{plan.tokens_before:,} -> {plan.tokens_after:,} tokens, target {target}"
    lines = [f"{tokens}; the first {plan.prefix_tokens:,} stay as they are"]
    for outcome in outcomes_of(plan):
        done = f"{outcome.strategy} ({outcome.tier.label}): {len(outcome.node_ids):,} parts"
        lines.append(f"{done}, {outcome.tokens_saved:,} tokens saved")
    return "\n".join(lines if len(lines) > 1 else [*lines, "nothing to do"])
