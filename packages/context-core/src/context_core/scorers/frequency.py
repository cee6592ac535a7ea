"""How often a query's terms stand in texts, by plain substring search: as fast as memory is read.

1. A term loses the ending of a plural or a verb where four characters are left: `fails` looks for `fail`.
2. A term of four or more characters counts wherever it stands, in longer words and names too: `index` in
   `SearchIndex` and `indexes`. That takes the place of stemming the texts. A shorter one counts as a whole word only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from context_core.terms import compounds, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHORT = 4
_MAX_TERMS = 64
"""A query may be a page; its first terms say what it is about."""


def frequencies(query: str, texts: Sequence[str]) -> list[list[int]]:
    """Return for each text how often each term of the query stands in it.

    Example:
        >>> frequencies("the new index", ["SearchIndex and indexes", "renew", "what is new?"])
        [[0, 2], [0, 0], [1, 0]]
    """
    terms = list(dict.fromkeys([*map(_stem, words(query)), *compounds(query)]))[:_MAX_TERMS]
    counters = [_counter(term) for term in terms]
    return [[count(lowered) for count in counters] for lowered in map(str.lower, texts)]


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORT:
            return word.removesuffix(ending)
    return word


def _counter(term: str) -> Callable[[str], int]:
    if len(term) >= _SHORT:
        return lambda text: text.count(term)
    whole = re.compile(rf"(?<![^\W_]){re.escape(term)}(?![^\W_])")
    return lambda text: len(whole.findall(text)) if term in text else 0
