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
    versions: dict[str, list[Version]] = {}
    for position, write in graph.values.writes:
        call = graph.node_at(position)
        if call is not None and not _failed(graph, call):
            made = versions.setdefault(write.path, [])
            made.append(Version(len(made) + 1, write.action, call))
    return [Artifact(path, tuple(made)) for path, made in versions.items()]


def _failed(graph: ContextGraph, call: Node) -> bool:
    results = (graph.node(edge.target) for edge in graph.out_edges(call.id, EdgeType.TOOL_IO))
    return any(result.metadata.get("result_fields", {}).get("is_error") is True for result in results)
