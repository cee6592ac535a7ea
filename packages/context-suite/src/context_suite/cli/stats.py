"""`ctx stats`: what a transcript holds."""

from __future__ import annotations

from collections import Counter

from context_suite.cli.files import load, print_json
from context_suite.cli.show import budget_line, console, counts_table, label, largest, short

_WINDOW = 200_000
"""Tokens of the window that utilization is shown against: what most models offered in 2026."""


def stats(file: str, *, as_json: bool, on_error: str) -> None:
    """Show nodes, edges, the window and its largest parts."""
    loaded = load(file, on_error)
    graph, shown, transcript = loaded.graph, loaded.window, loaded.transcript
    if as_json:
        print_json(
            {
                "file": file,
                "format": transcript.format,
                "session_id": transcript.session_id,
                "model": transcript.model,
                "messages": len(transcript.messages),
                "nodes": Counter(node.type.value for node in graph.nodes()),
                "edges": Counter(edge.type.value for edge in graph.edges()),
                "total_tokens": graph.total_tokens,
                "window_nodes": len(shown),
                "window_tokens": shown.tokens,
                "problems": [{"line": p.line, "message": p.message} for p in transcript.problems],
            }
        )
        return
    out = console()
    out.print(f"[bold]{short(file, 90)}[/]  {transcript.format}, {len(transcript.messages):,} messages")
    out.print(counts_table(graph))
    out.print(f"\nwindow   {len(shown):,} of {len(graph):,} nodes")
    out.print(f"budget   {budget_line(shown.tokens, _WINDOW)}")
    out.print("\nlargest parts of the window")
    for node in largest(shown):
        out.print(
            f"  {node.tokens:>8,}  [dim]{graph.reference(node.id)}[/]  [bold]{label(node)}[/] {short(node.content, 50)}"
        )
    for problem in transcript.problems[:5]:
        out.print(f"[yellow]line {problem.line}[/] {short(problem.message, 100)}")
    if len(transcript.problems) > 5:
        out.print(f"[yellow]and {len(transcript.problems) - 5} more problems; --json lists all[/]")
