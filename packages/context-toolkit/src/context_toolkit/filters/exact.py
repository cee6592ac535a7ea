"""Exact: JSON parsed so that writing it again loses nothing but blanks and the form of numbers."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def exact(text: str) -> Any:
    """Parse JSON; a number with more digits than a float holds stays as it is written, as a text.

    Raises:
        ValueError: it is not JSON, an object has a key twice, of which one would be lost, or it is nested too deep.

    Example:
        >>> exact('[1.5, 0.12345678901234567890]')
        [1.5, '0.12345678901234567890']
    """
    try:
        return json.loads(text, parse_float=_number, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("nested too deep to parse") from None


def _number(digits: str) -> float | str:
    value = float(digits)
    try:
        return value if Decimal(repr(value)) == Decimal(digits) else digits
    except ArithmeticError:
        return digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found
