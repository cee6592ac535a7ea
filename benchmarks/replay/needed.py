"""The values that a session goes on to need: what its later calls say, and only its old part had said before.

1. The values of a text are its words that are told by their form: with a digit, a sign inside, or capitals inside. This
   is a tokenizer of its own, so that the judge does not share the eyes of what it judges.
2. Of the calls after the cut, in order, those values of the arguments count that stand in the old part as whole words,
   in no more than `COMMON` of its messages, and neither in the protected part nor in any message between the cut and
   the call.
3. A value is *of results* where no one but tool results says it in the old part.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

COMMON = 8
"""A value that more messages of the old part say is vocabulary."""
_WORD = re.compile(r"[^\W_][\w./-]*\w|\w{2,}")
_SHAPE = re.compile(r"\d|[._/-](?=\w)|[a-z][A-Z]|[A-Z]{2}")
_MIN_CHARS = 4

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Needed:
    """A value that is needed after the cut.

    Attributes:
        value: as the later call says it.
        of_results: whether only tool results had said it.
        distance: messages from the cut to the call.
    """

    value: str
    of_results: bool
    distance: int


def needed(old: list[Message], protected: list[Message], later: list[Message]) -> list[Needed]:
    """Return the values that later calls take from the old part, each once, in the order of their use."""
    texts = [(message["role"] == "tool", text) for message in old for text in texts_of(message)]
    spread = Counter(value for message in old for value in {v for text in texts_of(message) for v in words(text)})
    from_results = {value for is_result, text in texts if is_result for value in words(text)}
    from_others = {value for is_result, text in texts if not is_result for value in words(text)}
    said = {value for message in protected for text in texts_of(message) for value in words(text)}
    found: dict[str, Needed] = {}
    for distance, message in enumerate(later):
        for text in argument_texts(message):
            for value in sorted(whole_words(text)):
                if value in spread and spread[value] <= COMMON and value not in said and is_value(value):
                    only = value in from_results and value not in from_others
                    found.setdefault(value, Needed(value, only, distance))
        said.update(value for text in texts_of(message) for value in words(text))
    return list(found.values())


def is_value(word: str) -> bool:
    """Return whether a word is told from others by its form.

    Example:
        >>> [word for word in ("parse_rows", "really", "ORD-17", "io.py", "2024", "readMe", "Monday") if is_value(word)]
        ['parse_rows', 'ORD-17', 'io.py', '2024', 'readMe']
    """
    return len(word) >= _MIN_CHARS and _SHAPE.search(word) is not None


@lru_cache(maxsize=1 << 14)
def words(text: str) -> frozenset[str]:
    """Return the words of a text, and of those that are paths, the endings too: they stand there as whole words."""
    whole = whole_words(text)
    return whole | {word[at.end() :] for word in whole for at in re.finditer("/", word)}


def whole_words(text: str) -> frozenset[str]:
    """Return the words of a text, paths whole."""
    return frozenset(_WORD.findall(text))


def texts_of(message: Message) -> list[str]:
    """Return what a message says: its content, and the texts among its calls' arguments."""
    content = message.get("content")
    blocks = [content] if isinstance(content, str) else [b.get("text") for b in content or () if isinstance(b, dict)]
    return [text for text in blocks if text] + argument_texts(message)


def argument_texts(message: Message) -> list[str]:
    """Return the texts and numbers among the arguments of a message's calls."""
    found: list[str] = []
    for call in message.get("tool_calls") or ():
        body = call.get("function") or call.get("custom") or {}
        text = body.get("arguments") or body.get("input") or ""
        found += leaves(_json(text))
    return found


def leaves(value: Any) -> list[str]:
    """Return the texts and numbers in a JSON value, in order."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaves(item)]
    if isinstance(value, list):
        return [text for item in value for text in leaves(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
