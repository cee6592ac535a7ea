"""Words to search by: what a query asks for, and the parts of names that a tokenizer leaves whole.

1. Words are runs of letters and digits, in lower case; stop words, which stand everywhere, are left out.
2. A compound name (a path, a dotted, snake or hyphened name, an address, a date) is kept whole, beside its parts.
3. A camel-case name is split at its humps, beside the whole.
"""

from __future__ import annotations

import re

STOP_WORDS = frozenset(
    """a about after again all also am an and any are as at be because been before being both but by can could did do
    does doing down each few for from further get got had has have having he her here him his how i if in into is it
    its itself just let me more most my no nor not now of off ok on once only or other our out over own please same
    see she should so some such than that the their them then there these they this those through to too under until
    up us very was we were what when where which while who whom why will with would yes you your""".split()  # noqa: SIM905
)
"""English words that say nothing of what a query is about."""

_WORD = re.compile(r"[^\W_]+")
_COMPOUND = re.compile(r"(?<!\w)(?:\w++(?:[./:@#+-]++\w++)++|[^\W_]++(?:_++[^\W_]++)++)")
_HUMPED = re.compile(r"[a-z0-9][A-Z]|[A-Z][A-Z][a-z]")
_RUN = re.compile(r"[\w./:@#+-]+")
"""Words and compound names, with the punctuation around them."""
_PUNCTUATION = "./:@#+-_"
_LINE = re.compile(r":[\d:-]*$")
"""A place in a file, behind its name."""
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def words(text: str) -> list[str]:
    """Return the distinct words of a text, humps of camel-case names among them, in order, stop words left out.

    Example:
        >>> words("Where is the HybridIndex of src/main.py?")
        ['hybridindex', 'hybrid', 'index', 'src', 'main', 'py']
    """
    found: list[str] = []
    for word in _WORD.findall(text):
        found.append(word.lower())
        if _HUMPED.search(word):
            found += humps(word)
    return [word for word in dict.fromkeys(found) if word not in STOP_WORDS]


def compounds(text: str) -> list[str]:
    """Return the distinct compound names of a text, in order and in lower case.

    Example:
        >>> compounds("Open src/main.py on 2024-05-20, then call parse_rows.")
        ['src/main.py', '2024-05-20', 'parse_rows']
    """
    return list(dict.fromkeys(name.lower() for name in _COMPOUND.findall(text)))


def humps(name: str) -> list[str]:
    """Return the parts of a camel-case name in lower case.

    Example:
        >>> humps("parseHTTPResponse2")
        ['parse', 'http', 'response', '2']
    """
    return [part.lower() for part in _HUMP.findall(name)]


def name_words(text: str) -> list[str]:
    """Return words for the names of a text that splitting at punctuation does not give.

    They are the parts of camel-case names, and each compound name as one word: a path as its last part, and as its
    last two.

    Example:
        >>> name_words("SearchIndex in lib/src/main_test.py:12")
        ['search', 'index', 'maintestpy', 'srcmaintestpy']
    """
    found: list[str] = []
    for run in dict.fromkeys(_RUN.findall(text)):
        if _HUMPED.search(run):
            found += [hump for name in _WORD.findall(run) if _HUMPED.search(name) for hump in humps(name)]
        if not run.isalnum():
            found += _wholes(run)
    return list(dict.fromkeys(found))


def _wholes(run: str) -> list[str]:
    """Return a compound name as one word, and a path's last two parts as another; nothing for a plain word."""
    *folders, last = _LINE.sub("", run.lower()).strip(_PUNCTUATION).split("/")
    parts = _WORD.findall(last)
    whole = "".join(parts)
    if folders:
        return [whole, "".join(_WORD.findall(folders[-1])) + whole]
    return [whole] if len(parts) > 1 else []
