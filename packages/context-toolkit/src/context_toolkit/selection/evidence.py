"""Evidence: what speaks for each tool to be called next, one number from 0 to 1 for each kind of evidence.

==============  ====================================================================================================
kind            what it says
==============  ====================================================================================================
``follows``     it came next after the last calls and their outcome, here or in earlier sessions
``recent``      it was called lately in this session; halves every four calls
``share``       it is much called in this session
``together``    earlier sessions that used this one's tools used it, too
``opening``     earlier sessions that began with such words used it
``popular``     it is much called in earlier sessions
``relevance``   it has to do with the task (the scorer's word, as a share of the best tool's)
``named``       its name was said in what was said last
``mentioned``   words of its name and parameters were said in what was said last
``fits``        its parameters stand as keys in the last results
``kin``         its words are those of a tool that this session used: both are likely of one server
``shown``       it was shown before: tools stand at the beginning of a prompt, and each change costs its cached prefix
==============  ====================================================================================================

Chances are told by their order of magnitude: 1 is certain, 0 is one in a thousand or less.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from context_core.terms import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from context_core import Scorer
    from context_toolkit.selection.situation import Situation
    from context_toolkit.selection.tool import Tool
    from context_toolkit.selection.tool_use import ToolUse

_HALF_LIFE = 4
_MAGNITUDES = 3
_MIN_NAME = 4
"""Characters of a name below which it may stand in any text by chance."""
_KIN_SHARE, _KIN_HOLDERS = 0.25, 60
"""A word makes no kin where more than this share of the tools, and more than this many, have it: `path`, `name`."""
_KIN_TOOLS = 6
"""Distinct tools used last whose kin are asked for."""
_Scores = dict[int, float]


class Evidence:
    """Gathers evidence for a set of tools; what depends on the tools alone is made once.

    Args:
        tools: those there are, in order.
        use: what earlier sessions teach.
        scorer: says how much a tool has to do with a task.
    """

    def __init__(self, tools: Sequence[Tool], use: ToolUse, scorer: Scorer) -> None:
        self.use = use
        self._scorer = scorer
        self._places = {tool.name: place for place, tool in enumerate(tools)}
        self._texts = [tool.text for tool in tools]
        self._words = [_own_words(tool) for tool in tools]
        self._parameters = [tool.parameter_names for tool in tools]
        self._holders = _postings(self._words)
        self._takers = _postings(self._parameters)
        self._scored: tuple[str, _Scores] = ("", {})

    def gather(self, now: Situation, shown: Iterable[str] = ()) -> dict[str, _Scores]:
        """Return for each kind of evidence the tools, by their place, for which it is above 0.

        Args:
            now: where the session stands.
            shown: names of the tools shown before.
        """
        used = now.used
        total = sum(self.use.calls.values())
        popular = {tool: count / total for tool, count in self.use.calls.items()}
        own = {tool: count / len(used) for tool, count in Counter(used).items()}
        return {
            "follows": self._levels(self.use.next_chances(now)),
            "recent": self._recent(used),
            "share": self._levels(own),
            "together": self._levels(self.use.session_chances(now, words=False)),
            "opening": self._levels(self.use.session_chances(now, words=True)),
            "popular": self._levels(popular),
            "relevance": self._relevance(now.task),
            "named": self._named(now.recent),
            "mentioned": self._mentioned(words(now.recent)),
            "fits": self._fits(now.keys),
            "kin": self._kin(used),
            "shown": {self._places[tool]: 1.0 for tool in shown if tool in self._places},
        }

    def _levels(self, chances: Mapping[str, float]) -> _Scores:
        found = {self._places[tool]: level(chance) for tool, chance in chances.items() if tool in self._places}
        return {place: value for place, value in found.items() if value > 0}

    def _recent(self, used: Sequence[str]) -> _Scores:
        found: _Scores = {}
        for age, tool in enumerate(reversed(used)):
            if tool in self._places:
                found.setdefault(self._places[tool], 0.5 ** (age / _HALF_LIFE))
        return found

    def _relevance(self, task: str) -> _Scores:
        """Return the scorer's word; that of the last task is kept, since it stays while the agent works on it."""
        if self._scored[0] != task:
            scores = self._scorer.score(task, self._texts)
            best = max(scores, default=0.0)
            self._scored = (task, {place: score / best for place, score in enumerate(scores) if score > 0})
        return self._scored[1]

    def _named(self, recent: str) -> _Scores:
        names = (word for word in _name_like(recent) if len(word) >= _MIN_NAME)
        return {self._places[name]: 1.0 for name in names if name in self._places}

    def _mentioned(self, said: Iterable[str]) -> _Scores:
        found: defaultdict[int, float] = defaultdict(float)
        for word in said:
            for place in self._holders.get(word, ()):
                found[place] += self._rarity(word)
        best = max(found.values(), default=1.0)
        return {place: value / best for place, value in found.items()}

    def _rarity(self, word: str) -> float:
        return math.log(1 + len(self._texts) / len(self._holders[word]))

    def _fits(self, keys: Iterable[str]) -> _Scores:
        found: Counter[int] = Counter(place for key in keys for place in self._takers.get(key, ()))
        return {place: count / len(self._parameters[place]) for place, count in found.items()}

    def _kin(self, used: Sequence[str]) -> _Scores:
        """Return the largest share of words (by their rarity) that each tool has in common with one used."""
        found: defaultdict[int, float] = defaultdict(float)
        for tool in list(dict.fromkeys(reversed(used)))[:_KIN_TOOLS]:
            place = self._places.get(tool)
            for other, share in self._kin_of(place).items() if place is not None else ():
                found[other] = max(found[other], share)
        return dict(found)

    def _kin_of(self, place: int) -> _Scores:
        common: defaultdict[int, float] = defaultdict(float)
        for word in self._words[place]:
            holders = self._holders[word]
            if len(holders) <= max(_KIN_HOLDERS, _KIN_SHARE * len(self._texts)):
                for other in holders:
                    common[other] += self._rarity(word)
        best = common.pop(place, 0.0)
        return {other: value / best for other, value in common.items()}


def level(chance: float) -> float:
    """Return the order of magnitude of a chance: 1 for certain, 0 for one in a thousand or less.

    Example:
        >>> [round(level(chance), 2) for chance in (1.0, 0.1, 0.001, 0.0)]
        [1.0, 0.67, 0.0, 0.0]
    """
    return max(0.0, 1 + math.log10(chance) / _MAGNITUDES) if chance > 0 else 0.0


def _own_words(tool: Tool) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words(" ".join((tool.name, *tool.parameter_names)).replace("_", " "))))


def _name_like(text: str) -> set[str]:
    return {word.strip("`'\"()[]{}<>.,:;!?*") for word in text.replace("(", " ").split()}


def _postings(rows: Sequence[Iterable[str]]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        for key in row:
            found[key].append(place)
    return dict(found)
