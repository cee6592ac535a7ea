"""Entities and artifacts as nodes and edges, made when they are asked for.

They follow from what the nodes say, so nothing of them is stored: a mention costs 12 bytes in a posting list, where an
edge object and a node would cost 500.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING

from context_core.artifacts import Artifact, artifact_at, artifacts
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


def projected_node(graph: ContextGraph, node_id: str) -> Node | None:
    """Return the node of an entity that some node mentions, or of an artifact's version; None where there is none."""
    if node_id.startswith(_ARTIFACT):
        artifact = _artifact_of(graph, node_id)
        return next((node for node in _version_nodes(artifact) if node.id == node_id), None) if artifact else None
    kind, _, name = node_id.removeprefix(_ENTITY).partition(":")
    is_there = next(graph.values.whole(name), None) is not None and kind_of(name) == kind
    return _entity_node(EntityKind(kind), name) if is_there else None


def projected_nodes(graph: ContextGraph, type: NodeType) -> Iterator[Node]:
    """Yield the nodes of all entities, in the order of their first mention, or those of all versions of artifacts."""
    if type is NodeType.ARTIFACT:
        yield from chain.from_iterable(map(_version_nodes, artifacts(graph)))
        return
    named = dict.fromkeys(entity for node in graph.nodes() for entity in _named(graph, node))
    yield from (_entity_node(kind, name) for kind, name in named)


def projected_edges(graph: ContextGraph, node_id: str, type: EdgeType | None, *, incoming: bool) -> Iterator[Edge]:
    """Yield the edges that enter, or leave, an entity's or an artifact's node.

    Raises:
        NodeNotFoundError: there is no such entity or artifact.
    """
    name = graph.node(node_id).content
    if node_id.startswith(_ENTITY):
        edges = _of_entity(graph, node_id, name)
    else:
        artifact = _artifact_of(graph, node_id)
        edges = _of_artifact(artifact) if artifact is not None else iter(())
    for edge in edges:
        if (edge.target if incoming else edge.source) == node_id and type in (None, edge.type):
            yield edge


def references(graph: ContextGraph, node: Node) -> Iterator[Edge]:
    """Yield the edges from a node to the entities that it names, and to the versions that it made."""
    yield from _mentioning(graph, node)
    if node.type is NodeType.TOOL_CALL:
        for write in writes(node):
            artifact = artifact_at(graph, write.path)
            yield from (edge for edge in _of_artifact(artifact) if edge.source == node.id) if artifact else ()


def to_networkx(graph: ContextGraph) -> MultiDiGraph[str]:
    """Return a graph as networkx's MultiDiGraph, with entities, artifacts and their edges."""
    import networkx  # a third of a second to import, for those who ask for it

    view: MultiDiGraph[str] = networkx.MultiDiGraph()
    made = artifacts(graph)
    stored, entities = list(graph.nodes()), list(projected_nodes(graph, NodeType.ENTITY))
    for node in (*stored, *entities, *chain.from_iterable(map(_version_nodes, made))):
        view.add_node(node.id, node=node)
    mentioning = (edge for node in stored for edge in _mentioning(graph, node))
    same = (edge for node in entities for edge in projected_edges(graph, node.id, EdgeType.SAME_ENTITY, incoming=False))
    for edge in (*graph.edges(), *mentioning, *same, *chain.from_iterable(map(_of_artifact, made))):
        view.add_edge(edge.source, edge.target, key=edge.type, **edge.evidence)
    return view


def _named(graph: ContextGraph, node: Node) -> dict[tuple[EntityKind, str], int | None]:
    """Return the entities that a node names, each with its first place, where that is known.

    Of a compressed node those that still stand in it; what only a pointer says is none.
    """
    named: dict[tuple[EntityKind, str], int | None] = {}
    is_original = node.elided is None
    for value in values_of(node):
        whole = value.forms[0]
        kind = kind_of(whole.text) if whole.is_whole else None
        if kind is not None and (is_original or next(graph.values.whole(whole.text), None) is not None):
            named.setdefault((kind, whole.text), None if value.offset is None else value.offset + whole.start)
    return named


def _entity_node(kind: EntityKind, name: str) -> Node:
    return Node(entity_id(kind, name), NodeType.ENTITY, "entity", name, 0, metadata={"entity": kind.value})


def _artifact_of(graph: ContextGraph, node_id: str) -> Artifact | None:
    return artifact_at(graph, node_id.removeprefix(_ARTIFACT).rpartition("@")[0])


def _version_nodes(artifact: Artifact) -> Iterator[Node]:
    for version in artifact.versions:
        metadata = {"path": artifact.path, "version": version.number, "action": version.action.value}
        yield Node(
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


def _mentioning(graph: ContextGraph, node: Node) -> Iterator[Edge]:
    """Yield an edge from a node to each entity that it names."""
    if node.type is NodeType.SUMMARY:
        return
    for (kind, name), start in _named(graph, node).items():
        evidence = {} if start is None else {"span": [start, start + len(name)]}
        yield Edge(node.id, entity_id(kind, name), EdgeType.REFERENCES, evidence)


def _of_entity(graph: ContextGraph, node_id: str, name: str) -> Iterator[Edge]:
    """Yield the edges of an entity: from who names it, and between it and its aliases, the shorter to the longer."""
    for position, offset in sorted(graph.values.whole(name)):
        node = graph.node_at(position)
        if node is not None:
            evidence = {} if offset == NOWHERE else {"span": [offset, offset + len(name)]}
            yield Edge(node.id, node_id, EdgeType.REFERENCES, evidence)
    for alias in aliases(graph, name):
        kind = kind_of(alias)
        if kind is not None:
            other = entity_id(kind, alias)
            ends = (other, node_id) if len(alias) < len(name) else (node_id, other)
            yield Edge(*ends, EdgeType.SAME_ENTITY)


def _of_artifact(artifact: Artifact) -> Iterator[Edge]:
    """Yield the edges of a file's versions: from the calls that made them, and from one to the next."""
    ids = [artifact_id(artifact.path, version.number) for version in artifact.versions]
    for version, version_id in zip(artifact.versions, ids, strict=True):
        yield Edge(version.call.id, version_id, EdgeType.REFERENCES, {"action": version.action.value})
    yield from (Edge(before, after, EdgeType.TEMPORAL) for before, after in pairwise(ids))
