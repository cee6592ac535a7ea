"""`ctx patterns`: what an agent does with its tools that could be done better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_suite.cli.files import graph_of, print_json
from context_suite.cli.show import console, progress, short
from context_toolkit import patterns as find_patterns

if TYPE_CHECKING:
    from context_core import ContextGraph
    from context_toolkit import Pattern

SHOWN = 3
"""References that are shown for each pattern; --json has all."""


def patterns(
    file: str | None, *, store: str | None, session: str | None, limit: int, as_json: bool, on_error: str
) -> None:
    """Print the patterns of a transcript, or of a stored session, those that cost most tokens first."""
    graph = graph_of(file, store, session, on_error)
    with progress("looking for patterns"):
        found = find_patterns(graph)
    if as_json:
        print_json({"session_id": graph.session_id, "patterns": [_record(graph, pattern) for pattern in found]})
        return
    out = console()
    for pattern in found[:limit]:
        out.print(f"[bold]{pattern.kind}[/] ×{pattern.times}  [dim]up to {pattern.tokens:,} tokens[/]")
        out.print(f"    {short(pattern.advice, 400)}")
        shown = ", ".join(graph.reference(node_id) for node_id in pattern.node_ids[:SHOWN])
        more = f" and {len(pattern.node_ids) - SHOWN:,} more" if len(pattern.node_ids) > SHOWN else ""
        out.print(f"    [dim]{shown}{more}[/]")
    if len(found) > limit:
        out.print(f"[dim]and {len(found) - limit:,} that cost less; ask for more with --max[/]")
    if not found:
        out.print("no pattern: no loops, retries, repeats, error streaks, unused results or common sequences")


def _record(graph: ContextGraph, pattern: Pattern) -> dict[str, object]:
    return {
        "kind": pattern.kind,
        "tools": pattern.tools,
        "times": pattern.times,
        "tokens": pattern.tokens,
        "advice": pattern.advice,
        "node_ids": pattern.node_ids,
        "references": [graph.reference(node_id) for node_id in pattern.node_ids],
    }
