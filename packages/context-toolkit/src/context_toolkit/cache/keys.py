"""Keys: which calls are equal.

Whatever the kind, two keys are equal only where scope, tool and every value of the arguments are, to the letter and to
the type. A key is a hash, so that one of a large argument is no larger; nothing can be read from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_core.hashing import content_id, text_bytes
from context_core.json_text import canonical, dumps, loads
from context_toolkit.cache.policy import KeyKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from context_toolkit.cache.policy import CachePolicy

_LEAVES = (str, int, float, bool, type(None))


def parsed(arguments: dict[str, Any] | str) -> dict[str, Any]:
    """Return arguments as an object; a text that is none is the argument ``input``.

    Raises:
        ValueError: a value is not made of JSON types.

    Example:
        >>> parsed('{"path": "a.py"}'), parsed("ls -l")
        ({'path': 'a.py'}, {'input': 'ls -l'})
    """
    if not isinstance(arguments, str):
        _check(arguments)
        return arguments
    try:
        value = loads(arguments) if arguments.strip() else {}
    except ValueError:
        value = arguments
    return value if isinstance(value, dict) else {"input": arguments}


def key_of(policy: CachePolicy, scope: str, tool: str, arguments: dict[str, Any] | str, values: dict[str, Any]) -> str:
    """Return the key of a call.

    Args:
        policy: says which calls are equal.
        scope: whose call it is.
        tool: its tool.
        arguments: as they were given.
        values: the same, parsed.
    """
    if policy.key is KeyKind.EXACT:
        kind, given = (
            ("text", text_bytes(arguments)) if isinstance(arguments, str) else ("json", dumps(values).encode())
        )
    else:
        kind, given = "normalised", canonical(without_defaults(values, policy.schema))
    return _digest(scope, tool, policy.fingerprint, kind, given)


def group_of(policy: CachePolicy, scope: str, tool: str, values: dict[str, Any]) -> str:
    """Return the key of all calls that differ in their free text alone."""
    others = {name: value for name, value in values.items() if name != policy.free_text}
    return _digest(scope, tool, policy.fingerprint, "group", canonical(without_defaults(others, policy.schema)))


def without_defaults(values: dict[str, Any], schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an object without the properties that have the default of their schema, in nested objects as well.

    Example:
        >>> schema = {"properties": {"limit": {"default": 10}, "path": {}}}
        >>> without_defaults({"path": "a.py", "limit": 10}, schema), without_defaults({"limit": 10.0}, schema)
        ({'path': 'a.py'}, {'limit': 10.0})
    """
    properties = schema.get("properties") if schema else None
    if not isinstance(properties, dict):
        return values
    kept: dict[str, Any] = {}
    for name, value in values.items():
        its = properties.get(name)
        its = its if isinstance(its, dict) else {}
        if "default" in its and canonical(its["default"]) == canonical(value):
            continue
        kept[name] = without_defaults(value, its) if isinstance(value, dict) else value
    return kept


def _digest(scope: str, tool: str, fingerprint: str, kind: str, given: bytes) -> str:
    return content_id(text_bytes(dumps([scope, tool, fingerprint, kind])) + b"\n" + given)


def _check(value: Any) -> None:
    if type(value) in _LEAVES:
        return
    if isinstance(value, (list, tuple)):
        for item in value:
            _check(item)
    elif isinstance(value, dict) and all(type(name) is str for name in value):
        for item in value.values():
            _check(item)
    else:
        raise ValueError(f"got arguments with a {type(value).__name__}; expected JSON: objects, lists, texts, numbers")
