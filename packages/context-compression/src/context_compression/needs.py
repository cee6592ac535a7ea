"""How likely a value is needed again: features of where it stood, and weights learned from real sessions.

1. A value is asked about where it stands in the old part and nowhere in what stays.
2. Its features are counts, ages in tokens and messages, who said it, its form, the units and nodes it stands in, and
   *heats*: of the values that stand behind the same word (a key in JSON, a keyword), or have the same form, the share
   that calls went on to use. Heats let one set of weights fit sessions of any kind.
3. The probability is that of a small sum of decision trees (`trees`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from context_compression.words import FORMS
from context_core import NodeType

if TYPE_CHECKING:
    from context_compression.sight import Sight
    from context_core import Node

_PRIOR = 5.0
"""Values that a heat is smoothed with: one use among two values tells less than ten among twenty."""


class Speaker(IntEnum):
    """Who says a node."""

    SYSTEM = 0
    USER = 1
    AGENT = 2
    CALL = 3
    RESULT = 4
    OTHER = 5


def speaker(node: Node) -> Speaker:
    """Return who says a node."""
    if node.is_system:
        return Speaker.SYSTEM
    if node.type is NodeType.TOOL_CALL:
        return Speaker.CALL
    if node.type is NodeType.TOOL_RESULT:
        return Speaker.RESULT
    if node.is_instruction:
        return Speaker.USER
    return Speaker.AGENT if node.role == "assistant" and node.kind == "text" else Speaker.OTHER


@dataclass(frozen=True, slots=True)
class Question:
    """The values that are asked about, and what is known of each.

    Attributes:
        asked: numbers of the values that stand in the old part alone.
        features: a row for each of them, a column for each of `FEATURES`.
    """

    asked: Any
    features: Any


FEATURES = (
    "nodes", "places", "age", "message_age", "first_age", "called", "calls", "call_age", "said_by_agent", "in_result",
    "results", *FORMS, "length", "is_whole", "values_beside", "node_tokens", "stays_beside", "called_beside",
    "node_stays", "node_called", "call_stays", "left_heat", "form_heat",
)  # fmt: skip
"""The names of the features, in order. Counts, ages and lengths are logarithms to base 2 of one more."""


def question(sight: Sight, stays: Any, calls: Any) -> Question:
    """Return the values of the old part and their features.

    Args:
        sight: the window.
        stays: for each node, whether it stays as it is.
        calls: for each node, the number of the call it is the result of, or -1.
    """
    look = _Look(sight, np.asarray(stays, np.bool_), calls)
    asked = np.flatnonzero(look.any(look.is_old) & ~look.stays)
    columns = {**_counts(look), **_forms(look), **_neighbours(look), **_heats(look)}
    return Question(asked, np.stack([columns[name][asked] for name in FEATURES], axis=1))


class _Look:
    """The arrays that several features share."""

    def __init__(self, sight: Sight, node_stays: Any, calls: Any) -> None:
        self.sight, self.calls, self.node_stays = sight, calls, node_stays
        self.row = sight.row_node
        self.value = sight.value
        self.is_old = ~node_stays[self.row]
        self.speakers = np.array([speaker(node) for node in sight.nodes], np.int64)
        self.node_tokens = np.array([node.tokens for node in sight.nodes], np.float64)
        self.stays = self.any(~self.is_old)
        self.by_call = self.is_old & (self.speakers[self.row] == Speaker.CALL)
        self.by_result = self.is_old & (self.speakers[self.row] == Speaker.RESULT)
        self.called = self.any(self.by_call)
        self.ever_called = self.any(self.speakers[self.row] == Speaker.CALL)

    @property
    def count(self) -> int:
        return len(self.sight.keys)

    def any(self, rows: Any) -> Any:
        """Return for each value whether one of its rows is among some."""
        found = np.zeros(len(self.sight.keys), np.bool_)
        found[self.value[rows]] = True
        return found

    def distinct(self, rows: Any) -> Any:
        """Return for each value in how many nodes its rows among some stand."""
        width = len(self.sight.nodes)
        pairs = np.unique(self.value[rows] * width + self.row[rows])
        return np.bincount(pairs // width, minlength=self.count).astype(np.float64)

    def last(self, rows: Any, of_node: Any, missing: float) -> Any:
        """Return for each value what the last of its nodes among some has: rows are in order, so the last stays."""
        found = np.full(self.count, missing, np.float64)
        found[self.value[rows]] = of_node[self.row[rows]]
        return found

    def first(self, rows: Any, of_node: Any, missing: float) -> Any:
        found = np.full(self.count, missing, np.float64)
        found[self.value[rows][::-1]] = of_node[self.row[rows]][::-1]
        return found

    def least(self, rows: Any, of_row: Any) -> Any:
        found = np.full(self.count, 1e4)
        np.minimum.at(found, self.value[rows], of_row[rows])
        return found

    def most(self, rows: Any, of_row: Any) -> Any:
        found = np.zeros(self.count)
        np.maximum.at(found, self.value[rows], of_row[rows])
        return found


def _log(counts: Any) -> Any:
    return np.log2(1.0 + counts)


def _counts(look: _Look) -> dict[str, Any]:
    old, tokens = look.is_old, look.node_tokens
    age = np.concatenate((np.cumsum(tokens[::-1])[::-1][1:], [0.0]))
    message_age = np.arange(len(tokens), dtype=np.float64)[::-1]
    return {
        "nodes": _log(look.distinct(old)),
        "places": _log(np.bincount(look.value[old], minlength=look.count)),
        "age": _log(look.last(old, age, 0.0)),
        "message_age": _log(look.last(old, message_age, 0.0)),
        "first_age": _log(look.first(old, age, 0.0)),
        "called": look.called,
        "calls": _log(look.distinct(look.by_call)),
        "call_age": np.where(look.called, _log(look.last(look.by_call, age, 0.0)), 0.0),
        "said_by_agent": look.any(old & (look.speakers[look.row] == Speaker.AGENT)),
        "in_result": look.any(look.by_result),
        "results": _log(look.distinct(look.by_result)),
        "node_tokens": _log(look.last(old, tokens, 0.0)),
    }


def _forms(look: _Look) -> dict[str, Any]:
    form, length = np.zeros(look.count, np.uint8), np.zeros(look.count)
    form[look.value] = look.sight.words.form
    length[look.value] = look.sight.words.end - look.sight.words.start
    bits = {name: (form >> place) & 1 for place, name in enumerate(FORMS)}
    return {**bits, "length": _log(length), "is_whole": look.any(look.is_old & look.sight.words.is_whole)}


def _neighbours(look: _Look) -> dict[str, Any]:
    """Return what stands beside each value in its unit and in its node, and in the call whose result it stands in."""
    sight, old, row, value = look.sight, look.is_old, look.row, look.value
    count = len(sight.nodes)
    stays, called = look.stays[value], look.called[value]
    of_node = np.maximum(1, np.bincount(row, minlength=count))
    of_unit = np.bincount(sight.unit, minlength=len(sight.units)).astype(np.float64)
    whole = sight.words.is_whole
    return {
        "values_beside": _log(look.least(old, of_unit[sight.unit])),
        "stays_beside": _log(look.most(old, np.bincount(sight.unit, stays, len(sight.units))[sight.unit])),
        "called_beside": _log(look.most(old, np.bincount(sight.unit, called, len(sight.units))[sight.unit])),
        "node_stays": look.most(old, (np.bincount(row, stays, count) / of_node)[row]),
        "node_called": look.most(old, (np.bincount(row, called, count) / of_node)[row]),
        "call_stays": _log(_of_call(look, np.bincount(row[whole], stays[whole], count))),
    }


def _of_call(look: _Look, of_node: Any) -> Any:
    """Return for each value the most that the call has of whose result it is part."""
    of_result = np.where(look.calls >= 0, of_node[look.calls], 0.0)
    return look.most(look.is_old, of_result[look.row])


def _heats(look: _Look) -> dict[str, Any]:
    sight = look.sight
    rows = look.speakers[look.row] == Speaker.RESULT
    length = np.minimum(sight.words.end - sight.words.start, 63)
    form = sight.words.form.astype(np.int64) * 64 + np.where(length < 12, length, 12 + length // 8)
    return {
        "left_heat": _heat(look, sight.words.left, rows),
        "form_heat": _heat(look, form, rows),
    }


def _heat(look: _Look, group: Any, rows: Any) -> Any:
    """Return for each value the share of the other values of its group that calls use, in 50ths, as a logarithm."""
    if not rows.any():
        return np.zeros(look.count)
    _, number = np.unique(group[rows], return_inverse=True)
    pairs = np.unique(number * look.count + look.value[rows])
    number, value = pairs // look.count, pairs % look.count
    used = look.ever_called[value].astype(np.float64)
    sizes, uses = np.bincount(number), np.bincount(number, used)
    heat = (uses[number] - used + _PRIOR * used.mean()) / (sizes[number] - 1 + _PRIOR)
    found = np.zeros(look.count)
    np.maximum.at(found, value, heat)
    return _log(50.0 * found)
