"""`ctx demo`: the main job on a recorded session, from reading it to the last byte restored."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from context_compression import CompressionPipeline
from context_core import (
    ContextGraph,
    MemoryContentStore,
    Node,
    NodeType,
    build,
    causal_chain,
    graph_bytes,
    read,
    restore,
    window,
)
from context_suite.cli.files import print_json
from context_suite.cli.show import budget_line, chain_lines, console, counts_table, outcomes_table, short

if TYPE_CHECKING:
    from context_compression import CompressionResult
    from context_core import Chain

SHARE = 0.4
"""The demo's target, as a share of the session's tokens."""


def demo(*, as_json: bool) -> None:
    """Read, build, compress, explain, restore one, restore all, and check."""
    recording = files("context_suite").joinpath("recorded_session.json").read_bytes()
    graph = build(read(recording))
    before = graph_bytes(graph)
    start = counts_table(graph)
    tokens = window(graph).tokens
    store = MemoryContentStore()
    result = CompressionPipeline().compress(graph, target_tokens=int(SHARE * tokens), store=store)
    chain = causal_chain(graph, _last_call(graph).id, max_nodes=5)
    one = _largest_elided(graph)
    [back] = restore(graph, result.manifest, store, [one.id])[:1]
    rest = restore(graph, result.manifest, store)
    same = graph_bytes(graph) == before
    if as_json:
        print_json(_summary(result, chain, len(rest) + 1, same=same))
    else:
        out = console()
        out.print("[bold]A recorded session[/] of a scripted agent that works on this project's own code\n")
        out.print(start)
        out.print(f"\nbefore   {budget_line(tokens, 2 * tokens)}")
        out.print(f"after    {budget_line(result.tokens_after, 2 * tokens)}\n")
        out.print(outcomes_table(result))
        out.print("\n[bold]Why did this happen?[/]  The causes of the agent's last call, nearest five:")
        for line in chain_lines(chain, graph):
            out.print("  " + line.replace("\n", "\n  "))
        out.print(f"\n[bold]Restore one[/]  expand {one.elided}: {one.tokens:,} → {back.tokens:,} tokens")
        out.print(f"  {short(back.content, 90)}")
        told = "[green]the same bytes as before[/]" if same else "[red]the bytes differ[/]"
        out.print(f"[bold]Restore all[/]  {len(rest) + 1:,} parts back: {told}")
        out.print("\nYour own:  ctx stats FILE, then  ctx compress FILE --budget 40% -o small.json")
    if not same:
        raise ValueError("the restored session differs from the original")


def _last_call(graph: ContextGraph) -> Node:
    return list(graph.nodes(NodeType.TOOL_CALL))[-1]


def _largest_elided(graph: ContextGraph) -> Node:
    elided = (node for node in graph.nodes() if node.elided and node.type is not NodeType.SUMMARY)
    return max(elided, key=lambda node: node.metadata["original_tokens"])


def _summary(result: CompressionResult, chain: Chain, restored: int, *, same: bool) -> dict[str, Any]:
    return {
        "tokens_before": result.tokens_before,
        "tokens_after": result.tokens_after,
        "share": round(result.tokens_after / result.tokens_before, 4),
        "outcomes": [{"strategy": o.strategy, "tokens_saved": o.tokens_saved} for o in result],
        "causes": [cause.node.id for cause in chain],
        "restored": restored,
        "same_bytes": same,
    }
