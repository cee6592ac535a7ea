"""Similar questions: free texts that may share a result.

1. Every name and number in one must stand in the other, to the letter: paths, ids, dates. A word with a capital must
   stand there in any case, as a sentence may begin with it.
2. Both must hold the same negations and quantities (*not*, *all*, *oldest*), and the same word behind each direction
   (*from*, *to*, *before*).
3. Of those left, the one whose vector is nearest, if the cosine reaches the threshold.

Vectors of sentences hardly tell a statement from its opposite. Step 2 knows some English words, and no more: use free
text only where an answer to a similar question does no harm.
"""

from __future__ import annotations

import re
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING

from context_core.values import is_word, values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_core import Encoder
    from context_toolkit.cache.entry import Entry

_TURNS = frozenset(
    """not no never none without except excluding unless neither nor nothing nobody cannot isn aren don doesn didn won
    wouldn can couldn shouldn wasn weren hasn haven hadn dis before after above below under over more less fewer most
    least max min maximum minimum first last oldest newest latest earliest only all any every some old new add remove
    enable disable increase decrease open closed start stop up down in out on off true false""".split()  # noqa: SIM905
)
"""Words that turn a question into another one."""
_DIRECTIONS = frozenset(["from", "to", "before", "after", "above", "below", "over", "under", "than", "by", "of"])
"""Words that do so by the word behind them."""
_WORDS = re.compile(r"[^\W_]+")
_NUMBERED = re.compile(r"\S*\d\S*")
_QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'(?!\w)")


class Similar:
    """Finds, among kept results, that of the most similar question; threads may share it.

    Args:
        encoder: gives texts vectors.
        max_vectors: vectors that are kept at hand.
    """

    def __init__(self, encoder: Encoder, max_vectors: int) -> None:
        self._encoder = encoder
        self._max_vectors = max_vectors
        self._turn = Lock()
        self._vectors: dict[str, list[float]] = {}

    def find(self, question: str, entries: Iterable[Entry], threshold: float) -> Entry | None:
        """Return the entry whose question is the most similar, or None where none is similar enough."""
        fit = [entry for entry in entries if agree(question, entry.question)]
        if not fit:
            return None
        mine = self.vector(question)
        cosines = [_dot(mine, self.vector(entry.question)) for entry in fit]
        best = max(range(len(fit)), key=cosines.__getitem__)
        return fit[best] if cosines[best] >= threshold else None

    def vector(self, text: str) -> list[float]:
        """Return the vector of a text, made once."""
        with self._turn:
            there = self._vectors.pop(text, None)
            if there is None:
                there = self._encoder.encode([text])[0].tolist()
                if len(self._vectors) >= self._max_vectors:
                    del self._vectors[next(iter(self._vectors))]
            self._vectors[text] = there
            return there


def agree(one: str, other: str) -> bool:
    """Return whether two texts hold the same names, numbers, quotations and turns.

    Example:
        >>> agree("errors of src/a.py", "what fails in src/a.py?"), agree("errors of src/a.py", "errors of src/A.py")
        (False, False)
        >>> agree("How is the cache cleared?", "how do we clear the cache")
        True
    """
    mine, its = _marks(one), _marks(other)
    return mine == its and _capitals(one) <= _lowered(other) and _capitals(other) <= _lowered(one)


def _marks(text: str) -> tuple[object, ...]:
    """Return the names that are no words, in order, the parts with digits, the quotations, and the turns of a text."""
    names = [value.forms[0].text for value in values(text) if not is_word(value.forms[0].text)]
    numbered = [part.strip(".,;:!?()") for part in _NUMBERED.findall(text)]
    words = [word.lower() for word in _WORDS.findall(text)]
    aimed = {pair for pair in pairwise(words) if pair[0] in _DIRECTIONS}
    return names, numbered, _QUOTED.findall(text), _TURNS.intersection(words), aimed


def _capitals(text: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(text) if not word.islower()}


def _lowered(text: str) -> set[str]:
    return {word.lower() for word in _WORDS.findall(text)}


def _dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
