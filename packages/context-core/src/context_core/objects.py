"""A library's message objects as the JSON that the library would write of them.

LangChain's, AutoGen's and the providers' own messages are pydantic models; Pydantic-AI's are dataclasses. Neither
library is needed here: what an object can do is asked of the object.
"""

from __future__ import annotations

import base64
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

_DEEPEST = 200


def as_json(value: Any, depth: int = 0) -> Any:
    """Return a message object as JSON values; a value that is JSON already, or unknown, comes back as it is.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Said:
        ...     role: str
        ...     content: str
        >>> as_json(Said("user", "hi"))
        {'role': 'user', 'content': 'hi'}
    """
    if value is None or isinstance(value, (bool, int, float)) or (depth == 0 and _is_json(value)):
        return value
    if isinstance(value, type) or depth > _DEEPEST:
        return value
    if isinstance(value, Enum):
        return as_json(value.value, depth + 1)
    if callable(dump := getattr(value, "model_dump", None)):
        return as_json(dump(exclude_none=True), depth + 1)
    if is_dataclass(value):
        return {f.name: as_json(getattr(value, f.name, None), depth + 1) for f in fields(value)}
    return _plain(value, depth)


def _is_json(value: Any) -> bool:
    """Return whether a value given as a row is a text, or an object that holds no library's objects in a list."""
    if not isinstance(value, dict):
        return isinstance(value, str)
    firsts = (item[0] for item in value.values() if isinstance(item, list) and item)
    return all(first is None or isinstance(first, (bool, int, float, str, dict, list)) for first in firsts)


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {str(key): as_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(item, depth + 1) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, str) or depth == 0 else str(value)
