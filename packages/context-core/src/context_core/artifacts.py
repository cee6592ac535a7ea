"""Artifacts: the files that an agent wrote or patched, each with its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core.edge import EdgeType

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.node import Node
    from context_core.writes import WriteAction


@dataclass(frozen=True, slots=True)
class Version:
    """A file after one change.

    Attributes:
        number: from 1, in the order of the changes.
        action: what the change was.
        call: the call that made it.
    """

    number: int
    action: WriteAction
    call: Node


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that calls changed.

    Attributes:
        path: as the calls name it.
        versions: the oldest first.
    """

    path: str
    versions: tuple[Version, ...]


def artifacts(graph: ContextGraph) -> list[Artifact]:
    """Return the files that calls of a graph changed, in the order in which they were first changed.

    A change that failed, as its result says, makes no version.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_tool_call("Write", {"file_path": "a.py", "content": "x = 1"})
        >>> _ = graph.add_tool_call("Edit", {"file_path": "a.py", "old_string": "1", "new_string": "2"})
        >>> [(artifact.path, [version.action.value for version in artifact.versions]) for artifact in artifacts(graph)]
        [('a.py', ['write', 'edit'])]
    """
    calls: dict[str, list[tuple[int, WriteAction]]] = {}
    for position, write in graph.values.writes:
        calls.setdefault(write.path, []).append((position, write.action))
    found = (_artifact(graph, path, made) for path, made in calls.items())
    return [artifact for artifact in found if artifact.versions]


def artifact_at(graph: ContextGraph, path: str) -> Artifact | None:
    """Return the artifact of a path as calls name it, or None where no call changed it."""
    made = [(position, write.action) for position, write in graph.values.writes if write.path == path]
    artifact = _artifact(graph, path, made)
    return artifact if artifact.versions else None


def _artifact(graph: ContextGraph, path: str, made: list[tuple[int, WriteAction]]) -> Artifact:
    calls = ((graph.node_at(position), action) for position, action in made)
    kept = [(call, action) for call, action in calls if call is not None and not _failed(graph, call)]
    return Artifact(path, tuple(Version(number, action, call) for number, (call, action) in enumerate(kept, start=1)))


def _failed(graph: ContextGraph, call: Node) -> bool:
    results = (graph.node(edge.target) for edge in graph.out_edges(call.id, EdgeType.TOOL_IO))
    return any(result.metadata.get("result_fields", {}).get("is_error") is True for result in results)
