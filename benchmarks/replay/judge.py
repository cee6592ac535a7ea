"""The judge: what of the needed values is still there after compression, by looking at the messages alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.replay.cases import split, tokens_of
from benchmarks.replay.needed import Message, texts_of

if TYPE_CHECKING:
    from benchmarks.replay.cases import Case

BESIDE = 100
"""Characters on either side of a value that count as beside it, on its line: of a long line only what is near."""
NEAR = 300
"""Characters on either side of a value in the compressed messages in which the words beside it are looked for."""
MOST = 0.5
_WORD = re.compile(r"\w{2,}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge saw of one case.

    Attributes:
        tokens: of the compressed messages.
        kept: tokens kept of the old part: all tokens beyond the protected part, as a share of those before.
        within: whether the target was met.
        in_sight: for each needed value, whether it stands there as a whole word.
        in_context: for each, whether most of the words stand beside it that did.
        of_results: for each, whether only tool results had said it.
        own_words: share of the users' and of the assistants' own words left as they were, by characters.
        prefix: leading tokens unchanged, as a share of all before.
    """

    tokens: int
    kept: float
    within: bool
    in_sight: tuple[bool, ...]
    in_context: tuple[bool, ...]
    of_results: tuple[bool, ...]
    own_words: tuple[float, float]
    prefix: float


def judge(case: Case, target: int, after: list[Message]) -> Verdict:
    """Return what is left of a case in its compressed messages."""
    texts = [text for message in after for text in texts_of(message)]
    old, _ = split(case.messages, case.protected)
    old_texts = [text for message in old for text in texts_of(message)]
    tokens, fixed = tokens_of(after), case.protected_tokens
    shown = "\n".join(texts)
    in_sight = tuple(stands(need.value, shown) for need in case.needed)
    in_context = tuple(
        seen and has_context(need.value, old_texts, texts) for need, seen in zip(case.needed, in_sight, strict=True)
    )
    return Verdict(
        tokens=tokens,
        kept=(tokens - fixed) / max(1, case.tokens - fixed),
        within=tokens <= target,
        in_sight=in_sight,
        in_context=in_context,
        of_results=tuple(need.of_results for need in case.needed),
        own_words=(_own(old, after, "user"), _own(old, after, "assistant")),
        prefix=_prefix(case.messages, after),
    )


def stands(value: str, text: str) -> bool:
    """Return whether a value stands in a text as a whole word.

    Example:
        >>> stands("ORD-1", "see ORD-1."), stands("ORD-1", "see ORD-12")
        (True, False)
    """
    return next(_places(value, text), None) is not None


def _places(value: str, text: str) -> Any:
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        before, after = text[at - 1 : at], text[end : end + 1]
        if not (_is_word(before) or _is_word(after)):
            yield at
        at = text.find(value, at + 1)


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def has_context(value: str, before: list[str], after: list[str]) -> bool:
    """Return whether a value still has most of the words beside it that it had on one of its lines."""
    wanted: list[set[str]] = []
    for text in before:
        if value in text:
            for at in _places(value, text):
                start = max(text.rfind("\n", 0, at) + 1, at - BESIDE)
                end = text.find("\n", at)
                stop = min(len(text) if end < 0 else end, at + len(value) + BESIDE)
                wanted.append(_beside(text[start:at], text[at + len(value) : stop]))
    for text in after:
        if value in text:
            for at in _places(value, text):
                near = _beside(text[max(0, at - NEAR) : at], text[at + len(value) : at + len(value) + NEAR])
                if any(len(line & near) >= MOST * len(line) for line in wanted):
                    return True
    return False


def _beside(left: str, right: str) -> set[str]:
    return {*_WORD.findall(left), *_WORD.findall(right)}


def _own(old: list[Message], after: list[Message], role: str) -> float:
    said = [m["content"] for m in old if m["role"] == role and isinstance(m.get("content"), str) and m["content"]]
    left = {m.get("content") for m in after if isinstance(m.get("content"), str)}
    total = sum(map(len, said))
    return sum(len(text) for text in said if text in left) / total if total else 1.0


def _prefix(before: list[Message], after: list[Message]) -> float:
    same = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        same += 1
    return tokens_of(before[:same]) / max(1, tokens_of(before))
