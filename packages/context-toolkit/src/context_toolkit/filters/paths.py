"""Paths: what JSONPaths (RFC 9535) match in a value is kept, or left out. Needs the extra ``jsonpath``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.extras import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Parts = tuple[str | int, ...]


def compiled(paths: Iterable[str]) -> list[Any]:
    """Return JSONPaths, ready to match.

    Raises:
        ValueError: one is no JSONPath.
        MissingExtraError: the extra ``jsonpath`` is not installed.
    """
    jsonpath: Any = need("jsonpath", "jsonpath", package="context-toolkit")
    found: list[Any] = []
    for path in paths:
        try:
            found.append(jsonpath.compile(path))
        except jsonpath.JSONPathError as error:
            first = str(error).split("\n", 1)[0]
            raise ValueError(f"got the path {path!r}: {first}; expected a JSONPath such as $.orders[*].id") from None
    return found


def kept(value: Any, paths: Sequence[Any]) -> Any:
    """Return a value with what the paths match, and the objects and lists that it stands in; the rest is left out.

    Raises:
        RecursionError: the value is nested too deep.
    """
    return _only(value, _places(value, paths))


def dropped(value: Any, paths: Sequence[Any]) -> tuple[Any, int]:
    """Return a value without what the paths match, and how many matches there were.

    Raises:
        RecursionError: the value is nested too deep.
    """
    places = set(_places(value, paths))
    return _without(value, places, ()), len(places)


def _places(value: Any, paths: Sequence[Any]) -> list[Parts]:
    errors: Any = need("jsonpath.exceptions", "jsonpath", package="context-toolkit")
    try:
        return [tuple(match.parts) for path in paths for match in path.finditer(value)]
    except errors.JSONPathRecursionError as error:
        raise RecursionError(str(error)) from None


def _only(value: Any, places: Sequence[Parts]) -> Any:
    if any(not place for place in places):
        return value
    inner: dict[str | int, list[Parts]] = {}
    for first, *rest in places:
        inner.setdefault(first, []).append(tuple(rest))
    if isinstance(value, dict):
        return {key: _only(item, inner[key]) for key, item in value.items() if key in inner}
    if isinstance(value, list):
        return [_only(item, inner[place]) for place, item in enumerate(value) if place in inner]
    return value


def _without(value: Any, places: set[Parts], here: Parts) -> Any:
    if isinstance(value, dict):
        left = ((key, item) for key, item in value.items() if (*here, key) not in places)
        return {key: _without(item, places, (*here, key)) for key, item in left}
    if isinstance(value, list):
        rows = ((place, item) for place, item in enumerate(value) if (*here, place) not in places)
        return [_without(item, places, (*here, place)) for place, item in rows]
    return value
