"""The second mode: whole sessions, turn by turn, under a budget.

    uv run python -m benchmarks.replay.turns                                   # up to 8 sessions, a budget of 30,000
    uv run python -m benchmarks.replay.turns --budget 60000 --kinds codex --json turns.json

1. The messages of a session are appended one by one. Each message of the assistant is a *request*: what stands before
   it is the prompt. Its tokens are counted alike for every strategy, from the messages sent.
2. Where a prompt passes the budget's trigger, the strategy shrinks it first, to the warning threshold.
3. A request costs the tokens of its prompt at cache prices: leading messages equal to those of the request before are
   read, the rest is written. Answers cost every strategy the same and are left out.
4. The values that the answer's calls really use, that were said before and are not vocabulary, are looked for in the
   prompt: in sight as whole words, or not. *Old* are those that none of the last messages says.
5. A value out of sight is looked for behind the references that the prompt shows. The smallest original that has it is
   one look; other values of the same request in the same original cost no other. What has no reference is lost.
6. *With looks*, the tokens of looks are written once. That is the least they cost: the request that asks for one, and
   that it stays in later prompts, are not counted, nor is what an agent does to find again what was lost.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.replay.cases import KINDS, PROTECTED, sessions, tokens_of
from benchmarks.replay.contexts import Compressed, Context, KeepLast, MaskResults, Whole
from benchmarks.replay.judge import stands
from benchmarks.replay.needed import COMMON, Message, argument_texts, is_value, texts_of, whole_words, words
from context_compression import CachePrices
from context_core import EncodingCounter, TokenBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BUDGET = 30_000
MOST_SESSIONS = 8
PRICES = CachePrices(read=0.1, write=1.25)
STRATEGIES: dict[str, Callable[[], Context]] = {
    "nothing": Whole,
    "this project": Compressed,
    "this project, with prices": lambda: Compressed(prices=PRICES),
    "keep the last": KeepLast,
    "mask old results": MaskResults,
}
COLUMNS = {"cost": 2, "with looks": 2, "compressions": 0, "in sight": 1, "old in sight": 1}
COLUMNS |= {"restores": 0, "restored tokens": 0, "lost": 1, "over": 0, "s/Mtok": 2}
"""The figures of the table, and their digits."""
_COUNTER = EncodingCounter()


@dataclass(frozen=True, slots=True)
class Use:
    """A value that a call uses and that was said before.

    Attributes:
        value: as the call says it.
        is_old: whether none of the last messages before the request says it.
    """

    value: str
    is_old: bool


@dataclass(slots=True)
class Bill:
    """What a strategy came to.

    Attributes:
        cost: of all prompts at cache prices, in input tokens.
        tokens: of all prompts.
        requests: how many prompts were sent.
        compressions: how often a prompt was changed.
        seconds: spent on changing prompts.
        over: prompts larger than the budget.
        used: values that calls used.
        seen: of these, those in sight.
        old: of those used, the old ones.
        old_seen: of these, those in sight.
        lost: values neither in sight nor behind a reference.
        looks: originals that had to be asked for.
        look_tokens: their tokens.
    """

    cost: float = 0.0
    tokens: int = 0
    requests: int = 0
    compressions: int = 0
    seconds: float = 0.0
    over: int = 0
    used: int = 0
    seen: int = 0
    old: int = 0
    old_seen: int = 0
    lost: int = 0
    looks: int = 0
    look_tokens: int = 0

    def add(self, other: Bill) -> None:
        """Add the figures of another bill."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def row(self, whole: Bill) -> dict[str, float | None]:
        """Return the figures of the table; costs are shares of another bill's."""
        return {
            "cost": self.cost / whole.cost if whole.cost else None,
            "with looks": (self.cost + PRICES.write * self.look_tokens) / whole.cost if whole.cost else None,
            "compressions": self.compressions,
            "in sight": _percent(self.seen, self.used),
            "old in sight": _percent(self.old_seen, self.old),
            "restores": self.looks,
            "restored tokens": self.look_tokens,
            "lost": _percent(self.lost, self.used),
            "over": self.over,
            "s/Mtok": 1e6 * self.seconds / self.tokens if self.tokens else None,
        }


def uses(messages: Sequence[Message]) -> dict[int, list[Use]]:
    """Return for each request, by the number of its answer, the values that its calls take from what was said."""
    spread: Counter[str] = Counter()
    said_at: dict[str, int] = {}
    found: dict[int, list[Use]] = {}
    for number, message in enumerate(messages):
        if message["role"] == "assistant":
            called = {value for text in argument_texts(message) for value in whole_words(text) if is_value(value)}
            taken = sorted(value for value in called if 0 < spread[value] <= COMMON)
            found[number] = [Use(value, said_at[value] < number - PROTECTED) for value in taken]
        said = {value for text in texts_of(message) for value in words(text)}
        spread.update(said)
        said_at |= dict.fromkeys(said, number)
    return found


def replay(messages: Sequence[Message], context: Context, budget: TokenBudget) -> Bill:
    """Return what a session costs, and what its calls find in their prompts."""
    bill, used = Bill(), uses(messages)
    before: list[str] = []
    for number, message in enumerate(messages):
        if number in used:
            prompt = _sent(context, budget, bill)
            _charge(bill, before, prompt, budget)
            _look(bill, used[number], prompt, context)
            before = prompt
        context.add(message)
    return bill


def _sent(context: Context, budget: TokenBudget, bill: Bill) -> list[str]:
    """Return the prompt's messages as JSON, made smaller first where it passes the trigger."""
    prompt = _as_json(context.prompt())
    if budget.allocate("context", sum(map(_tokens, prompt))).needs_compression:
        begin = perf_counter()
        context.shrink(budget)
        bill.seconds += perf_counter() - begin
        shrunk = _as_json(context.prompt())
        bill.compressions += shrunk != prompt
        prompt = shrunk
    return prompt


def _charge(bill: Bill, before: list[str], prompt: list[str], budget: TokenBudget) -> None:
    same = next((n for n, pair in enumerate(zip(before, prompt, strict=False)) if pair[0] != pair[1]), len(before))
    sizes = [_tokens(message) for message in prompt]
    bill.cost += PRICES.read * sum(sizes[:same]) + PRICES.write * sum(sizes[same:])
    bill.tokens += sum(sizes)
    bill.over += sum(sizes) > budget.total_tokens
    bill.requests += 1


def _look(bill: Bill, used: list[Use], prompt: list[str], context: Context) -> None:
    shown = "\n".join(map(_text, prompt))
    hidden = [use for use in used if not stands(use.value, shown)]
    bill.used += len(used)
    bill.seen += len(used) - len(hidden)
    bill.old += sum(use.is_old for use in used)
    bill.old_seen += sum(use.is_old for use in used) - sum(use.is_old for use in hidden)
    originals = context.originals(shown) if hidden else {}
    looks: set[str] = set()
    for use in hidden:
        holding = [reference for reference, text in originals.items() if stands(use.value, text)]
        if not holding:
            bill.lost += 1
        elif looks.isdisjoint(holding):
            looks.add(min(holding, key=lambda reference: _COUNTER.count(originals[reference])))
    bill.looks += len(looks)
    bill.look_tokens += sum(_COUNTER.count(originals[reference]) for reference in looks)


def _as_json(messages: Sequence[Message]) -> list[str]:
    return [json.dumps(message) for message in messages]


@lru_cache(maxsize=1 << 14)
def _tokens(message: str) -> int:
    return tokens_of([json.loads(message)])


@lru_cache(maxsize=1 << 14)
def _text(message: str) -> str:
    return "\n".join(texts_of(json.loads(message)))


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def sample(kinds: Sequence[str], budget: int, most: int = MOST_SESSIONS) -> list[tuple[str, list[Message]]]:
    """Return sessions that are larger than the budget; of too many, some of all sizes."""
    found = [(name, messages) for kind in kinds for name, messages in sessions(kind) if tokens_of(messages) > budget]
    found.sort(key=lambda session: (tokens_of(session[1]), session[0]))
    if len(found) <= most:
        return found
    return [found[number * (len(found) - 1) // max(1, most - 1)] for number in range(most)]


def compare(chosen: Sequence[tuple[str, list[Message]]], total_tokens: int) -> dict[str, Bill]:
    """Return each strategy's bill over all sessions."""
    bills = {strategy: Bill() for strategy in STRATEGIES}
    for strategy, make in STRATEGIES.items():
        print(f"{strategy}: {len(chosen)} sessions", file=sys.stderr, flush=True)
        for _, messages in chosen:
            bills[strategy].add(replay(messages, make(), TokenBudget(total_tokens)))
    return bills


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, replay the sessions, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay.turns", description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=int, default=BUDGET, help="tokens; sessions that are larger are replayed")
    parser.add_argument("--kinds", default="claude_code,codex", help=f"of sessions, by commas: {', '.join(KINDS)}")
    parser.add_argument("--sessions", type=int, default=MOST_SESSIONS, help="how many at most")
    parser.add_argument("--json", type=Path, help="write the figures there")
    given = parser.parse_args(arguments)
    chosen = sample(given.kinds.split(","), given.budget, given.sessions)
    bills = compare(chosen, given.budget)
    if given.json:
        figures = {strategy: asdict(bill) for strategy, bill in bills.items()}
        about = {"budget": given.budget, "sessions": [name for name, _ in chosen], "strategies": figures}
        given.json.write_text(json.dumps(about, indent=1) + "\n")
    print(_table(bills, len(chosen), given.budget))


def _table(bills: dict[str, Bill], count: int, budget: int) -> str:
    whole = bills["nothing"]
    about = (
        f"{count} sessions, {whole.requests} requests, {whole.used} values ({whole.old} old), a budget of {budget:,}"
    )
    lines = [about, "", f"| strategy | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 1)}"]
    for strategy, bill in bills.items():
        row = bill.row(whole)
        figures = ("–" if row[name] is None else f"{row[name]:,.{digits}f}" for name, digits in COLUMNS.items())
        lines.append(f"| {strategy} | {' | '.join(figures)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
