"""TokenBudget: how full a prompt may get, and who is told when it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class BudgetLevel(StrEnum):
    """How full a budget is, by its thresholds."""

    OK = "ok"
    WARNING = "warning"
    TRIGGER = "trigger"
    CRITICAL = "critical"
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A budget at one moment.

    Attributes:
        total_tokens: the size of the budget.
        used_tokens: allocated to sections, and reserved for the answer.
        level: the highest threshold that is reached.
        needs_compression: whether the trigger threshold is reached.
    """

    total_tokens: int
    used_tokens: int
    level: BudgetLevel
    needs_compression: bool

    @property
    def available_tokens(self) -> int:
        """Tokens left; 0 where the budget is exceeded."""
        return max(0, self.total_tokens - self.used_tokens)

    @property
    def utilization(self) -> float:
        """Used over total; above 1.0 where the budget is exceeded."""
        return self.used_tokens / self.total_tokens


class TokenBudget:
    """A budget of tokens in named sections, with three thresholds as shares of the total.

    Quality falls before a window is full, so compression is due at the trigger, well below the total.

    Args:
        total_tokens: the window's size, at least 1.
        warning_threshold: share at which a person might want to know; compression aims at it.
        trigger_threshold: share at which compression is due.
        critical_threshold: share at which it is overdue.
        reserve_tokens: kept free for the answer; counts as used.
        on_crossing: called once each time a higher level than before is reached.

    Raises:
        ValueError: the total is not positive, or the thresholds are not 0 < warning ≤ trigger ≤ critical ≤ 1.

    Example:
        >>> budget = TokenBudget(total_tokens=1000)
        >>> budget.allocate("context", 700).needs_compression
        True
        >>> budget.status.level.value
        'trigger'
    """

    def __init__(
        self,
        total_tokens: int,
        warning_threshold: float = 0.5,
        trigger_threshold: float = 0.65,
        critical_threshold: float = 0.8,
        *,
        reserve_tokens: int = 0,
        on_crossing: Callable[[BudgetStatus], None] | None = None,
    ) -> None:
        if total_tokens < 1:
            raise ValueError(f"got total_tokens={total_tokens}; expected at least 1")
        if not 0 < warning_threshold <= trigger_threshold <= critical_threshold <= 1:
            raise ValueError(
                f"got thresholds {warning_threshold}, {trigger_threshold}, {critical_threshold}; "
                "expected 0 < warning <= trigger <= critical <= 1"
            )
        if not 0 <= reserve_tokens <= total_tokens:
            raise ValueError(f"got reserve_tokens={reserve_tokens}; expected 0 to total_tokens={total_tokens}")
        self.total_tokens = total_tokens
        self.warning_threshold = warning_threshold
        self.trigger_threshold = trigger_threshold
        self.critical_threshold = critical_threshold
        self.reserve_tokens = reserve_tokens
        self._on_crossing = on_crossing
        self._sections: dict[str, int] = {}
        self._level = BudgetLevel.OK

    @property
    def target_tokens(self) -> int:
        """Tokens that compression aims at: the warning threshold of the total, less the reserve."""
        return max(1, int(self.total_tokens * self.warning_threshold) - self.reserve_tokens)

    @property
    def sections(self) -> dict[str, int]:
        """Tokens of each section."""
        return dict(self._sections)

    @property
    def status(self) -> BudgetStatus:
        """The budget now."""
        used = self.reserve_tokens + sum(self._sections.values())
        level = self._level_of(used)
        return BudgetStatus(self.total_tokens, used, level, used >= self.trigger_threshold * self.total_tokens)

    def allocate(self, section: str, tokens: int) -> BudgetStatus:
        """Set what a section uses; return the budget after it.

        Raises:
            ValueError: tokens are negative.
        """
        if tokens < 0:
            raise ValueError(f"got tokens={tokens} for section {section!r}; expected 0 or more")
        self._sections[section] = tokens
        status = self.status
        levels = list(BudgetLevel)
        risen = levels.index(status.level) > levels.index(self._level)
        self._level = status.level
        if risen and self._on_crossing is not None:
            self._on_crossing(status)
        return self.status

    def release(self, section: str) -> BudgetStatus:
        """Take a section out; return the budget after it."""
        self._sections.pop(section, None)
        self._level = self.status.level
        return self.status

    def _level_of(self, used: int) -> BudgetLevel:
        share = used / self.total_tokens
        if share > 1:
            return BudgetLevel.EXCEEDED
        for threshold, level in (
            (self.critical_threshold, BudgetLevel.CRITICAL),
            (self.trigger_threshold, BudgetLevel.TRIGGER),
            (self.warning_threshold, BudgetLevel.WARNING),
        ):
            if share >= threshold:
                return level
        return BudgetLevel.OK

    def __repr__(self) -> str:
        status = self.status
        return f"TokenBudget({status.used_tokens:,} of {status.total_tokens:,} tokens, {status.level.value})"
