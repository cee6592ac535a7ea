"""Arguments: what a model sends, checked against a tool's parameters before the tool runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from context_core.json_text import loads
from context_toolkit.agent_tools.definitions import TOOLS
from context_toolkit.agent_tools.telling import excerpt

_EXPECTED = {"string": "a text", "integer": "a whole number"}
_LONGEST_NUMBER = 12
"""Characters of a line's number: no text has more lines."""


def checked(name: str, arguments: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """Return the arguments of a call.

    Args:
        name: the tool.
        arguments: an object, or its JSON text; of no argument, an empty text or None will do.

    Raises:
        ValueError: there is no such tool, the text is no object, or an argument is missing, unknown or of another type.

    Example:
        >>> checked("context_expand", '{"ref": "481920553.337104", "page": 2}')
        {'ref': '481920553.337104', 'page': 2}
    """
    if name not in TOOLS:
        raise ValueError(f"got the tool {excerpt(name)!r}; expected one of {', '.join(TOOLS)}")
    given = _object(name, arguments)
    _, properties, required = TOOLS[name]
    for key in required:
        if given.get(key) is None:
            raise ValueError(f"got no {key!r}; {name} takes {_takes(name)}")
    for key, value in given.items():
        if key not in properties:
            raise ValueError(f"got {excerpt(str(key))!r}; {name} takes {_takes(name)}")
        kind = properties[key]["type"]
        if value is not None and type(value) is not (str if kind == "string" else int):
            raise ValueError(f"got {key}={excerpt(repr(value))}; expected {_EXPECTED[kind]}")
    return {key: value for key, value in given.items() if value is not None}


def line_numbers(text: str | None) -> tuple[int, int] | None:
    """Return the first and the last line that a text such as ``10-20`` names; None for no text.

    Raises:
        ValueError: the text is another.

    Example:
        >>> line_numbers("10-20"), line_numbers("7")
        ((10, 20), (7, 7))
    """
    if text is None or not text.strip():
        return None
    first, _, last = text.replace("–", "-").replace(":", "-").partition("-")
    if not _is_line(first) or (last and not _is_line(last)):
        raise ValueError(f"got lines={excerpt(text)!r}; expected first and last, such as 10-20")
    return int(first), int(last or first)


def _is_line(digits: str) -> bool:
    return digits.strip().isdecimal() and len(digits) <= _LONGEST_NUMBER


def _object(name: str, arguments: Mapping[str, Any] | str | None) -> dict[str, Any]:
    if arguments is None:
        return {}
    if not isinstance(arguments, str):
        if not isinstance(arguments, Mapping):
            raise ValueError(f"got arguments of type {type(arguments).__name__}; {name} takes {_takes(name)}")
        return dict(arguments)
    if not arguments.strip():
        return {}
    try:
        value = loads(arguments)
    except ValueError as error:
        raise ValueError(f"got arguments that are no JSON ({error}); {name} takes {_takes(name)}") from None
    if not isinstance(value, dict):
        raise ValueError(f"got arguments that are no object; {name} takes {_takes(name)}")
    return value


def _takes(name: str) -> str:
    _, properties, required = TOOLS[name]
    return ", ".join(key if key in required else f"{key} (optional)" for key in properties) or "no argument"
