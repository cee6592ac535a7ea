"""Records: all that ever happens to a cache, each as a value. A cache is what its records have made of it, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from context_core import Node, NodeType
from context_toolkit.cache.entry import Entry, Kept
from context_toolkit.cache.extent import EVERYTHING, Extent
from context_toolkit.cache.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Put:
    """A result was kept.

    Attributes:
        entry: the result.
    """

    entry: Entry


@dataclass(frozen=True, slots=True)
class Began:
    """A write began.

    Attributes:
        write_id: names it.
        written: what it writes.
        at: when, in seconds of the cache's clock.
    """

    write_id: str
    written: Extent
    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """A write ended, well or not.

    Attributes:
        write_id: names it.
        written: what it wrote.
    """

    write_id: str
    written: Extent


@dataclass(frozen=True, slots=True)
class Dropped:
    """Results were dropped, whatever they read.

    Attributes:
        tool: only those of this tool.
        scope: only those of this scope.
    """

    tool: str | None = None
    scope: str | None = None


Record = Put | Began | Ended | Dropped


def node_of(record: Record) -> Node:
    """Return a record as the node of a session; its id is like no other's.

    Example:
        >>> record_of(node_of(Dropped("read_file"))) == Dropped("read_file")
        True
    """
    match record:
        case Put(entry):
            text, about = entry.kept.text, _about(entry)
        case Began(write_id, written, at):
            text, about = "", {"op": "began", "write": write_id, "at": at, **_extent_record(written)}
        case Ended(write_id, written):
            text, about = "", {"op": "ended", "write": write_id, **_extent_record(written)}
        case Dropped(tool, scope):
            text, about = "", {"op": "dropped", "tool": tool, "scope": scope}
    return Node(f"{uuid4().hex}/0", NodeType.MESSAGE, "cache", text, 0, metadata=about)


def record_of(node: Node) -> Record:
    """Return the record that a node was made of; of a node that is none, that all results were dropped."""
    about = node.metadata
    try:
        match about["op"]:
            case "put":
                return Put(_entry(about, node.content))
            case "began":
                return Began(about["write"], _extent(about), about["at"])
            case "ended":
                return Ended(about["write"], _extent(about))
            case "dropped":
                return Dropped(about["tool"], about["scope"])
            case _:
                return Dropped()
    except (KeyError, TypeError):
        return Dropped()  # written by a newer version, maybe: whatever it meant, nothing stale may be left


def _about(entry: Entry) -> dict[str, Any]:
    return {
        "op": "put",
        "key": entry.key,
        "tool": entry.tool,
        "scope": entry.scope,
        "tokens": entry.tokens,
        "began_at": entry.began_at,
        "is_json": entry.kept.is_json,
        "in_result": entry.in_result,
        **({"group": entry.group, "question": entry.question} if entry.group is not None else {}),
        **_extent_record(entry.reads),
    }


def _entry(about: Mapping[str, Any], text: str) -> Entry:
    return Entry(
        key=about["key"],
        tool=about["tool"],
        scope=about["scope"],
        kept=Kept(text, about["is_json"]),
        tokens=about["tokens"],
        reads=_extent(about),
        in_result=about["in_result"],
        began_at=about["began_at"],
        group=about.get("group"),
        question=about.get("question", ""),
    )


def _extent_record(extent: Extent) -> dict[str, Any]:
    if extent.is_everything:
        return {"places": None}
    return {"places": [[place.name, place.is_file] for place in extent.places]}


def _extent(about: Mapping[str, Any]) -> Extent:
    places = about["places"]
    return EVERYTHING if places is None else Extent(tuple(Place(name, is_file) for name, is_file in places))
