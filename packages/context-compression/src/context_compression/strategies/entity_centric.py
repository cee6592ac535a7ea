"""EntityCentric: of what the agent said, the lines about the things that the session turns on.

1. The agent's own texts and thinking are open candidates: which of their lines stay is the planner's choice.
2. A thing is *central* where it is known by more than one name (``src/io.py`` and ``io.py``), and where several speak
   of it: the user, the agent, calls, results.
3. A line is worth what the central names in it are; what is said on many lines is worth less on each.

Who speaks of what is read off the arrays of `Sight`, so it costs a few array operations for a whole window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.needs import Speaker, speaker
from context_compression.strategies._own_words import MIN_TOKENS, own_words
from context_compression.strategies.weigher import MOST
from context_compression.tier import CompressionTier
from context_compression.words import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from context_compression.candidate import Candidate
    from context_compression.scope import Scope
    from context_compression.sight import Sight

_SPEAKERS = (Speaker.USER, Speaker.AGENT, Speaker.CALL, Speaker.RESULT)
_NUMBER = 1 << FORMS.index("number")
_MOST = MOST / 4
"""What the most central line is worth: a third of all lines name something central, and the values themselves are
weighed already."""
_ALIASED = 0.5
"""What a second name is worth, where 1 is that all four speak of a thing."""


@dataclass(frozen=True, slots=True)
class EntityCentric:
    """Keeps of the agent's own words the lines that name what the session turns on.

    Attributes:
        min_tokens: parts below this are left alone.
    """

    min_tokens: int = MIN_TOKENS

    @property
    def name(self) -> str:
        """Its name in manifests."""
        return "entity-centric"

    @property
    def tier(self) -> CompressionTier:
        """Lines, word for word."""
        return CompressionTier.COMPACTION

    def propose(self, scope: Scope) -> Iterable[Candidate]:
        """Return an open candidate for each text and thought of the agent."""
        return own_words(scope, self.name, self.tier, self.min_tokens)

    def weigh(self, scope: Scope) -> Any:
        """Return for each unit what the central names in it are worth, at most a quarter of `MOST`."""
        sight = scope.sight
        central = _voices(sight) + _ALIASED * _has_names(sight)
        pairs = np.unique(sight.unit * np.int64(max(1, len(sight.keys))) + sight.value)
        unit, value = pairs // max(1, len(sight.keys)), pairs % max(1, len(sight.keys))
        lines = np.bincount(value, minlength=len(sight.keys))
        each = np.where(_is_name(sight), central, 0.0) / np.sqrt(np.maximum(1, lines))
        return _MOST * np.minimum(1.0, np.bincount(unit, each[value], len(sight.units)))


def _is_name(sight: Sight) -> Any:
    """Return for each value whether it is more than a number."""
    form = np.zeros(len(sight.keys), np.uint8)
    form[sight.value] = sight.words.form
    return (form & _NUMBER) == 0


def _voices(sight: Sight) -> Any:
    """Return for each value how many kinds of speakers name it: 0 for one, 1 for all."""
    said = np.array([speaker(node) for node in sight.nodes], np.int64)[sight.row_node]
    count = np.zeros(len(sight.keys))
    for each in _SPEAKERS:
        names = np.zeros(len(sight.keys), np.bool_)
        names[sight.value[said == each]] = True
        count += names
    return np.maximum(0.0, count - 1) / (len(_SPEAKERS) - 1)


def _has_names(sight: Sight) -> Any:
    """Return for each value whether the thing has another name: the end of it, or one that it is the end of."""
    words, value = sight.words, sight.value
    whole, ending = np.zeros(len(sight.keys), np.bool_), np.zeros(len(sight.keys), np.bool_)
    whole[value[words.is_whole]] = True
    ending[value[~words.is_whole]] = True
    short = whole & ending
    width = int(words.end.max(initial=0)) + 1
    place = words.text * width + words.end
    is_short = ~words.is_whole & short[value]
    has = short.copy()
    has[value[words.is_whole & np.isin(place, place[is_short])]] = True
    return has
