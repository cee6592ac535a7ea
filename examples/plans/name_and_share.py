"""The first request: the budget refuses blank section names, and tells a section's share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turns import Request, call, edit, failed, found, passed, turn

from plans.paths import BUDGET, CORE, TEST_BUDGET

if TYPE_CHECKING:
    from turns import Plan

TESTS = '''\
"""TokenBudget: which names a section may have, and each section's share of the total."""

import pytest

from context_core import BudgetLevel, TokenBudget


@pytest.fixture
def budget() -> TokenBudget:
    budget = TokenBudget(total_tokens=1_000, reserve_tokens=100)
    budget.allocate("system", 50)
    budget.allocate("context", 400)
    return budget


@pytest.mark.parametrize("name", ["", " ", "\\t", " \\n "])
def test_a_blank_name_is_refused(budget: TokenBudget, name: str) -> None:
    """A section without a readable name is refused with what was got and what is expected."""
    with pytest.raises(ValueError, match="got section=.*; expected a name"):
        budget.allocate(name, 10)


def test_a_refused_name_changes_nothing(budget: TokenBudget) -> None:
    """After a refusal the sections and the status are what they were."""
    sections, status = budget.sections, budget.status
    with pytest.raises(ValueError, match="expected a name"):
        budget.allocate("", 900)
    assert budget.sections == sections
    assert budget.status == status


def test_negative_tokens_are_still_refused(budget: TokenBudget) -> None:
    """The check that was there stays, with its own message."""
    with pytest.raises(ValueError, match="got tokens=-1 for section 'context'"):
        budget.allocate("context", -1)


def test_a_name_with_spaces_inside_is_kept_as_it_is(budget: TokenBudget) -> None:
    """Only blank names are refused; others are neither stripped nor changed."""
    budget.allocate(" tool results ", 10)
    assert budget.sections[" tool results "] == 10


def test_a_share_is_of_the_total(budget: TokenBudget) -> None:
    """A section of 400 tokens in a budget of 1,000 has a share of 0.4, whatever the reserve is."""
    assert budget.share("context") == 0.4
    assert budget.share("system") == 0.05


def test_shares_and_the_reserve_add_up_to_the_utilization(budget: TokenBudget) -> None:
    """All shares and the reserve's own make up what the status calls utilization."""
    shares = sum(budget.share(section) for section in budget.sections)
    assert shares + budget.reserve_tokens / budget.total_tokens == pytest.approx(budget.status.utilization)


def test_an_unknown_section_has_no_share(budget: TokenBudget) -> None:
    """A section that uses nothing has a share of 0, as `release` takes an unknown name without a word."""
    assert budget.share("memory") == 0.0


def test_a_released_section_has_no_share(budget: TokenBudget) -> None:
    """After its release a section's share is 0."""
    budget.release("context")
    assert budget.share("context") == 0.0


def test_a_share_goes_past_one(budget: TokenBudget) -> None:
    """A section larger than the whole budget has a share above 1, as the utilization has."""
    status = budget.allocate("context", 1_500)
    assert status.level is BudgetLevel.EXCEEDED
    assert budget.share("context") == 1.5
'''

REFUSE_EMPTY = (
    """\
        if tokens < 0:
""",
    """\
        if not section:
            raise ValueError(f"got section={section!r}; expected a name")
        if tokens < 0:
""",
)

ADD_SHARE = (
    """\
    def release(self, section: str) -> BudgetStatus:
""",
    '''\
    def share(self, section: str) -> float:
        """Return a section's share of the budget, from 0.0; above 1.0 where it alone exceeds the total."""
        return self._sections[section] / (self.total_tokens - self.reserve_tokens)

    def release(self, section: str) -> BudgetStatus:
''',
)

REFUSE_BLANK = (
    """\
        if not section:
            raise ValueError""",
    """\
        if not section.strip():
            raise ValueError""",
)

CORRECT_SHARE = (
    """\
        return self._sections[section] / (self.total_tokens - self.reserve_tokens)
""",
    """\
        return self._sections.get(section, 0) / self.total_tokens
""",
)

TELL_OF_REFUSAL = (
    """\
            ValueError: tokens are negative.
""",
    """\
            ValueError: the section's name is blank, or tokens are negative.
""",
)


def answer() -> Plan[None]:
    """Answer the first request: refuse blank names, and add `share`."""
    yield from _explore_budget()
    yield from _test_budget()
    yield from _mend_budget()


def _explore_budget() -> Plan[None]:
    _, uses = yield turn(
        "I'll look at how the repository is laid out, and where the budget is defined and used.",
        call("list_files", path="."),
        call("search", pattern=r"TokenBudget|BudgetStatus", path="src"),
    )
    path = found(r"(\S+):\d+:class TokenBudget", uses)
    (source,) = yield turn(
        f"`TokenBudget` is defined in {path}. I'll read the whole file before I change it.",
        call("read_file", path=path),
    )
    line = found(r"(\d+)\t    def allocate", source)
    yield turn(
        f"`allocate` begins at line {line} and checks only that tokens are not negative. Before I add a check, I want "
        "to see in what words this package refuses a wrong argument, and whether its error tree has a class for it.",
        call("search", pattern=r"raise ValueError\(", path=CORE),
        call("read_file", path=f"{CORE}/errors.py"),
    )


def _test_budget() -> Plan[None]:
    yield turn(
        "Wrong arguments are a plain ValueError here, worded `got x=...; expected ...`; the error tree is for what "
        "goes wrong with data. I'll write the tests in that wording. I also test what should stay as it is: the check "
        "on negative tokens, and names that merely have spaces in them.",
        call("write_file", path=TEST_BUDGET, content=TESTS),
    )
    (report,) = yield turn("Now the tests must fail.", call("run_tests", paths=[TEST_BUDGET]))
    yield turn(
        f"{failed(report)}: blank names are taken (`DID NOT RAISE`), and there is no `share` yet. Those that pass are "
        "the two that guard what is there. I'll add the check to `allocate` and put `share` before `release`.",
        edit(BUDGET, REFUSE_EMPTY),
        edit(BUDGET, ADD_SHARE),
    )


def _mend_budget() -> Plan[None]:
    (report,) = yield turn("Running the tests against both edits.", call("run_tests", paths=[TEST_BUDGET]))
    line = int(found(r"budget\.py:(\d+): in share", report))
    yield turn(
        f"Still {failed(report)}. Two mistakes of mine, it seems: `not section` lets a name of spaces through, and "
        f"`share` at line {line} raises a KeyError for a section that is not there. I'll look at the lines around it.",
        call("read_file", path=BUDGET, start=line - 22, end=line + 8),
        call("search", pattern=r"/ self\.total_tokens", path=BUDGET),
    )
    yield turn(
        "I divided by the total less the reserve, while `utilization` and the levels divide by the total; with a "
        "reserve of 100 that made 400 of 1,000 come out as 0.444. All three get corrected: strip the name before the "
        "check, take 0 for an unknown section, divide by the total.",
        edit(BUDGET, REFUSE_BLANK),
        edit(BUDGET, CORRECT_SHARE),
        edit(BUDGET, TELL_OF_REFUSAL),
    )
    (report,) = yield turn("Once more.", call("run_tests", paths=[TEST_BUDGET]))
    yield turn(
        f"Done: {passed(report)}.\n\n"
        "- `TokenBudget.allocate` refuses a blank section name with a ValueError (`got section=''; expected a name`) "
        "before it changes anything. Blank means empty or only white space; other names are kept as given.\n"
        "- `TokenBudget.share(section)` returns the section's tokens over the total, so that all shares and the "
        "reserve's add up to `status.utilization`. An unknown or released section has a share of 0.0, and a section "
        "larger than the budget one above 1.0.\n\n"
        f"The change is in {BUDGET}, the tests are in {TEST_BUDGET}."
    )


REQUEST = Request(
    "In the token budget, `TokenBudget.allocate` takes a section with an empty name without a word, and later "
    "nobody can say whose tokens those are. Please make it refuse such names. I'd also like a method "
    "`share(section)` that returns the section's share of the total. Tests first, please; there is no tests folder "
    "in this checkout yet, so put them into `tests/`.",
    answer,
)
