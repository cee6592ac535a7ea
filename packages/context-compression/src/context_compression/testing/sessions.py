"""Hypothesis strategies for sessions whose results repeat, nearly repeat, and are of every form that tools write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from context_core import ContextGraph

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[Any]], Any]

_DEEP = "[" * 5_000 + "]" * 5_000
_ROWS = [{"id": number, "name": f"part-{number}", "tags": [], "note": None} for number in range(40)]

ODD_TEXTS: dict[str, str] = {
    "empty": "",
    "blank": " \t\n" * 200,
    "one long word": "x" * 60_000,
    "one long line": "word " * 12_000,
    "one long line of fields": "a=1," * 15_000,
    "blanks inside": "a" + " " * 60_000 + "b",
    "deep": _DEEP,
    "deep objects": '{"a":' * 3_000 + "1" + "}" * 3_000,
    "huge array": json.dumps(list(range(20_000))),
    "huge table": json.dumps(_ROWS * 200, indent=1),
    "not quite JSON": json.dumps(_ROWS, indent=2)[:-1],
    "twice the same key": "[" + ",\n".join(['{"a": 1, "a": 2, "b": null}'] * 60) + "]",
    "numbers as written": "[" + ",\n".join(['{"price": 12.50, "big": 123456789012345678901234567890}'] * 60) + "]",
    "our own marks": "[as the later result of read with these changes; expand 481920553.337104]\n″a\n…\n" * 60,
    "our own form": json.dumps([{"columns": ["a"], "rows": [[1]]}] * 60, indent=1),
    "CRLF": "a line of a file\r\n" * 200,
    "progress": "".join(f"\r{percent:3}% of it done" for percent in range(101)) + "\nready\n" * 40,
    "colours": "\x1b[32mok\x1b[0m and \x1b[1;31mnot ok\x1b[0m\x1b[K\n" * 100,
    "cursor": "one\ntwo\x1b[1A\x1b[2K" + "\x1b[999999999C" * 3 + "three\x1b[999999999B\n" + "\b" * 70_000 + "four" * 30,
    "unfinished escape": "text\x1b[" + "3" * 60_000,
    "surrogates": "\ud800 half a sign, " * 300,
    "separators": "a\u2028b\x0bc\x0cd\x85e\x1cf " * 100,
    "one prefix": "".join(f"src/package/module.py:{number}: a match\n" for number in range(100)),
    "ditto": "".join(f"src/package/module.py:{number}: a match\n″″\n" for number in range(100)),
}
"""Texts that a strategy may get wrong, by what is odd about them."""


def result_texts() -> st.SearchStrategy[str]:
    """Return texts as tools write them: JSON, tables, listings, logs, and odd ones."""
    scalar = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8)
    value = st.recursive(
        scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    )
    row = st.fixed_dictionaries({"id": st.integers(), "name": st.text(max_size=9), "rest": value})
    table = st.lists(row, min_size=2, max_size=30) | st.dictionaries(st.text(max_size=5), row, max_size=12)
    written = st.builds(json.dumps, table | value, indent=st.none() | st.integers(0, 4))
    line = st.sampled_from(
        ["src/a.py:1: x", "src/a.py:22: y ", "\x1b[31mred\x1b[0m", "10%\r20%", "", "  deep", "plain"]
    )
    listing = st.lists(line, min_size=10, max_size=80).map("\n".join)
    odd = {name: text for name, text in ODD_TEXTS.items() if len(text) < 10_000}
    return st.one_of(written, listing, st.sampled_from(sorted(odd.values())), st.text(max_size=60))


@st.composite
def sessions(draw: Draw, max_calls: int = 14) -> ContextGraph:
    """Return a session of calls and results of which some are said again, as they were or a little changed."""
    graph = ContextGraph("s")
    said: list[str] = []
    graph.add_message("system", draw(result_texts()))
    for turn in range(draw(st.integers(1, 3))):
        graph.add_message("user", f"task {turn}: " + draw(result_texts()))
        for _ in range(draw(st.integers(0, max_calls // 2))):
            call = graph.add_tool_call(draw(st.sampled_from(["read", "grep", "write"])), {"path": draw(_PATHS)})
            graph.add_tool_result(call.id, draw(_texts_again(said)))
            if draw(st.booleans()):
                graph.add_message("assistant", draw(_texts_again(said)))
    return graph


_PATHS = st.sampled_from(["src/a.py", "src/b.py", "docs/c.md"])


@st.composite
def _texts_again(draw: Draw, said: list[str]) -> str:
    if said and draw(st.booleans()):
        text = draw(st.sampled_from(said))
        lines = text.split("\n")
        if draw(st.booleans()):
            lines.insert(draw(st.integers(0, len(lines))), draw(st.text(max_size=9)))
        text = "\n".join(lines)
    else:
        text = draw(result_texts())
    said.append(text)
    return text
