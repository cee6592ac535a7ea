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
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any

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


@dataclass(slots=True)
class _Question:
    marks: tuple[object, ...]
    capitals: set[str]
    words: set[str]
    vector: Any = None  # made when it is first compared

    def agrees(self, other: _Question) -> bool:
        return self.marks == other.marks and self.capitals <= other.words and other.capitals <= self.words


class Similar:
    """Finds, among kept results, that of the most similar question; threads may share it.

    Args:
        encoder: gives texts vectors.
        max_questions: questions whose marks and vectors are kept at hand.
    """

    def __init__(self, encoder: Encoder, max_questions: int) -> None:
        self._encoder = encoder
        self._max_questions = max_questions
        self._turn = Lock()
        self._known: dict[str, _Question] = {}

    def find(self, text: str, entries: Iterable[Entry], threshold: float) -> Entry | None:
        """Return the entry whose question is the most similar to a text, or None where none is similar enough."""
        with self._turn:
            mine = self._question(text)
            pairs = [(entry, self._question(entry.question)) for entry in entries]
            fit = [(entry, its) for entry, its in pairs if mine.agrees(its)]
            cosines = [(float(self._vector(text, mine) @ self._vector(e.question, its)), e) for e, its in fit]
        best = max(cosines, key=lambda pair: pair[0], default=None)
        return best[1] if best is not None and best[0] >= threshold else None

    def _question(self, text: str) -> _Question:
        question = self._known.pop(text, None) or _question(text)
        if len(self._known) >= self._max_questions:
            del self._known[next(iter(self._known))]
        self._known[text] = question
        return question

    def _vector(self, text: str, question: _Question) -> Any:
        if question.vector is None:
            question.vector = self._encoder.encode([text])[0]
        return question.vector


def agree(one: str, other: str) -> bool:
    """Return whether two texts hold the same names, numbers, quotations and turns.

    Example:
        >>> agree("errors of src/a.py", "what fails in src/a.py?"), agree("errors of src/a.py", "errors of src/A.py")
        (False, False)
        >>> agree("How is the cache cleared?", "how do we clear the cache")
        True
    """
    return _question(one).agrees(_question(other))


def _question(text: str) -> _Question:
    words = _WORDS.findall(text)
    capitals = {word.lower() for word in words if not word.islower()}
    return _Question(_marks(text), capitals, {word.lower() for word in words})


def _marks(text: str) -> tuple[object, ...]:
    """Return the names that are no words, in order, the parts with digits, the quotations, and the turns of a text."""
    names = [value.forms[0].text for value in values(text) if not is_word(value.forms[0].text)]
    numbered = [part.strip(".,;:!?()") for part in _NUMBERED.findall(text)]
    words = [word.lower() for word in _WORDS.findall(text)]
    aimed = {pair for pair in pairwise(words) if pair[0] in _DIRECTIONS}
    return names, numbered, _QUOTED.findall(text), _TURNS.intersection(words), aimed
