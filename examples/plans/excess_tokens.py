"""The fourth request: a function that tells how many tokens compression has to free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turns import Request, call, edit, failed, found, passed, turn

from plans.paths import BUDGET, CORE, EXCESS, EXPORTS, TEST_EXCESS

if TYPE_CHECKING:
    from turns import Plan

TESTS = '''\
"""excess_tokens: how much compression has to free."""

import pytest

from context_core import TokenBudget, excess_tokens


def test_an_empty_budget_has_no_excess() -> None:
    """Nothing used, nothing to free."""
    assert excess_tokens(TokenBudget(total_tokens=1_000)) == 0


def test_what_fits_the_target_has_no_excess() -> None:
    """A section of exactly the target's size may stay as it is."""
    budget = TokenBudget(total_tokens=1_000)
    budget.allocate("context", budget.target_tokens)
    assert excess_tokens(budget) == 0


def test_the_excess_is_what_lies_above_the_target() -> None:
    """700 tokens against a target of 500 are 200 too many, and sections count together."""
    budget = TokenBudget(total_tokens=1_000)
    budget.allocate("system", 100)
    budget.allocate("context", 600)
    assert excess_tokens(budget) == 200


def test_the_reserve_counts_once() -> None:
    """With 100 tokens kept for the answer, sections may use 400 of the threshold's 500."""
    budget = TokenBudget(total_tokens=1_000, reserve_tokens=100)
    budget.allocate("context", 600)
    assert excess_tokens(budget) == 200


@pytest.mark.parametrize("reserve_tokens", [0, 100, 250])
def test_freeing_the_excess_brings_the_budget_to_its_warning_threshold(reserve_tokens: int) -> None:
    """Once the excess is gone, what is used with the reserve is the warning threshold's share of the total."""
    budget = TokenBudget(total_tokens=1_000, reserve_tokens=reserve_tokens)
    budget.allocate("context", 700)
    status = budget.allocate("context", 700 - excess_tokens(budget))
    assert status.utilization == budget.warning_threshold
    assert not status.needs_compression
'''

MODULE = '''\
"""How many tokens compression has to free for a budget to be at its target again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from context_core.budget import TokenBudget


def excess_tokens(budget: TokenBudget) -> int:
    """Return the tokens by which a budget's sections exceed its target; 0 where they fit.

    Example:
        >>> from context_core import TokenBudget
        >>> budget = TokenBudget(total_tokens=1000)
        >>> _ = budget.allocate("context", 700)
        >>> excess_tokens(budget)
        200
    """
    return max(0, budget.status.used_tokens - budget.target_tokens)
'''

COUNT_SECTIONS_ALONE = (
    """\
    return max(0, budget.status.used_tokens - budget.target_tokens)
""",
    """\
    # The target is less the reserve already, and used_tokens has it too: sections alone are what compares.
    return max(0, sum(budget.sections.values()) - budget.target_tokens)
""",
)

IMPORT_EXCESS = (
    "from context_core.graph import",
    "from context_core.excess import excess_tokens\nfrom context_core.graph import",
)

EXPORT_EXCESS = (
    """\
    "expand",
""",
    """\
    "excess_tokens",
    "expand",
""",
)


def answer() -> Plan[None]:
    """Answer the fourth request: how many tokens compression has to free."""
    yield from _write_excess()
    yield from _mend_excess()


def _write_excess() -> Plan[None]:
    (hits,) = yield turn(
        "The budget has a notion of what compression aims at. I'll find it.",
        call("search", pattern="target_tokens|needs_compression", path=CORE),
    )
    line = int(found(r"budget\.py:(\d+):    def target_tokens", hits))
    yield turn(
        f"`target_tokens`, at line {line}. I'll read how it and the figures around it are made.",
        call("read_file", path=BUDGET, start=line - 1, end=line + 15),
    )
    _, report = yield turn(
        "So the target is the warning threshold's share of the total. Tests first, some with a reserve, since a "
        "reserve is part of both figures.",
        call("write_file", path=TEST_EXCESS, content=TESTS),
        call("run_tests", paths=[TEST_EXCESS]),
    )
    reason = found(r"E   (ImportError: cannot import name '\w+')", report)
    yield turn(
        f"`{reason}`. Now the module: what is used less the target, and never below 0.",
        call("write_file", path=EXCESS, content=MODULE),
        edit(EXPORTS, IMPORT_EXCESS),
        edit(EXPORTS, EXPORT_EXCESS),
    )


def _mend_excess() -> Plan[None]:
    (report,) = yield turn("Running them.", call("run_tests", paths=[TEST_EXCESS]))
    counts, got = failed(report), found(r"assert (\d+) == 200", report)
    (lines,) = yield turn(
        f"{counts}, and only tests with a reserve: {got} where 200 is right. That is the reserve of 100 on top, so it "
        "is counted twice. Where does each figure take it in?",
        call("search", pattern="reserve_tokens", path=BUDGET),
    )
    target = found(r":(\d+):.*- self\.reserve_tokens\)", lines)
    used = found(r":(\d+):\s+used = self\.reserve_tokens", lines)
    yield turn(
        f"Line {target} takes the reserve off the target, and line {used} adds it to what is used. The target is one "
        "for the sections alone, so the sections alone are what I compare with it; a comment says so, as the next "
        "reader would fall into the same hole.",
        edit(EXCESS, COUNT_SECTIONS_ALONE),
    )
    (report,) = yield turn("Again.", call("run_tests", paths=[TEST_EXCESS, EXCESS], doctests=True))
    yield turn(
        f"Done: {passed(report)}. `excess_tokens(budget)` in {EXCESS} returns by how many tokens the sections exceed "
        "`target_tokens`, and 0 where they fit. Freeing that many brings the utilization to exactly the warning "
        f"threshold, with a reserve or without (line {target} of budget.py has the reserve off the target already). "
        f"It is exported from `context_core`, and its tests are in {TEST_EXCESS}."
    )


REQUEST = Request(
    "One more, for the code that decides how hard to compress: given a budget, how many tokens have to go until it "
    "is at its target again? Please add that as a function `excess_tokens(budget)`, also in its own module, and "
    "mind that budgets may have a reserve.",
    answer,
)
