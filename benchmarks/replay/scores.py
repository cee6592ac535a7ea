"""Scores: what a peer's answers come to, over all cases at one share of the old part."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.replay.judge import Verdict, judge, stands
from context_core import EncodingCounter
from context_core.testing.providers import check_openai

if TYPE_CHECKING:
    from benchmarks.replay.cases import Case
    from benchmarks.replay.needed import Message

_COUNTER = EncodingCounter()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, judged.

    Attributes:
        verdict: what the judge saw.
        recoverable: for each needed value, whether it is in sight or in an original that was given back.
        looks: tokens of the smallest original that brings back each value that is out of sight.
        is_valid: whether a provider takes the messages, with their system prompt as it was.
        seconds: of the compress call.
        size: tokens of the case.
    """

    verdict: Verdict
    recoverable: tuple[bool, ...]
    looks: tuple[int, ...]
    is_valid: bool
    seconds: float
    size: int


@dataclass(slots=True)
class Scores:
    """The answers of one peer at one share.

    Attributes:
        peer: its name.
        share: of the old part that may be kept.
        answers: one a case that was answered.
        errors: how many cases were not.
    """

    peer: str
    share: float
    answers: list[Answer] = field(default_factory=list)
    errors: int = 0

    def row(self) -> dict[str, float | None]:
        """Return the figures of the table, in percent, tokens and seconds."""
        verdicts = [answer.verdict for answer in self.answers]
        sight = [seen for v in verdicts for seen in v.in_sight]
        context = [seen for v in verdicts for seen in v.in_context]
        results = [seen for v in verdicts for seen, only in zip(v.in_sight, v.of_results, strict=True) if only]
        looks = [look for answer in self.answers for look in answer.looks]
        size = sum(answer.size for answer in self.answers)
        return {
            "kept": _percent([v.kept for v in verdicts]),
            "within": _percent([v.within for v in verdicts]),
            "in sight": _percent(sight),
            "in context": _percent(context),
            "results": _percent(results),
            "recoverable": _percent([back for answer in self.answers for back in answer.recoverable]),
            "valid": _percent([answer.is_valid for answer in self.answers]),
            "users' words": _percent([v.own_words[0] for v in verdicts]),
            "agents' words": _percent([v.own_words[1] for v in verdicts]),
            "prefix": _percent([v.prefix for v in verdicts]),
            "look": median(looks) if looks else None,
            "s/Mtok": 1e6 * sum(answer.seconds for answer in self.answers) / size if size else None,
            "errors": self.errors,
        }


def judged(case: Case, target: int, answer: dict) -> Answer:
    """Return an answer of the protocol, judged."""
    messages: list[Message] = answer["messages"]
    verdict = judge(case, target, messages)
    originals = answer.get("recoverable") or []
    back, looks = [], []
    for need, seen in zip(case.needed, verdict.in_sight, strict=True):
        holding = [] if seen else [text for text in originals if stands(need.value, text)]
        back.append(seen or bool(holding))
        if holding:
            looks.append(min(_COUNTER.count_many(holding)))
    valid = _is_valid(case.messages, messages)
    return Answer(verdict, tuple(back), tuple(looks), valid, answer["seconds"], case.tokens)


def _is_valid(before: list[Message], after: list[Message]) -> bool:
    system = [[m for m in messages if m["role"] in ("system", "developer")] for messages in (before, after)]
    try:
        check_openai(after)
    except AssertionError:
        return False
    return system[0] == system[1]


def _percent(values: list[float] | list[bool]) -> float | None:
    return 100 * sum(values) / len(values) if values else None
