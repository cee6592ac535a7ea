from threading import Thread

import pytest

from context_core import BudgetLevel, Section, TokenBudget


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


def test_a_jump_over_several_thresholds_names_them_all():
    """One callback, with every level that was reached."""
    heard = []
    budget = TokenBudget(100, on_crossing=heard.append)
    assert budget.allocate("context", 90).crossed == (BudgetLevel.WARNING, BudgetLevel.TRIGGER, BudgetLevel.CRITICAL)
    assert [status.crossed[-1] for status in heard] == [BudgetLevel.CRITICAL]
    assert budget.allocate("context", 10).crossed == ()


def test_floors_are_kept_whoever_asks():
    """What a section is promised is not lent to others, even while it is not used."""
    budget = TokenBudget(1000, reserve_tokens=200, sections={"system": Section(100), "memory": Section(50, 0.5)})
    assert budget.allowance("context") == 650
    budget.allocate("system", 300)
    assert (budget.allowance("context"), budget.allowance("memory")) == (450, 375)
    budget.allocate("context", 440)
    assert budget.allowance("memory") == 60
    budget.allocate("context", 900)
    assert budget.allowance("memory") == 0


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"a": Section(60), "b": Section(50)}, "floors of 110 tokens; expected at most 90"),
        ({"a": Section(0, 0.6), "b": Section(0, 0.6)}, "shares of 1.20"),
        ({"a": Section(-1)}, "for section 'a'"),
    ],
)
def test_promises_that_cannot_be_kept_are_refused(sections, said):
    """The error says what was promised and what there is."""
    with pytest.raises(ValueError, match=said):
        TokenBudget(100, reserve_tokens=10, sections=sections)


def test_models_by_name():
    """The longest known beginning counts; a part of a word is no beginning."""
    assert TokenBudget.for_model("anthropic/claude-3-5-sonnet-20241022").total_tokens == 200_000
    assert TokenBudget.for_model("gpt-4-0613").total_tokens == 8_192
    assert TokenBudget.for_model("gpt-4o-mini", reserve_tokens=0).status.used_tokens == 0
    for unknown in ("gpt-4x", "my-model"):
        with pytest.raises(ValueError, match=f"got model='{unknown}'; expected a name that begins with"):
            TokenBudget.for_model(unknown)


def test_threads_lose_no_crossing():
    """Many threads fill and empty their sections; each rise through a threshold is told once."""
    heard: list[BudgetLevel] = []
    budget = TokenBudget(1000, on_crossing=lambda status: heard.extend(status.crossed))

    def work(name):
        for _ in range(200):
            budget.allocate(name, 100)
            budget.allocate(name, 0)

    threads = [Thread(target=work, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.status.used_tokens == 0
    heard.clear()
    for number in range(8):
        budget.allocate(str(number), 100)
    assert heard == [BudgetLevel.WARNING, BudgetLevel.TRIGGER, BudgetLevel.CRITICAL]
