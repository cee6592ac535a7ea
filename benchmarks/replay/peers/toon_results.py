"""TOON: old tool results that are JSON, encoded anew as TOON where that is shorter.

Setting: the default delimiter; a tab was no shorter. It has no target. All values stay in sight, and decoding gives
them back, so nothing has to be recovered; the spaces of the JSON text are lost.
"""

from __future__ import annotations

import json

from _protocol import count, old_results, replaced, serve
from toon_format import encode


def compress(case: dict) -> list[dict]:
    """Return the messages with JSON results as TOON."""
    contents = {number: case["messages"][number]["content"] for number in old_results(case)}
    encoded = {number: text for number in contents if (text := toon(contents[number])) is not None}
    before, after = count([contents[number] for number in encoded]), count(list(encoded.values()))
    shorter = [n for n, was, now in zip(encoded, before, after, strict=True) if now < was]
    return replaced(case["messages"], {number: encoded[number] for number in shorter})


def toon(text: str) -> str | None:
    """Return JSON as TOON, or None for what is no JSON object or array."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return encode(value) if isinstance(value, dict | list) else None


if __name__ == "__main__":
    serve(compress)
