"""Offers: the values that the last steps hold out to the next call, each with where it stands.

An argument is explained, and predicted, by where its value stood: the first name in the last result that no call used
yet; the field ``orders`` of a JSON result; what the call before had in the same argument; the page behind its page. The
same origins are asked for when learning and when predicting, so that what was learned can be found again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from context_core.json_text import canonical, loads
from context_core.values import values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from context_toolkit.prefetch.past_calls import PastCall

    Origin = tuple[str | int, ...]

BACK = 3
"""Steps that are looked at; what stands farther back is rarely used next."""
_FIRST = 3
"""Names of a result that are offered by their number."""
_NAMES = 300
"""Names of a result, and leaves of a JSON one, that are looked at."""
_CHARS = 40_000
"""Characters of a result that are looked at."""
_CONSTANT_CHARS = 100
_PAGES = (("offset", "limit"), ("page", ""), ("start", "count"))
"""Arguments that count on, and by how much: by another argument, or by one."""


def offers(history: Sequence[PastCall], used: set[str]) -> Iterator[tuple[Origin, Any]]:
    """Yield the origins of values that the next call may use, with the values.

    Args:
        history: the steps before, the latest last.
        used: texts of all arguments that were given before.

    Example:
        >>> from context_toolkit.prefetch.past_calls import PastCall
        >>> found = dict(offers([PastCall("ls", {"path": "src"}, "a.py\\nmain.py")], set()))
        >>> found["fresh", 0], found["argument", 0, "path"], found["inside fresh", 0, "path"]
        ('a.py', 'src', 'src/a.py')
    """
    for back, step in enumerate(reversed(history[-BACK:])):
        for name, value in step.arguments.items():
            yield ("argument", back, name), value
        yield from _pages(back, step.arguments)
        yield from _fields(back, step.result, used)
        yield from _names(back, step, used)


def constant(value: Any) -> Origin | None:
    """Return the origin of a value that is always the same; None for one that is too long for that."""
    text = canonical(value).decode()
    return ("constant", text) if len(text) <= _CONSTANT_CHARS else None


def texts(value: Any) -> Iterator[str]:
    """Yield the texts and numbers among a value's leaves, as texts."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield str(value)


def _pages(back: int, arguments: dict[str, Any]) -> Iterator[tuple[Origin, Any]]:
    for name, size in _PAGES:
        at, by = arguments.get(name), arguments.get(size) if size else 1
        if type(at) is int and type(by) is int:
            yield ("page", back, name), at + by


def _fields(back: int, result: str, used: set[str]) -> Iterator[tuple[Origin, Any]]:
    """Yield, for each field of a JSON result, its first value, and its first that was not used."""
    if result[:1] not in ("{", "[") or len(result) > _CHARS:
        return
    try:
        value = loads(result)
    except ValueError:
        return
    seen: set[Origin] = set()
    for field, leaf in islice(_leaves(value, ""), _NAMES):
        for origin in (("field", back, field), ("fresh field", back, field)):
            if origin not in seen and (origin[0] == "field" or str(leaf) not in used):
                seen.add(origin)
                yield origin, leaf


def _leaves(value: Any, field: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield f"{field}.{name}", name  # ids are keys, too
            yield from _leaves(item, f"{field}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{field}[]")
    elif value is not None and not isinstance(value, bool):
        yield f"{field}=", value


def _names(back: int, step: PastCall, used: set[str]) -> Iterator[tuple[Origin, Any]]:
    """Yield the first names of a result, and the first that was not used, by themselves and as names in a folder."""
    folders = [(name, value) for name, value in step.arguments.items() if isinstance(value, str) and len(value) < 300]
    is_fresh_found = {"": False, **{name: False for name, _ in folders}}
    for number, text in enumerate(islice(_said(step.result), _NAMES)):
        for name, folder in [("", ""), *folders]:
            told = f"{folder.rstrip('/')}/{text}" if name else text
            kind, where = ("inside ", (back, name)) if name else ("", (back,))
            if number < _FIRST:
                yield (f"{kind}name", *where, number), told
            if not is_fresh_found[name] and told not in used and text not in used:
                is_fresh_found[name] = True
                yield (f"{kind}fresh", *where), told


def _said(result: str) -> Iterator[str]:
    for value in values(result[:_CHARS]):
        whole = value.forms[0].text
        yield value.forms[1].text if ":" in whole and "://" not in whole and len(value.forms) > 1 else whole
