"""Places: what a call reads or writes, by name, compared so that no spelling of a name hides a write.

1. A name is cut at slashes into parts. An id is a name of one part, so `42` and `orders/42` are compared like `a.py`
   and `/repo/a.py`.
2. Two names may be of one thing where one is the end of the other: nobody knows which folder a tool works in.
3. What stands before ``..``, ``~`` or a variable counts for nothing, and a pattern stands for the folder above it.
4. Letter case and composed accents count for nothing: there are file systems that see no difference in them.

This is for invalidation alone, where an error must be a miss too many and never one too few. Nothing here ever
changes the key of a call, or what a tool is given. Links are not followed: `link.py` and what it points to are two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from unicodedata import normalize

_SLASHES = re.compile(r"[/\\]+")
_ANCHOR = re.compile(r"[/\\~$]|[a-z]:|file:")
_ELSEWHERE = re.compile(r"\.\.|~.*|.*\$.*|.*%[^%]+%.*")
_PATTERN = re.compile(r"[*?\[{]")


@dataclass(frozen=True, slots=True)
class Place:
    """A file, a folder, a row, a table: anything that has a name.

    Attributes:
        name: as it was given.
        is_file: whether it is known to be a file: then nothing lies in it but what is named so.
        parts: the name's parts as they are compared; none where it may be anything.
        is_anchored: whether the name starts elsewhere than in the working folder.
        is_adrift: whether nobody knows where it starts.
        is_pattern: whether it names several things at once.

    Example:
        >>> Place("/repo/src/a.py").touches(Place("./lib/../src/a.py"))
        True
        >>> Place("src/a.py").touches(Place("src")), Place("src/a.py").touches(Place("src/b.py"))
        (True, False)
    """

    name: str
    is_file: bool = False
    parts: tuple[str, ...] = field(init=False, compare=False)
    is_anchored: bool = field(init=False, compare=False)
    is_adrift: bool = field(init=False, compare=False)
    is_pattern: bool = field(init=False, compare=False)

    def __post_init__(self) -> None:
        text = folded(self.name).strip().lstrip("#@")
        parts: list[str] = []
        is_adrift = is_pattern = False
        for part in _SLASHES.split(text):
            if _ELSEWHERE.fullmatch(part):
                parts, is_adrift = [], True
            elif _PATTERN.search(part):
                is_pattern = True
                break
            elif part not in ("", "."):
                parts.append(part)
        object.__setattr__(self, "parts", tuple(parts))
        object.__setattr__(self, "is_anchored", is_adrift or _ANCHOR.match(text) is not None)
        object.__setattr__(self, "is_adrift", is_adrift)
        object.__setattr__(self, "is_pattern", is_pattern)

    def touches(self, other: Place) -> bool:
        """Return whether both may be one thing, or one of them lie in the other."""
        mine, its = self.parts, other.parts
        if not mine or not its or _may_lie_in(self, other) or _may_lie_in(other, self):
            return True
        if mine[-1] not in its and its[-1] not in mine:  # what holds for nearly all, and costs least
            return False
        return _agree(mine, its) or _is_in(self, other) or _is_in(other, self)

    def is_said_in(self, text: str) -> bool:
        """Return whether a folded text may speak of this place: it holds the last part of its name, however written."""
        if not self.parts or self.is_pattern:
            return True
        last = self.parts[-1]
        return last in text or (("\\" in text) and last.encode("unicode_escape").decode() != last)


def folded(text: str) -> str:
    """Return a text as names are compared: without letter case, accents composed.

    Example:
        >>> folded("SRC/Zu\u0308rich.py") == folded("src/zürich.py")
        True
    """
    return text.casefold() if text.isascii() else normalize("NFC", normalize("NFC", text).casefold())


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether one is the end of the other."""
    shared = min(len(one), len(other))
    return shared == 0 or one[-shared:] == other[-shared:]


def _may_lie_in(inner: Place, outer: Place) -> bool:
    """Return whether nobody can tell that a place does not lie in another one.

    ``/repo/src`` may be, or hold, the folder in which ``a.py`` is named.
    """
    is_unknown = inner.is_adrift or (outer.is_anchored and not inner.is_anchored)
    return is_unknown and (outer.is_pattern or not outer.is_file)


def _is_in(inner: Place, outer: Place) -> bool:
    """Return whether a place lies in another one by its name."""
    return any(_agree(inner.parts[:end], outer.parts) for end in range(1, len(inner.parts)))
