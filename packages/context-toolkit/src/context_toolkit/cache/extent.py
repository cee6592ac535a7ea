"""Extents: all that a call reads, or all that it writes.

1. Where a policy names arguments, their values are the places. One that is missing, or that holds no name, may stand
   for anything: then the extent is everything.
2. A tool of which nobody said what it writes is judged by the shape of its arguments (`context_core.writes`): a file
   that gets a content, an edit or a patch. Whatever has another shape, a shell command above all, may write anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import Node, NodeType, writes
from context_core.json_text import dumps
from context_toolkit.cache.place import Place, folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Arguments = dict[str, Any]
    Source = str | Callable[[Arguments], Iterable[str | int]]

MAX_NAME = 1_000
"""Characters of the longest name; a longer text is content."""
_COMMAND_KEYS = ("command", "cmd", "script", "code")
_WORD = re.compile(r"[a-z_]+")
_HEADER = re.compile(
    r"""^(?:\*\*\*\ (?:Add|Update|Delete)\ File:|\*\*\*\ Move\ to:|---\ |\+\+\+\ |rename\ (?:from|to)\ |copy\ to\ )
        [ ]*([^\t\n\r]+)""",
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Places, or everything; with neither, nothing.

    Attributes:
        places: what is named.
        is_everything: whether it may be anything.

    Example:
        >>> Extent((Place("a.py"),)).touches(EVERYTHING), NOTHING.touches(EVERYTHING)
        (True, False)
    """

    places: tuple[Place, ...] = ()
    is_everything: bool = False

    def __bool__(self) -> bool:
        return self.is_everything or bool(self.places)

    def touches(self, other: Extent) -> bool:
        """Return whether a write of one may change what a read of the other gives."""
        if not self or not other:
            return False
        if self.is_everything or other.is_everything:
            return True
        return any(mine.touches(its) for mine in self.places for its in other.places)

    def is_said_in(self, text: str) -> bool:
        """Return whether a text may speak of one of the places."""
        if not self:
            return False
        if self.is_everything:
            return True
        said = folded(text)
        return any(place.is_said_in(said) for place in self.places)


EVERYTHING = Extent(is_everything=True)
NOTHING = Extent()


def named(arguments: Arguments, sources: Iterable[Source], *, are_files: bool = False) -> Extent:
    """Return the places that arguments name.

    Args:
        arguments: of the call.
        sources: names of arguments, or functions that return names of places.
        are_files: whether the places are files, in which nothing lies.

    Example:
        >>> [place.name for place in named({"path": ["a.py", "b.py"], "limit": 3}, ["path"]).places]
        ['a.py', 'b.py']
        >>> named({"limit": 3}, ["path"]).is_everything
        True
    """
    names: list[str] = []
    for source in sources:
        given = list(source(arguments)) if callable(source) else arguments.get(source)
        found = None if not callable(source) and given is None else list(_names(given))
        if not found or any(name is None for name in found):
            return EVERYTHING
        names += [name for name in found if name is not None]
    return Extent(tuple(Place(name, are_files) for name in dict.fromkeys(names)))


def all_named(arguments: Arguments) -> Extent:
    """Return the places that any argument names: every short text and every number.

    It is everything where there are none, and where an argument is a command, which names no more than its first step.

    Example:
        >>> [place.name for place in all_named({"order": {"id": 42}, "status": "sent", "express": True}).places]
        ['42', 'sent']
    """
    if any(arguments.get(key) is not None for key in _COMMAND_KEYS):
        return EVERYTHING
    found = [name for name in _names(list(arguments.values())) if name is not None]
    names = dict.fromkeys([*found, *_patched(arguments)])
    return Extent(tuple(map(Place, names))) if names else EVERYTHING


def shown_writes(tool: str, arguments: Arguments) -> Extent:
    """Return what a call of a tool that nobody described may write.

    Example:
        >>> [place.name for place in shown_writes("Write", {"file_path": "a.py", "content": "x = 1"}).places]
        ['a.py']
        >>> shown_writes("bash", {"command": "make > build.log"}).is_everything
        True
    """
    if _is_command(arguments):
        return EVERYTHING
    call = Node("", NodeType.TOOL_CALL, "assistant", dumps(arguments), 0, tool_name=tool)
    files = [write.path for write in writes(call)]
    if not files:
        return EVERYTHING
    patched = list(_patched(arguments))
    if any('"' in name for name in patched):
        return EVERYTHING  # git quotes a name that it cannot write as it is
    others = (name for name in _names(list(arguments.values())) if name is not None)
    return Extent(
        (
            *(Place(name, is_file=True) for name in dict.fromkeys([*files, *patched])),
            *(Place(name) for name in dict.fromkeys(others) if name not in files and _is_path(name)),
        )
    )


def _names(value: Any) -> Iterator[str | None]:
    """Yield the names among a value's leaves, None for each text that is too long for one."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item if len(item) <= MAX_NAME and "\n" not in item else None
        elif isinstance(item, dict):
            stack += reversed(list(item.values()))
        elif isinstance(item, (list, tuple)):
            stack += reversed(item)
        elif isinstance(item, float) and item.is_integer():
            yield str(int(item))
        elif isinstance(item, (int, float)) and not isinstance(item, bool):
            yield str(item)


def _is_command(arguments: Arguments) -> bool:
    """Return whether an argument is a program to run: editing tools have a plain word there, such as ``create``."""
    given = (arguments.get(key) for key in _COMMAND_KEYS)
    return any(value is not None and not (isinstance(value, str) and _WORD.fullmatch(value)) for value in given)


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name


def _patched(arguments: Arguments) -> Iterator[str]:
    """Yield every file that the headers of a patch name, those that go or move away as well."""
    for text in arguments.values():
        if isinstance(text, str) and "\n" in text:
            for name in _HEADER.findall(text):
                yield name.strip()
                if name.startswith(("a/", "b/")):
                    yield name.strip()[2:]
