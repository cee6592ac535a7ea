"""Entities: the things that a text names, told by the form of their names.

A value (`values`) is any string that can be told from others; an entity is one whose form says what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from context_core.values import values


class EntityKind(StrEnum):
    """What an entity is; persons and organizations are told by `prose_names` alone."""

    PATH = "path"
    URL = "url"
    EMAIL = "email"
    HASH = "hash"
    ID = "id"
    DATE = "date"
    VERSION = "version"
    ERROR = "error"
    SYMBOL = "symbol"
    PERSON = "person"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity named in a text.

    Attributes:
        kind: what it is.
        text: its name.
        start: characters from the start of the text.
    """

    kind: EntityKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Characters from the start of the text to behind the name."""
        return self.start + len(self.text)


_ENDING = (
    r"(?:py|pyi|ipynb|js|jsx|ts|tsx|mjs|cjs|go|rs|c|h|cc|cpp|hpp|cs|java|kt|swift|rb|php|pl|lua|scala|r|jl|sh|bash|zsh"
    r"|sql|html?|css|scss|md|mdx|rst|txt|csv|tsv|jsonl?|ya?ml|toml|ini|cfg|conf|env|lock|sum|mod|xml|svg|png|jpe?g|gif"
    r"|pdf|zip|gz|tar|tgz|whl|log|diff|patch|proto|tf|vue|svelte|gradle|dockerfile|makefile|traj|db|sqlite|parquet)"
)
_KINDS: tuple[tuple[EntityKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (EntityKind.URL, r"[a-z][a-z0-9+.-]*://\S+"),
        (EntityKind.EMAIL, r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        (EntityKind.DATE, r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-[0-3]\d(?:[T_-]\S*)?"),
        (EntityKind.ID, r"(?:\d{1,3}\.){3}\d{1,3}"),  # an address of the internet protocol
        (EntityKind.VERSION, r"(?:v\d+(?:\.\d+)+|\d+(?:\.\d+){2,})(?:[-+.]?[a-z]+[\w.]*)?"),
        (EntityKind.ID, r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"),
        (EntityKind.HASH, r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,128}|(?=[A-F]*\d)(?=\d*[A-F])[0-9A-F]{7,128}"),
        (EntityKind.PATH, rf"(?:[\w~.@+-]*/)+[\w.@+-]+(?::\d+){{0,2}}|[\w.@+-]+\.{_ENDING}(?::\d+){{0,2}}"),
        (EntityKind.ERROR, r"(?:\w+\.)*[A-Z]\w*(?:Error|Exception|Warning|Fault|Interrupt)"),
        (EntityKind.SYMBOL, r"[A-Za-z_]\w+(?:\.[A-Za-z_]\w*)+|[A-Za-z]\w*_\w*|_+\w+"),  # dotted, snake
        (EntityKind.SYMBOL, r"[a-z]+[A-Z]\w*|(?:[A-Z][a-z0-9]+){2,}"),  # camel
        (EntityKind.ID, r"(?=.*\d)[\w.-]+"),
    )
)


@lru_cache(maxsize=1 << 13)
def kind_of(name: str) -> EntityKind | None:
    """Return what a name's form says it is, or None where it says nothing.

    Example:
        >>> [str(kind_of(name)) for name in ("src/io.py", "a@b.org", "9f86d081", "v1.4.2", "KeyError", "read_all")]
        ['path', 'email', 'hash', 'version', 'error', 'symbol']
        >>> kind_of("Paris") is None
        True
    """
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(name)), None)


def entities(text: str) -> list[Mention]:
    """Return the entities that a text names, in the order in which they first stand there, each once.

    Of names within one another only the longest is given: of ``src/io.py:12`` no ``io.py``.

    Example:
        >>> [(mention.kind.value, mention.text) for mention in entities("KeyError in src/io.py:12, see a@b.org")]
        [('error', 'KeyError'), ('path', 'src/io.py:12'), ('email', 'a@b.org')]
    """
    found: list[Mention] = []
    for value in values(text):
        whole = value.forms[0]
        kind = kind_of(whole.text) if whole.is_whole and value.offset is not None else None
        if kind is not None and value.offset is not None:
            found.append(Mention(kind, whole.text, value.offset + whole.start))
    return found
