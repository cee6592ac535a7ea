"""Cases: real sessions, cut at a point, with a target for what lies before it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.replay.needed import Message, Needed, needed
from context_core import EncodingCounter, build, read_all, render

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(__file__).parents[3] / "shared" / "data"
PROTECTED = 8
"""The last messages before the cut, which are left as they are as far as the target allows."""
CUTS = (0.5, 0.8)
SHARES = (0.40, 0.25, 0.15, 0.08)
_OVERHEAD = 4
_COUNTER = EncodingCounter()
KINDS = {
    "claude_code": ("entire_claude_code", "*full.jsonl"),
    "codex": ("entire_codex", "*full.jsonl"),
    "tau2": ("tau2_bench", "*.json"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A session up to a cut, and what came after.

    Attributes:
        name: kind, file and cut.
        kind: which agent's log it is.
        messages: all before the cut, in OpenAI Chat's form.
        protected: how many of the last messages are the protected part, beside the system prompt.
        needed: the values that calls after the cut took from the old part.
    """

    name: str
    kind: str
    messages: list[Message]
    protected: int
    needed: tuple[Needed, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all messages."""
        return tokens_of(self.messages)

    @property
    def protected_tokens(self) -> int:
        """Tokens of the system prompt and of the last messages."""
        return tokens_of(split(self.messages, self.protected)[1])

    def target(self, share: float) -> int:
        """Return the tokens that all messages may cost when a share of the old part is kept."""
        fixed = self.protected_tokens
        return fixed + int(share * (self.tokens - fixed))


def split(messages: list[Message], protected: int) -> tuple[list[Message], list[Message]]:
    """Return the old part, and the protected one: the system prompt and the last messages."""
    last = messages[-protected:] if protected else []
    first = [m for m in messages[: len(messages) - len(last)] if m["role"] in ("system", "developer")]
    return [m for m in messages[: len(messages) - len(last)] if m["role"] not in ("system", "developer")], first + last


@cache
def sessions(kind: str) -> list[tuple[str, list[Message]]]:
    """Return the sessions of a kind as OpenAI Chat messages, by name; of one that was saved as it grew, the last."""
    folder, pattern = KINDS[kind]
    paths = sorted((DATA / folder).rglob(pattern))
    paths = [path for path in paths if "growth" not in str(path)]
    found: list[tuple[str, list[Message]]] = []
    for path in paths:
        for number, transcript in enumerate(read_all(path)):
            name = f"{kind}/{path.parent.parent.name}-{path.parent.name}-{path.stem}#{number}"
            found.append((name, list(render(build(transcript)))))
    return found


def cases(kind: str, cuts: tuple[float, ...] = CUTS) -> Iterator[Case]:
    """Yield the cases of a kind: those sessions and cuts where something old is needed later."""
    for name, messages in sessions(kind):
        for cut in cuts:
            case = case_at(f"{name}@{cut:.0%}", kind, messages, cut)
            if case is not None and case.needed:
                yield case


def case_at(name: str, kind: str, messages: list[Message], share: float) -> Case | None:
    """Return the case of a cut, moved to where an agent's turn begins; None where nothing old lies before it."""
    cut = int(len(messages) * share)
    while cut < len(messages) and messages[cut]["role"] != "assistant":
        cut += 1
    before, later = messages[:cut], messages[cut:]
    protected = PROTECTED
    while protected < len(before) and before[-protected]["role"] == "tool":
        protected += 1  # a result is not protected without its call
    old, kept = split(before, protected)
    if len(old) < 2 or not later:
        return None
    return Case(name, kind, before, protected, tuple(needed(old, kept, later)))


def tokens_of(messages: list[Message]) -> int:
    """Return what messages cost: their strings, and 4 tokens a part."""
    parts = [part for message in messages for part in _parts(message)]
    counts = _COUNTER.count_many([text for part in parts for text in part])
    return sum(counts) + _OVERHEAD * len(parts)


def _parts(message: Message) -> list[list[str]]:
    content: Any = message.get("content")
    parts: list[list[str]] = []
    head = [message["tool_call_id"]] if message.get("tool_call_id") else []
    if isinstance(content, str):
        parts.append([content, *head])
    else:
        parts += [[block.get("text") or "", *head] for block in content or ()]
    for call in message.get("tool_calls") or ():
        body = call.get("function") or call.get("custom") or {}
        parts.append([body.get("name") or "", body.get("arguments") or body.get("input") or "", call.get("id") or ""])
    return parts
