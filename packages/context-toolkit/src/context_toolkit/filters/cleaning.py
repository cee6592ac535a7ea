"""Cleaning: what a JSON value says nothing with.

1. *Envelopes*: the Model Context Protocol's ``{"content": [{"type": "text", "text": …}]}`` around one text, and JSON
   that was written into a text.
2. *Nothing*: nulls, empty texts, lists and objects, as fields; a place in a list stays, as places may be counted.
3. *Servers' own*: fields that are named after what a server notes for itself: traces and checksums where they hold a
   UUID or a hash, versions and scores where they hold a number.
4. *Bytes*: base64, as data URLs or bare.
5. *What all rows share*: a field with the same value in every object of a list is said once.

An id is never left out for being a UUID alone: it may be what the next call needs.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from context_core.json_text import dumps
from context_toolkit.filters.exact import exact

_SERVERS_OWN = re.compile(
    r"_*(?:etag|checksum|md5|sha1|sha256|sha512|signature|trace_?id|span_?id|parent_?span_?id|request_?id|"
    r"correlation_?id|x-request-id|idempotency_?key|revision_?hash|cursor_?hash|__typename|node_id|_rev)",
    re.IGNORECASE,
)
_SERVERS_FIGURES = re.compile(r"_?_v|_?_rev|shard|_?_score|took|timed_out", re.IGNORECASE)
_NOISE = re.compile(
    r"(?:W/)?\"?(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:sha\d+[:-])?[0-9a-f]{16,}|"
    r"[A-Za-z0-9+/_-]{20,}={0,2})\"?",
    re.IGNORECASE,
)
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,[A-Za-z0-9+/=_-]{64,}")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{4}){50,}(?:[A-Za-z0-9+/]{2,3}={0,2})?(?![A-Za-z0-9+/_-])")
_MOST_SLASHES = 0.05
"""Share of slashes above which a text is a path: of bytes in base64 one sign in 64 is one."""
_FEWEST_SIGNS = 16
"""Different signs that bytes have at least."""
_FEWEST_ROWS = 3
"""Rows from which on what they share is said once."""
SHARED, ROWS = "shared_by_all_rows", "rows"


class Cleaning:
    """One pass over a result; what it did is counted under words that a model reads.

    Example:
        >>> cleaning = Cleaning()
        >>> cleaning.cleaned({"id": 7, "note": None, "tags": []})
        {'id': 7}
        >>> dict(cleaning.done)
        {'empty fields': 2}
    """

    def __init__(self) -> None:
        self.done = Counter[str]()

    def unwrapped(self, value: Any) -> Any:
        """Return what an envelope holds, as JSON where it is JSON."""
        if not isinstance(value, dict) or not _is_mcp(value):
            return value
        self.done["envelopes"] += 1
        text: str = value["content"][0]["text"]
        try:
            inner = exact(text)
        except ValueError:
            return text
        return inner if isinstance(inner, dict | list) else text

    def cleaned(self, value: Any) -> Any:
        """Return a value without what says nothing."""
        if isinstance(value, str):
            return self.without_bytes(value)
        if isinstance(value, dict):
            return {key: self.cleaned(item) for key, item in value.items() if not self._says_nothing(key, item)}
        if isinstance(value, list):
            return self._rows([self.cleaned(item) for item in value])
        return value

    def without_bytes(self, text: str) -> str:
        """Return a text with encoded bytes told by their kind and length."""
        if len(text) < 64:
            return text
        text = _DATA_URL.sub(lambda match: self._bytes(match[0], match[1] or "data"), text)
        return _BASE64.sub(lambda match: self._bytes(match[0], "base64") if _is_mixed(match[0]) else match[0], text)

    def _says_nothing(self, key: str, item: Any) -> bool:
        if item is None or item == "" or item == [] or item == {}:
            self.done["empty fields"] += 1
            return True
        if _is_servers_own(key, item):
            self.done["fields of the server's own"] += 1
            return True
        return False

    def _rows(self, rows: list[Any]) -> Any:
        if len(rows) < _FEWEST_ROWS or not all(isinstance(row, dict) and row for row in rows):
            return rows
        first: dict[str, Any] = rows[0]
        shared = {
            key: item
            for key, item in first.items()
            if all(key in row and type(row[key]) is type(item) and row[key] == item for row in rows[1:])
        }
        if not shared or len(shared) == len(first):
            return rows
        saved = len(dumps(shared)) * (len(rows) - 1)
        if saved < len(dumps({SHARED: shared, ROWS: 0})):
            return rows
        self.done["fields that all rows share, said once"] += len(shared)
        return {SHARED: shared, ROWS: [{key: row[key] for key in row if key not in shared} for row in rows]}

    def _bytes(self, text: str, kind: str) -> str:
        self.done["encoded bytes"] += 1
        return f"[{kind}, {len(text):,} characters]"


def _is_mcp(value: dict[str, Any]) -> bool:
    parts = value.get("content")
    if not isinstance(parts, list) or len(parts) != 1 or not isinstance(parts[0], dict):
        return False
    is_text = parts[0].get("type") == "text" and isinstance(parts[0].get("text"), str)
    beside = [item for key, item in value.items() if key != "content"]
    beside += [item for key, item in parts[0].items() if key not in ("type", "text")]
    return is_text and all(item in (None, False, {}, []) for item in beside)


def _is_servers_own(key: str, item: Any) -> bool:
    """Return whether a field is a server's own: a figure under the name of one, or a hash; a number may be an id."""
    if isinstance(item, str):
        return _SERVERS_OWN.fullmatch(key) is not None and _NOISE.fullmatch(item) is not None
    return isinstance(item, int | float) and item is not True and _SERVERS_FIGURES.fullmatch(key) is not None


def _is_mixed(text: str) -> bool:
    """Return whether a text has letters of both cases and digits, as bytes have; a long name or path has not."""
    head = text[:400]
    if head.count("/") > len(head) * _MOST_SLASHES or len(set(head)) < _FEWEST_SIGNS:
        return False
    return any(c.islower() for c in head) and any(c.isupper() for c in head) and any(c.isdigit() for c in head)
