"""The replay benchmark's second mode: its accounting, by hand, on small made-up sessions."""

from __future__ import annotations

import json

import pytest

from benchmarks.replay.cases import tokens_of
from benchmarks.replay.contexts import NOTE, Compressed, KeepLast, MaskResults, Whole, turns_of
from benchmarks.replay.turns import PRICES, STRATEGIES, Bill, Use, compare, main, replay, sample, uses
from context_core import TokenBudget
from context_core.testing.providers import check_openai

READ, WRITE = 0.1, 1.25


def call(number: int, path: str) -> dict:
    """Return an assistant's message that reads a file."""
    function = {"name": "read", "arguments": json.dumps({"path": path})}
    return {"role": "assistant", "content": None, "tool_calls": [{"id": f"call_{number}", "type": "function",
            "function": function}]}  # fmt: skip


def session(steps: int = 12, lines: int = 40) -> list[dict]:
    """Return a session whose last call uses a name that only its first result said."""
    messages = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Find the fault."}]
    for number in range(steps):
        rows = [f"row {line} of part {number} is fine and has nothing to tell" for line in range(lines)]
        rows[lines // 2] = f"the fault may be in src/hidden_{number}.py"
        messages.append(call(number, f"lib/part_{number}.py"))
        messages.append({"role": "tool", "tool_call_id": f"call_{number}", "content": "\n".join(rows)})
    return [*messages, call(steps, "src/hidden_0.py")]


def wide() -> TokenBudget:
    """Return a budget that nothing passes."""
    return TokenBudget(1_000_000)


def narrow() -> TokenBudget:
    """Return a budget that the made session passes."""
    return TokenBudget(4_000)


def test_a_prompt_that_only_grows_costs_what_a_sum_by_hand_says():
    """Each message is written once, by the first request that sends it, and read by all later ones."""
    messages = session(steps=3)
    sizes = [tokens_of([message]) for message in messages]
    asked = [2, 4, 6, 8]
    assert [number for number, m in enumerate(messages) if m["role"] == "assistant"] == asked
    reads = sum(sizes[:2]) + sum(sizes[:4]) + sum(sizes[:6])
    writes = sum(sizes[:8])
    bill = replay(messages, Whole(), wide())
    assert bill.cost == pytest.approx(READ * reads + WRITE * writes)
    assert bill.tokens == sum(sum(sizes[:number]) for number in asked)
    assert (bill.requests, bill.compressions, bill.over) == (4, 0, 0)


def test_prices_are_those_that_the_sum_by_hand_uses():
    """A token that is read costs a tenth, one that is written a quarter more."""
    assert (PRICES.read, PRICES.write) == (READ, WRITE)


def test_what_follows_a_change_is_written_anew():
    """After masking, only the messages before the first mask are read."""
    messages = session(steps=12)
    context = MaskResults()
    cost, before = 0.0, []
    budget = narrow()
    for message in messages:
        if message["role"] == "assistant":
            if tokens_of(context.prompt()) >= 0.65 * 4_000:
                context.shrink(budget)
            prompt = context.prompt()
            same = 0
            while same < len(before) and before[same] == prompt[same]:
                same += 1
            cost += READ * tokens_of(prompt[:same]) + WRITE * tokens_of(prompt[same:])
            before = prompt
        context.add(message)
    assert any(message["content"] == NOTE for message in before)
    assert replay(messages, MaskResults(), narrow()).cost == pytest.approx(cost)


@pytest.mark.parametrize("make", STRATEGIES.values(), ids=STRATEGIES)
def test_within_the_trigger_all_strategies_are_one(make):
    """Where nothing has to shrink, all cost the same and all that is used is in sight."""
    whole, bill = replay(session(), Whole(), wide()), replay(session(), make(), wide())
    assert bill == whole
    assert bill.seen == bill.used == 1


def test_values_are_those_said_before_and_rare():
    """A call's new path is not used, one that a result said is, and it is old where no late message says it."""
    found = uses(session(steps=12))
    assert found[2] == []
    assert found[26] == [Use("src/hidden_0.py", is_old=True)]
    assert uses(session(steps=4))[10] == [Use("src/hidden_0.py", is_old=False)]


def test_vocabulary_is_no_value():
    """What more than eight messages say is not counted, however a call uses it."""
    known = [{"role": "user", "content": f"{number}: see src/all.py"} for number in range(9)]
    assert uses([*known[:8], call(0, "src/all.py")])[8] == [Use("src/all.py", is_old=False)]
    assert uses([*known, call(0, "src/all.py")])[9] == []


@pytest.mark.parametrize("make", [KeepLast, MaskResults])
def test_a_value_is_lost_where_it_was_dropped(make):
    """What has no reference in the prompt counts as lost, and nothing is looked up."""
    bill = replay(session(), make(), narrow())
    assert bill.compressions > 0
    assert (bill.used, bill.seen, bill.old, bill.old_seen, bill.lost, bill.looks) == (1, 0, 1, 0, 1, 0)


def test_this_project_loses_nothing():
    """A value is in sight, or behind a reference that the prompt shows."""
    bill = replay(session(), Compressed(), narrow())
    assert bill.compressions > 0
    assert (bill.over, bill.lost) == (0, 0)
    assert bill.seen + bill.looks == bill.used == 1


class Behind(Whole):
    """Shows nothing of results but references, of which one original is smaller."""

    def prompt(self) -> list[dict]:
        """Return the first two messages."""
        return self.messages[:2]

    def originals(self, prompt: str) -> dict[str, str]:
        """Return two originals with both values, and one with neither."""
        return {"large": "src/one.py src/two.py and more", "small": "src/one.py src/two.py", "none": "src/on"}


def test_the_smallest_original_is_looked_up_once():
    """Two values of one request that one original brings back are one look, at its tokens."""
    result = {"role": "tool", "tool_call_id": "call_0", "content": "src/one.py src/two.py"}
    messages = [*session(steps=0)[:2], call(0, "a"), result, call(1, "src/one.py src/two.py")]
    bill = replay(messages, Behind(), wide())
    assert (bill.used, bill.seen, bill.lost, bill.looks) == (2, 0, 0, 1)
    assert bill.look_tokens == tokens_of([{"role": "user", "content": "src/one.py src/two.py"}]) - 4


@pytest.mark.parametrize("make", STRATEGIES.values(), ids=STRATEGIES)
def test_prompts_stay_valid(make):
    """Whatever was taken out, a provider accepts the messages, and the task and the system prompt stay."""
    context = make()
    for message in session(steps=30)[:-1]:
        context.add(message)
    context.shrink(narrow())
    shown = context.prompt()
    check_openai(shown)
    assert shown[:2] == session()[:2]
    assert make is Whole or tokens_of(shown) < tokens_of(session(steps=30))


def test_keeping_the_last_drops_whole_turns():
    """What is left is the beginning and an end of the session."""
    context = KeepLast()
    for message in session()[:-1]:
        context.add(message)
    context.shrink(narrow())
    shown = context.prompt()
    kept = len(shown) - 2
    assert shown == session()[:2] + session()[:-1][-kept:]
    assert tokens_of(shown) <= 2_000 < tokens_of(shown) + tokens_of(turns_of(session())[3])


def test_a_bill_is_the_sum_of_its_sessions():
    """Two replays of a session cost twice one."""
    bills = compare([("one", session()), ("two", session())], 4_000)
    once = replay(session(), KeepLast(), narrow())
    assert bills["keep the last"].cost == pytest.approx(2 * once.cost)
    assert bills["keep the last"].lost == 2
    assert bills["nothing"].row(bills["nothing"])["cost"] == 1.0


def test_a_bill_of_nothing_has_no_shares():
    """Where no session is large enough, figures are left open."""
    assert Bill().row(Bill())["in sight"] is None


def test_looks_are_charged_in_a_figure_of_their_own():
    """What was looked up is written once more; the cost beside it leaves it out."""
    row = Bill(cost=50.0, look_tokens=20).row(Bill(cost=100.0))
    assert (row["cost"], row["with looks"]) == (0.5, pytest.approx(0.5 + WRITE * 20 / 100))


def test_real_sessions_are_sampled_by_size(data, capsys):
    """The sample goes from the smallest to the largest session above the budget, and the table has a row a strategy."""
    found = [tokens_of(messages) for _, messages in sample(["codex"], 30_000, most=2)]
    assert found == sorted(found)
    assert min(found) > 30_000
    main(["--kinds", "codex", "--sessions", "1"])
    printed = capsys.readouterr().out
    assert all(f"| {strategy} |" in printed for strategy in STRATEGIES)
