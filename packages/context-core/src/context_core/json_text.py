"""JSON as the transcripts have it: fast for nearly all, exact for the rest.

orjson is the fast path. It refuses lone surrogates and non-finite numbers, and it turns integers past 64 bits into
floats without a word; such texts take the standard library's parser, which keeps them as they are.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_LONG_INTEGER = re.compile(rb"[0-9]{19}")


def loads(text: bytes | str) -> Any:
    """Parse one JSON text.

    Raises:
        ValueError: it is not JSON, not UTF-8, or nested too deep to parse.

    Example:
        >>> loads('[1, 18446744073709551617]')
        [1, 18446744073709551617]
    """
    try:
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        if _LONG_INTEGER.search(data) is None:
            return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep to parse") from None


def dumps(value: Any) -> str:
    """Write a JSON value compactly, keys in the order they have.

    Raises:
        TypeError: the value is not made of JSON types.

    Example:
        >>> dumps({"b": 1, "a": "ü"})
        '{"b":1,"a":"ü"}'
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def canonical(value: Any) -> bytes:
    """Write a JSON value so that equal values give equal bytes: compact, keys sorted.

    Example:
        >>> canonical({"b": 1, "a": [2]})
        b'{"a":[2],"b":1}'
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
