"""Checks of a manifest's JSON: damage is told when it is read, not when somebody needs an original.

Each table names the fields of a record with the types they may have; those in `_MAY_LACK` have defaults.
"""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

from context_core.edge import EdgeType
from context_core.errors import ManifestError
from context_core.node import NodeType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Fields = Mapping[str, tuple[type, ...]]

CHANGE: Fields = {
    "node_id": (str,),
    "reference": (str,),
    "before": (dict, NoneType),
    "after": (dict, NoneType),
    "strategy": (str,),
    "tier": (str,),
    "tokens_saved": (int,),
    "edges_added": (list,),
    "edges_removed": (list,),
}
STATE: Fields = {"record": (dict,), "content_id": (str,)}
EDGE: Fields = {"source": (str,), "target": (str,), "type": (str,), "evidence": (dict,)}
NODE: Fields = {
    "id": (str,),
    "type": (str,),
    "role": (str,),
    "tokens": (int,),
    "turn": (int,),
    "created_at": (int, float, NoneType),
    "call_id": (str, NoneType),
    "tool_name": (str, NoneType),
    "pinned": (bool,),
    "metadata": (dict,),
}
_MAY_LACK = {"turn", "created_at", "call_id", "tool_name", "pinned", "metadata", "evidence"}
_NODE_TYPES = {kind.value for kind in NodeType}
_EDGE_TYPES = {kind.value for kind in EdgeType}
_SHOWN_CHARS = 60


def check_change(record: Any) -> None:
    """Check the record of a change.

    Raises:
        ManifestError: a field is missing, unknown, or of another type than it may have; or the fields contradict.
    """
    _check(record, CHANGE, "a change")
    states = [record[name] for name in ("before", "after") if record[name] is not None]
    if not states:
        raise ManifestError(_damage("a change", "no state", "one before it, after it, or both"))
    for state in states:
        _check(state, STATE, "a state")
        _check(state["record"], NODE, "a node")
        _check_one_of(state["record"]["type"], _NODE_TYPES, "a node")
        if state["record"]["id"] != record["node_id"]:
            raise ManifestError(_damage("a change", f"the node {_shown(state['record']['id'])}", "that of its node_id"))
    for edge in (*record["edges_added"], *record["edges_removed"]):
        _check(edge, EDGE, "an edge")
        _check_one_of(edge["type"], _EDGE_TYPES, "an edge")


def _check(record: Any, fields: Fields, what: str) -> None:
    if not isinstance(record, dict):
        raise ManifestError(_damage(what, _shown(record), "an object"))
    for name, kinds in fields.items():
        if name not in record:
            if name not in _MAY_LACK:
                raise ManifestError(_damage(what, f"no {name!r}", _named(kinds)))
        elif not isinstance(record[name], kinds) or (isinstance(record[name], bool) and bool not in kinds):
            raise ManifestError(_damage(what, f"{name}={_shown(record[name])}", _named(kinds)))
    unknown = [name for name in record if name not in fields]
    if unknown:
        raise ManifestError(_damage(what, f"a field {_shown(unknown[0])}", f"one of {', '.join(fields)}"))


def _check_one_of(value: str, known: Collection[str], what: str) -> None:
    if value not in known:
        raise ManifestError(_damage(what, f"type={_shown(value)}", f"one of {', '.join(sorted(known))}"))


def _damage(what: str, got: str, expected: str) -> str:
    return f"{what} in the manifest is damaged: got {got}; expected {expected}"


def _shown(value: Any) -> str:
    """Return a value as a message shows it: cut, as it may be of any size."""
    text = value if isinstance(value, str) else type(value).__name__
    return repr(text[:_SHOWN_CHARS]) if isinstance(value, str) else text


def _named(kinds: tuple[type, ...]) -> str:
    return " or ".join("null" if kind is NoneType else kind.__name__ for kind in kinds)
