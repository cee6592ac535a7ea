"""JSON as the transcripts have it: fast for nearly all, exact for the rest.

orjson is the fast path. It refuses lone surrogates, turns integers past 64 bits into floats and writes NaN as null
without a word; such texts and values take the standard library's way, which keeps them as they are.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_INTEGER = b"0" * 19
"""Nineteen digits in a row may be an integer past 64 bits. Looked for with every digit made a zero: two passes at
memory speed, where a pattern of digits is ten times slower."""


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
        if _LONG_INTEGER not in data.translate(_DIGITS_TO_ZERO):
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
    fast = _fast(value, 0)
    if fast is not None:
        return fast.decode()
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def dump_bytes(value: Any) -> bytes:
    """Write a JSON value as `dumps` does, as UTF-8.

    Raises:
        TypeError: the value is not made of JSON types.

    Example:
        >>> dump_bytes({"a": "ü"})
        b'{"a":"\xc3\xbc"}'
    """
    fast = _fast(value, 0)
    return fast if fast is not None else dumps(value).encode()


def json_object(value: Any) -> str:
    """Return a call's arguments as the text of a JSON object; a text that is one stays as it is.

    Example:
        >>> json_object({"a": 1}), json_object('{ "a": 1}'), json_object("ls -l"), json_object("")
        ('{"a":1}', '{ "a": 1}', '{"input":"ls -l"}', '{}')
    """
    if not isinstance(value, str):
        return dumps(value if isinstance(value, dict) else {"input": value})
    if not value.strip():
        return "{}"
    try:
        is_object = isinstance(loads(value), dict)
    except ValueError:
        is_object = False
    return value if is_object else dumps({"input": value})


def canonical(value: Any) -> bytes:
    """Write a JSON value so that equal values give equal bytes: compact, keys sorted.

    Example:
        >>> canonical({"b": 1, "a": [2]})
        b'{"a":[2],"b":1}'
    """
    fast = _fast(value, orjson.OPT_SORT_KEYS)
    if fast is not None:
        return fast
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()


def _fast(value: Any, option: int) -> bytes | None:
    """Return what orjson writes, or None where it cannot write the value as it is: it makes NaN a null."""
    try:
        text = orjson.dumps(value, option=option)
    except TypeError:
        return None
    return None if b"null" in text and orjson.loads(text) != value else text
