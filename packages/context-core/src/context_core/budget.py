"""TokenBudget: how full a prompt may get, what each section may take, and who is told when a threshold is crossed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from threading import RLock
from typing import TYPE_CHECKING, Any

from context_core.models import model_window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class BudgetLevel(StrEnum):
    """How full a budget is, by its thresholds."""

    OK = "ok"
    WARNING = "warning"
    TRIGGER = "trigger"
    CRITICAL = "critical"
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class Section:
    """What one part of a prompt is promised.

    Attributes:
        floor_tokens: kept for the section, whether it uses them or not.
        share: of what is left beside the reserve and all floors, from 0 to 1: what the section may take beyond its
            floor.
    """

    floor_tokens: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """A budget at one moment.

    Attributes:
        total_tokens: the size of the budget.
        used_tokens: allocated to sections, and reserved for the answer.
        level: the highest threshold that is reached.
        needs_compression: whether the trigger threshold is reached.
        crossed: the levels that the last allocation reached anew, the lowest first; empty where it reached none.
    """

    total_tokens: int
    used_tokens: int
    level: BudgetLevel
    needs_compression: bool
    crossed: tuple[BudgetLevel, ...] = ()

    @property
    def available_tokens(self) -> int:
        """Tokens left; 0 where the budget is exceeded."""
        return max(0, self.total_tokens - self.used_tokens)

    @property
    def utilization(self) -> float:
        """Used over total; above 1.0 where the budget is exceeded."""
        return self.used_tokens / self.total_tokens


class TokenBudget:
    """A budget of tokens in named sections, with three thresholds as shares of the total. Safe for several threads.

    Quality falls before a window is full, so compression is due at the trigger, well below the total.

    Args:
        total_tokens: the window's size, at least 1.
        warning_threshold: share at which a person might want to know; compression aims at it.
        trigger_threshold: share at which compression is due.
        critical_threshold: share at which it is overdue.
        reserve_tokens: kept free for the answer; counts as used.
        sections: what sections are promised; others take what is left.
        on_crossing: called once each time a higher level than before is reached, by the thread that allocates. Where
            one allocation passes several thresholds, `BudgetStatus.crossed` names them all. Calls by several threads
            may overtake one another; a callback that raises is not called again for the same crossing.

    Raises:
        ValueError: the total is not positive, the thresholds are not 0 < warning ≤ trigger ≤ critical ≤ 1, or the
            reserve and the sections promise more than there is.

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
        sections: Mapping[str, Section] | None = None,
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
        self._promises = dict(sections or {})
        _require_kept(self._promises, total_tokens - reserve_tokens)
        self._on_crossing = on_crossing
        self._sections: dict[str, int] = {}
        self._level = self._status().level
        self._lock = RLock()

    @classmethod
    def for_model(cls, model: str, *, reserve_tokens: int | None = None, **options: Any) -> TokenBudget:
        """Return the budget of a known model's window.

        Args:
            model: its name; `context_core.models` lists those that are known.
            reserve_tokens: kept free for the answer; what the model may answer at most, but no more than a tenth of
                the window, unless given.
            options: as for the class.

        Raises:
            ValueError: the model is not known.

        Example:
            >>> TokenBudget.for_model("gpt-4o")
            TokenBudget(12,800 of 128,000 tokens, ok)
        """
        window = model_window(model)
        reserve = min(window.max_output_tokens, window.total_tokens // 10) if reserve_tokens is None else reserve_tokens
        return cls(window.total_tokens, reserve_tokens=reserve, **options)

    @property
    def target_tokens(self) -> int:
        """Tokens that compression aims at: the warning threshold of the total, less the reserve."""
        return max(1, int(self.total_tokens * self.warning_threshold) - self.reserve_tokens)

    @property
    def sections(self) -> dict[str, int]:
        """Tokens of each section that has any."""
        with self._lock:
            return dict(self._sections)

    @property
    def status(self) -> BudgetStatus:
        """The budget now."""
        with self._lock:
            return self._status()

    def allowance(self, section: str) -> int:
        """Return the tokens that a section may use: its floor and its share, or, with no promise, what is left.

        What is left lies beside the reserve, the other sections' use, and the floors that they do not use.

        Example:
            >>> promised = {"system": Section(100), "tools": Section(0, 0.25)}
            >>> budget = TokenBudget(1000, reserve_tokens=100, sections=promised)
            >>> budget.allowance("system"), budget.allowance("tools"), budget.allowance("context")
            (100, 200, 800)
        """
        with self._lock:
            free = self.total_tokens - self.reserve_tokens
            floors = {name: promise.floor_tokens for name, promise in self._promises.items()}
            others = {*floors, *self._sections} - {section}
            left = free - sum(max(floors.get(name, 0), self._sections.get(name, 0)) for name in others)
            promise = self._promises.get(section)
            if promise is None:
                return max(0, left)
            return max(0, min(left, promise.floor_tokens + int(promise.share * (free - sum(floors.values())))))

    def allocate(self, section: str, tokens: int) -> BudgetStatus:
        """Set what a section uses; return the budget after it, and after what the callback did.

        A section may be given more than its allowance: the prompt is as long as it is, and the level tells.

        Raises:
            ValueError: tokens are negative.
        """
        if tokens < 0:
            raise ValueError(f"got tokens={tokens} for section {section!r}; expected 0 or more")
        with self._lock:
            self._sections[section] = tokens
            status = self._cross()
        if status.crossed and self._on_crossing is not None:
            self._on_crossing(status)
            return replace(self.status, crossed=status.crossed)
        return status

    def release(self, section: str) -> BudgetStatus:
        """Take a section's tokens out; return the budget after it."""
        with self._lock:
            self._sections.pop(section, None)
            return self._cross()

    def _cross(self) -> BudgetStatus:
        """Move to the level of now; return the status with the levels that were reached on the way up."""
        status = self._status()
        levels = list(BudgetLevel)
        before, now = levels.index(self._level), levels.index(status.level)
        self._level = status.level
        return replace(status, crossed=tuple(levels[before + 1 : now + 1]))

    def _status(self) -> BudgetStatus:
        used = self.reserve_tokens + sum(self._sections.values())
        needs_compression = used >= self.trigger_threshold * self.total_tokens
        return BudgetStatus(self.total_tokens, used, self._level_of(used), needs_compression)

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


def _require_kept(promises: Mapping[str, Section], free: int) -> None:
    """Raise unless all promises can be kept at once."""
    for name, promise in promises.items():
        if promise.floor_tokens < 0 or not 0 <= promise.share <= 1:
            raise ValueError(f"got {promise} for section {name!r}; expected a floor of 0 or more and a share of 0 to 1")
    floors, shares = sum(p.floor_tokens for p in promises.values()), sum(p.share for p in promises.values())
    if floors > free:
        raise ValueError(f"got floors of {floors:,} tokens; expected at most {free:,}, the total less the reserve")
    if shares > 1 + 1e-9:
        raise ValueError(f"got shares of {shares:.2f}; expected at most 1 together")
