"""Entities and artifacts as nodes and edges, made when they are asked for.

They follow from what the nodes say, so nothing of them is stored: a mention costs 12 bytes in a posting list, where an
edge object and a node would cost 500.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.artifacts import Artifact, Version, artifacts
from context_core.edge import Edge, EdgeType
from context_core.entities import EntityKind, kind_of
from context_core.mentions import aliases
from context_core.node import Node, NodeType
from context_core.value_index import NOWHERE, values_of
from context_core.writes import writes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from networkx import MultiDiGraph

    from context_core.graph import ContextGraph

_ENTITY, _ARTIFACT = "entity:", "artifact:"
_TYPES = (EdgeType.REFERENCES, EdgeType.SAME_ENTITY)


def entity_id(kind: EntityKind, name: str) -> str:
    """Return the id of an entity's node.

    Example:
        >>> entity_id(EntityKind.PATH, "src/io.py")
        'entity:path:src/io.py'
    """
    return f"{_ENTITY}{kind.value}:{name}"


def artifact_id(path: str, number: int) -> str:
    """Return the id of the node of a file's version.

    Example:
        >>> artifact_id("src/io.py", 2)
        'artifact:src/io.py@2'
    """
    return f"{_ARTIFACT}{path}@{number}"


def is_projected(node_id: str) -> bool:
    """Return whether an id has the form of an entity's or an artifact's."""
    return node_id.startswith((_ENTITY, _ARTIFACT))


def is_derived(node_id: str, type: EdgeType | None) -> bool:
    """Return whether some of a node's edges of a type may be projected."""
    return type in _TYPES or is_projected(node_id)


def projected_node(graph: ContextGraph, node_id: str) -> Node | None:
    """Return the node of an entity that some node mentions, or of an artifact's version; None where there is none."""
    if node_id.startswith(_ARTIFACT):
        return next((node for node in _artifact_nodes(graph) if node.id == node_id), None)
    kind, _, name = node_id.removeprefix(_ENTITY).partition(":")
    is_there = next(graph.values.whole(name), None) is not None and kind_of(name) == kind
    return _entity_node(EntityKind(kind), name) if is_there else None


def projected_nodes(graph: ContextGraph, type: NodeType) -> Iterator[Node]:
    """Yield the nodes of all entities, in the order of their first mention, or those of all versions of artifacts."""
    if type is NodeType.ARTIFACT:
        yield from _artifact_nodes(graph)
        return
    named = dict.fromkeys(entity for node in graph.nodes() for entity in _named(node))
    yield from (_entity_node(kind, name) for kind, name in named)


def projected_edges(graph: ContextGraph, node_id: str, type: EdgeType | None, *, incoming: bool) -> Iterator[Edge]:
    """Yield the projected edges that enter, or leave, a node."""
    if node_id.startswith(_ARTIFACT):
        yield from _of_artifact(graph, node_id, type, incoming=incoming)
    elif node_id.startswith(_ENTITY):
        yield from _of_entity(graph, node_id, type, incoming=incoming)
    elif type is EdgeType.REFERENCES and not incoming:
        yield from _of_said(graph, graph.node(node_id))


def to_networkx(graph: ContextGraph) -> MultiDiGraph[str]:
    """Return a graph as networkx's MultiDiGraph, with entities, artifacts and their edges."""
    import networkx  # a third of a second to import, for those who ask for it

    view: MultiDiGraph[str] = networkx.MultiDiGraph()
    derived = [node for type in (NodeType.ENTITY, NodeType.ARTIFACT) for node in projected_nodes(graph, type)]
    stored = list(graph.nodes())
    for node in (*stored, *derived):
        view.add_node(node.id, node=node)
    edges = [edge for node in derived for edge in projected_edges(graph, node.id, None, incoming=False)]
    references = [edge for node in stored for edge in _of_said(graph, node)]
    for edge in (*graph.edges(), *edges, *references):
        view.add_edge(edge.source, edge.target, key=edge.type, **edge.evidence)
    return view


def _named(node: Node) -> dict[tuple[EntityKind, str], int | None]:
    """Return the entities that a node names, each with its first place, where that is known."""
    named: dict[tuple[EntityKind, str], int | None] = {}
    for value in values_of(node):
        whole = value.forms[0]
        kind = kind_of(whole.text) if whole.is_whole else None
        if kind is not None:
            named.setdefault((kind, whole.text), None if value.offset is None else value.offset + whole.start)
    return named


def _entity_node(kind: EntityKind, name: str) -> Node:
    return Node(entity_id(kind, name), NodeType.ENTITY, "entity", name, 0, metadata={"entity": kind.value})


def _artifact_nodes(graph: ContextGraph) -> Iterator[Node]:
    for artifact in artifacts(graph):
        yield from (_version_node(artifact, version) for version in artifact.versions)


def _version_node(artifact: Artifact, version: Version) -> Node:
    metadata = {"path": artifact.path, "version": version.number, "action": version.action.value}
    return Node(
        artifact_id(artifact.path, version.number),
        NodeType.ARTIFACT,
        "artifact",
        version.call.content,
        0,
        turn=version.call.turn,
        created_at=version.call.created_at,
        call_id=version.call.call_id,
        metadata=metadata,
    )


def _of_said(graph: ContextGraph, node: Node) -> Iterator[Edge]:
    """Yield an edge to each entity that a node names, and to each version that it made."""
    for (kind, name), start in _named(node).items():
        evidence = {} if start is None else {"span": [start, start + len(name)]}
        yield Edge(node.id, entity_id(kind, name), EdgeType.REFERENCES, evidence)
    if node.type is NodeType.TOOL_CALL and writes(node):
        for artifact in artifacts(graph):
            for version in artifact.versions:
                if version.call.id == node.id:
                    yield _made(artifact, version)


def _made(artifact: Artifact, version: Version) -> Edge:
    target = artifact_id(artifact.path, version.number)
    return Edge(version.call.id, target, EdgeType.REFERENCES, {"action": version.action.value})


def _of_entity(graph: ContextGraph, node_id: str, type: EdgeType | None, *, incoming: bool) -> Iterator[Edge]:
    name = graph.node(node_id).content
    if incoming and type in (None, EdgeType.REFERENCES):
        for position, offset in sorted(graph.values.whole(name)):
            node = graph.node_at(position)
            if node is not None:
                evidence = {} if offset == NOWHERE else {"span": [offset, offset + len(name)]}
                yield Edge(node.id, node_id, EdgeType.REFERENCES, evidence)
    if type in (None, EdgeType.SAME_ENTITY):
        for alias in aliases(graph, name):
            kind = kind_of(alias)
            if kind is not None and (len(alias) < len(name)) is incoming:
                ends = (entity_id(kind, alias), node_id) if incoming else (node_id, entity_id(kind, alias))
                yield Edge(*ends, EdgeType.SAME_ENTITY)


def _of_artifact(graph: ContextGraph, node_id: str, type: EdgeType | None, *, incoming: bool) -> Iterator[Edge]:
    for artifact in artifacts(graph):
        ids = [artifact_id(artifact.path, version.number) for version in artifact.versions]
        if node_id not in ids:
            continue
        at = ids.index(node_id)
        if incoming and type in (None, EdgeType.REFERENCES):
            yield _made(artifact, artifact.versions[at])
        before, after = (at - 1, at) if incoming else (at, at + 1)
        if type in (None, EdgeType.TEMPORAL) and before >= 0 and after < len(ids):
            yield Edge(ids[before], ids[after], EdgeType.TEMPORAL)
