"""TaskRelevance: of what the agent said, the lines that have to do with the task.

1. The agent's own texts and thinking are open candidates: which of their lines stay is the planner's choice.
2. The task's terms are its compound names and its words; those that stand on many lines tell nothing.
3. A line is worth the share of the terms' weight that it holds, the rarer a term the more (inverse document frequency,
   as in BM25; a line is too short for how often a term stands in it to matter).

A term is looked for in all texts at once, laid end to end, as fast as memory is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.strategies._own_words import MIN_TOKENS, own_words
from context_compression.strategies.weigher import MOST
from context_compression.tier import CompressionTier
from context_core.terms import compounds, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_compression.sight import Sight
    from context_core import Scorer

_TERMS = 8
"""Terms that are looked for, at most: those that stand first in the task."""
_TASK_CHARS = 4_000
_SHORTEST = 4
_COMMON = 0.02
"""Share of the lines above which a term tells nothing."""
_FULL = 0.5
"""Share of the terms' weight with which a line is held to be all about the task."""


@dataclass(frozen=True, slots=True)
class TaskRelevance:
    """Keeps of the agent's own words the lines that have to do with the task.

    Attributes:
        min_tokens: parts below this are left alone.
        scorer: tells how much a line has to do with the task, from 0 to 1; the terms that they share unless given.
    """

    min_tokens: int = MIN_TOKENS
    scorer: Scorer | None = None

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "task-relevance"

    @property
    def tier(self) -> CompressionTier:
        """Lines, word for word."""
        return CompressionTier.COMPACTION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return an open candidate for each text and thought of the agent."""
        return own_words(scope, self.name, self.tier, self.min_tokens)

    def weigh(self, scope: Scope) -> Any:
        """Return for each unit what it is worth by its likeness to the task, at most `MOST`."""
        sight = scope.sight
        if self.scorer is None:
            return MOST * np.minimum(1.0, _likeness(sight, _terms(scope.task)) / _FULL)
        texts = [sight.text_of(number) for number in range(len(sight.units))]
        return MOST * np.array(self.scorer.score(scope.task, texts), np.float64).clip(0.0, 1.0)


def _terms(task: str) -> list[bytes]:
    """Return what to look for, in lower case, names before words."""
    text = task[:_TASK_CHARS]
    found = [term for term in dict.fromkeys([*compounds(text), *words(text)]) if len(term) >= _SHORTEST]
    return [term.encode("utf-8", "surrogatepass") for term in found[:_TERMS]]


def _likeness(sight: Sight, terms: list[bytes]) -> Any:
    """Return for each unit the share of the terms' weight that it holds."""
    data = b"\n".join(sight.texts).lower()
    sizes = np.fromiter(map(len, sight.texts), np.int64, len(sight.texts)) + 1
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    starts = offsets[sight.units.text] + sight.units.start
    score, total = np.zeros(len(starts)), 0.0
    for term in terms:
        held = np.unique(np.searchsorted(starts, _places(data, term, int(_COMMON * len(starts)) + 3), "right") - 1)
        if len(held):
            weight = math.log(1 + (len(starts) - len(held) + 0.5) / (len(held) + 0.5))
            score[held] += weight
            total += weight
    return score / total if total else score


def _places(data: bytes, term: bytes, most: int) -> Any:
    """Return where a term stands; nothing where that is at more than some places."""
    if data.count(term) > most:
        return np.empty(0, np.int64)
    return np.array(list(_found(data, term)), np.int64)


def _found(data: bytes, term: bytes) -> Iterator[int]:
    at = data.find(term)
    while at >= 0:
        yield at
        at = data.find(term, at + len(term))
