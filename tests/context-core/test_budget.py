import pytest

from context_core import BudgetLevel, TokenBudget


def test_levels_by_threshold():
    """A budget passes through its levels as it fills; the trigger asks for compression."""
    budget = TokenBudget(1000)
    seen = [(budget.allocate("context", tokens).level.value, budget.status.needs_compression) for tokens in
            (0, 499, 500, 649, 650, 799, 800, 1000, 1001)]  # fmt: skip
    assert seen == [
        ("ok", False), ("ok", False), ("warning", False), ("warning", False), ("trigger", True), ("trigger", True),
        ("critical", True), ("critical", True), ("exceeded", True),
    ]  # fmt: skip


def test_sections_add_up_with_the_reserve():
    """What is kept free for the answer counts as used."""
    budget = TokenBudget(1000, reserve_tokens=100)
    budget.allocate("system", 200)
    status = budget.allocate("context", 300)
    assert (status.used_tokens, status.available_tokens, status.utilization) == (600, 400, 0.6)
    assert budget.allocate("context", 100).used_tokens == 400
    assert budget.release("system").used_tokens == 200
    assert budget.sections == {"context": 100}


def test_each_crossing_is_told_once():
    """A sink hears of a level when it is reached, and again only after it was left."""
    heard: list[BudgetLevel] = []
    budget = TokenBudget(100, on_crossing=lambda status: heard.append(status.level))
    for tokens in (10, 55, 60, 70, 70, 20, 70, 90):
        budget.allocate("context", tokens)
    assert heard == [BudgetLevel.WARNING, BudgetLevel.TRIGGER, BudgetLevel.TRIGGER, BudgetLevel.CRITICAL]


@pytest.mark.parametrize(
    "arguments",
    [(0,), (100, 0.0), (100, 0.9, 0.5), (100, 0.5, 0.6, 1.2)],
)
def test_thresholds_out_of_order_are_refused(arguments):
    """The error says what was got and what was expected."""
    with pytest.raises(ValueError, match="got .* expected"):
        TokenBudget(*arguments)


def test_negative_tokens_are_refused():
    """A section cannot owe tokens, and the reserve cannot be larger than the budget."""
    with pytest.raises(ValueError, match="tokens=-1 for section 'context'"):
        TokenBudget(100).allocate("context", -1)
    with pytest.raises(ValueError, match="reserve_tokens=101"):
        TokenBudget(100, reserve_tokens=101)


def test_compression_aims_below_the_trigger():
    """The target is the warning threshold, less the reserve."""
    assert TokenBudget(1000, reserve_tokens=100).target_tokens == 400


def test_a_sink_that_makes_room_is_seen_in_the_answer():
    """Where a crossing is answered by compressing, the status that comes back is that after it."""
    budget = TokenBudget(100, on_crossing=lambda status: budget.allocate("context", 10))
    assert budget.allocate("context", 90).used_tokens == 10
