"""`ctx find`: who mentions a thing, under any of its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core import aliases, artifacts, kind_of, mentions
from context_suite.cli.files import graph_of, print_json
from context_suite.cli.show import console, excerpt, label, short

if TYPE_CHECKING:
    from context_core import Artifact, ContextGraph, Mentioned


def find(
    name: str, *, file: str | None, store: str | None, session: str | None, limit: int, as_json: bool, on_error: str
) -> None:
    """Print the nodes that mention a thing in the order of time, and the versions of a file that calls wrote."""
    graph = graph_of(file, store, session, on_error)
    found, others = mentions(graph, name), aliases(graph, name)
    written = [artifact for artifact in artifacts(graph) if artifact.path in (name, *others)]
    if as_json:
        print_json(
            {
                "name": name,
                "kind": kind_of(name),
                "aliases": others,
                "mentions": [_record(graph, mention) for mention in found],
                "versions": [_version(graph, artifact) for artifact in written],
            }
        )
        return
    out = console()
    also = f"; also {', '.join(map(short, others))}" if others else ""
    out.print(f"[bold]{short(name)}[/]  {kind_of(name) or 'name'}, in {len(found):,} parts{also}")
    for mention in found[:limit]:
        node, start = mention.node, mention.start
        text = excerpt(node.content, start, len(mention.name)) if start is not None else short(node.content)
        out.print(f"[dim]{graph.reference(node.id)}[/] [bold]{label(node)}[/] {text}")
    if len(found) > limit:
        out.print(f"[dim]and {len(found) - limit:,} later ones; ask for more with --max[/]")
    for artifact in written:
        for version in artifact.versions:
            made = f"{version.action.value} [dim]{graph.reference(version.call.id)}[/]"
            out.print(f"version {version.number} of {short(artifact.path)}: {made} [bold]{label(version.call)}[/]")


def _record(graph: ContextGraph, mention: Mentioned) -> dict[str, object]:
    node = mention.node
    return {
        "node_id": node.id,
        "reference": graph.reference(node.id),
        "type": node.type.value,
        "role": node.role,
        "name": mention.name,
        "start": mention.start,
    }


def _version(graph: ContextGraph, artifact: Artifact) -> dict[str, object]:
    calls = [(version.action.value, graph.reference(version.call.id)) for version in artifact.versions]
    return {"path": artifact.path, "versions": [{"action": action, "reference": call} for action, call in calls]}
