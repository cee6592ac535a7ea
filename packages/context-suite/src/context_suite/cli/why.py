"""`ctx why`: the causal chain of a node."""

from __future__ import annotations

from context_core import UnknownReferenceError, causal_chain, restore
from context_suite.cli.files import load, print_json, store_at
from context_suite.cli.restore import find_node
from context_suite.cli.show import chain_lines, console


def why(reference: str, *, file: str | None, store: str | None, max_nodes: int, as_json: bool, on_error: str) -> None:
    """Print the causes of a node, the oldest first."""
    if file is not None:
        graph = load(file, on_error).graph
        node_id = reference if reference in graph else graph.find(reference)
        if node_id is None:
            raise UnknownReferenceError(reference, f"{file} has no such node; ctx stats lists some")
        chain = causal_chain(graph, node_id, max_nodes=max_nodes)
    else:
        keeper = store_at(store)
        graph, manifest, node_id = find_node(reference, keeper)
        covered = manifest.covered(node_id)
        node_id = covered[-1] if covered else node_id
        chain = causal_chain(graph, node_id, max_nodes=max_nodes)
        cut = [node.id for node in (chain.node, *(cause.node for cause in chain)) if node.id in manifest]
        restore(graph, manifest, keeper, cut)  # in this process alone: a person wants the words, not pointers to them
        chain = causal_chain(graph, node_id, max_nodes=max_nodes)
    if as_json:
        print_json(
            {
                "node_id": node_id,
                "reference": graph.reference(node_id),
                "complete": chain.complete,
                "causes": [
                    {
                        "node_id": cause.node.id,
                        "reference": graph.reference(cause.node.id),
                        "type": cause.node.type.value,
                        "tool_name": cause.node.tool_name,
                        "effect_id": cause.effect_id,
                        "distance": cause.distance,
                        "evidence": dict(cause.evidence),
                        "content": cause.node.content,
                    }
                    for cause in chain
                ],
            }
        )
        return
    for line in chain_lines(chain, graph):
        console().print(line)
