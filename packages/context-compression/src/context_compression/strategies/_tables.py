"""Tables: JSON in fewer tokens, and back.

1. White space between its signs goes; each number and each string stays as it was written.
2. A list of objects with the same keys becomes a *table*: the keys once, and a row of values an object, on a line of
   its own: ``{"columns":["id","name"],"rows":[[1,"a"],[2,"b"]]}``. So it is still JSON, and tables may stand in tables.
   So does an object whose fields are all like objects, with a row a field: ``"rows":{"x":[1,"a"],"y":[2,"b"]}``.
3. On request, empty fields (null, ``""``, ``[]``, ``{}``), columns that are empty in all rows, and fields that a server
   writes for itself go too; they are counted.

A text whose objects look like tables already is only compacted, as is one that JSON's own writer would not write so (a
price ``12.50``, a key said twice): the form can be read back without a doubt.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core.json_text import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLUMNS, ROWS = "columns", "rows"
"""The keys of a table."""
INTERNAL = frozenset({"node_id", "gravatar_id", "_links", "__typename", "etag", "_etag"})
"""Fields that servers write for themselves: identity for caches and clients, links to what the other fields name."""
FEWEST = 4
"""Fields that are left out together, at least: fewer do not cost what it costs to say so."""
_DEEPEST = 50
"""Levels below which nothing is looked for."""
_WRITTEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\s"]++', re.DOTALL)
_FRAME = 20
"""Characters that a table takes beside its keys and values."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """JSON in another form.

    Attributes:
        text: the form.
        tables: lists that became tables.
        dropped: fields and columns that were left out.
    """

    text: str
    tables: int = 0
    dropped: int = 0


def encode(text: str, *, trim: bool = False) -> Encoded | None:
    """Return JSON in fewer characters, or None where the text is no JSON object or array.

    Args:
        text: the JSON.
        trim: whether empty and internal fields are left out.

    Example:
        >>> print(encode('[{"order_id": 1, "first_name": "Ann"}, {"order_id": 2, "first_name": "Bob"}]').text)
        {"columns":["order_id","first_name"],"rows":[
        [1,"Ann"],
        [2,"Bob"]]}
    """
    try:
        value = loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, (dict, list)):
        return None
    compact = compacted(text)
    if not is_exact(value, compact):
        return Encoded(compact)
    writer = _Writer(trim)
    written = writer.write(value, 0)
    if 0 < writer.dropped < FEWEST:
        writer = _Writer(trim=False)
        written = writer.write(value, 0)
    if writer.has_tables_already:
        return Encoded(compact)
    return Encoded(written if writer.tables or writer.dropped else compact, writer.tables, writer.dropped)


def compacted(text: str) -> str:
    """Return a JSON text without the white space between its signs."""
    return "".join(_WRITTEN.findall(text))


def is_exact(value: Any, compact: str) -> bool:
    """Return whether JSON's own writer gives the very text that a value was read from, but for white space."""
    return dumps(value) == compact or ("\\u" in compact and json.dumps(value, separators=(",", ":")) == compact)


def decode(text: str) -> Any:
    """Return the value that `encode` was given, as JSON, but for fields that were left out.

    Example:
        >>> decode('{"columns":["id","name"],"rows":[[1,"a"],[2,"b"]]}')
        [{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]
    """
    return _objects(loads(text))


def _objects(value: Any) -> Any:
    if isinstance(value, list):
        return [_objects(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {COLUMNS, ROWS}:
        columns, rows = value[COLUMNS], value[ROWS]
        if isinstance(rows, list):
            return [dict(zip(columns, map(_objects, row), strict=True)) for row in rows]
        return {key: dict(zip(columns, map(_objects, row), strict=True)) for key, row in rows.items()}
    return {key: _objects(item) for key, item in value.items()}


class _Writer:
    """Writes a value as JSON with tables.

    Args:
        trim: whether empty and internal fields are left out.
    """

    def __init__(self, trim: bool) -> None:
        self._trim = trim
        self.tables = self.dropped = 0
        self.has_tables_already = False

    def write(self, value: Any, depth: int) -> str:
        """Return the JSON of a value."""
        if not isinstance(value, (dict, list)) or not value:
            return dumps(value)
        if depth > _DEEPEST:
            return self._as_it_is(value)
        if isinstance(value, list):
            columns = _columns(value)
            return self._row(value, depth) if columns is None else self._table(value, columns, depth)
        columns = _columns(list(value.values()))
        if columns is not None:
            return self._table(list(value.values()), columns, depth, list(value))
        kept = {key: item for key, item in value.items() if not (self._trim and self._drops(key, (item,)))}
        self.has_tables_already |= kept.keys() == {COLUMNS, ROWS}
        if _is_flat(kept.values()):
            return dumps(kept)
        return f"{{{','.join([f'{dumps(key)}:{self.write(item, depth + 1)}' for key, item in kept.items()])}}}"

    def _table(
        self, objects: Sequence[dict[str, Any]], columns: Sequence[str], depth: int, names: Sequence[str] | None = None
    ) -> str:
        kept = [key for key in columns if not (self._trim and self._drops(key, [row[key] for row in objects]))]
        self.tables += 1
        rows = [self._row([row[key] for key in kept], depth) for row in objects]
        if names is not None:
            rows = [f"{dumps(name)}:{row}" for name, row in zip(names, rows, strict=True)]
        opened, closed = "[]" if names is None else "{}"
        return f'{{"{COLUMNS}":{dumps(kept)},"{ROWS}":{opened}\n' + ",\n".join(rows) + closed + "}"

    def _row(self, cells: list[Any], depth: int) -> str:
        return dumps(cells) if _is_flat(cells) else f"[{','.join([self.write(cell, depth + 1) for cell in cells])}]"

    def _as_it_is(self, value: Any) -> str:
        text = dumps(value)
        self.has_tables_already |= f'"{COLUMNS}"' in text
        return text

    def _drops(self, key: str, cells: Sequence[Any]) -> bool:
        """Return whether a field or a column is left out, and count it."""
        drops = key in INTERNAL or all(cell is None or cell in ("", [], {}) for cell in cells)
        self.dropped += drops
        return drops


def _is_flat(items: Iterable[Any]) -> bool:
    """Return whether no item holds others."""
    return not any(isinstance(item, (dict, list)) for item in items)


def _columns(items: Sequence[Any]) -> list[str] | None:
    """Return the keys that all items have, in the same order, where a table of them is shorter."""
    first = items[0]
    if len(items) < 2 or not isinstance(first, dict) or not first:
        return None
    keys = list(first)
    if (len(items) - 1) * sum(len(key) + 3 for key in keys) <= _FRAME:
        return None
    return keys if all(isinstance(item, dict) and list(item) == keys for item in items) else None
