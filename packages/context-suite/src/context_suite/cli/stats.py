"""`ctx stats`: what a transcript holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from context_core import TokenBudget, calibrate, health
from context_suite.cli.files import load, print_json
from context_suite.cli.show import budget_line, console, counts_table, label, largest, short

if TYPE_CHECKING:
    from context_core import Window

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
                "window_billed_tokens": _billed(shown),
                "health": asdict(health(shown, _budget(shown))),
                "problems": [{"line": p.line, "message": p.message} for p in transcript.problems],
            }
        )
        return
    out = console()
    out.print(f"[bold]{short(file, 90)}[/]  {transcript.format}, {len(transcript.messages):,} messages")
    out.print(counts_table(graph))
    out.print(f"\nwindow   {len(shown):,} of {len(graph):,} nodes")
    billed = _billed(shown)
    out.print(f"budget   {budget_line(billed or shown.tokens, _WINDOW)}")
    if billed is not None:
        out.print(f"         as the provider bills it, by figures in the file; the text alone counts {shown.tokens:,}")
    state = health(shown, _budget(shown))
    out.print(f"health   {state.score:.2f}  {'; '.join(state.advice) or 'nothing to do'}")
    out.print("\nlargest parts of the window")
    for node in largest(shown):
        out.print(
            f"  {node.tokens:>8,}  [dim]{graph.reference(node.id)}[/]  [bold]{label(node)}[/] {short(node.content, 50)}"
        )
    for problem in transcript.problems[:5]:
        out.print(f"[yellow]line {problem.line}[/] {short(problem.message, 100)}")
    if len(transcript.problems) > 5:
        out.print(f"[yellow]and {len(transcript.problems) - 5} more problems; --json lists all[/]")


def _billed(shown: Window) -> int | None:
    """Return what the provider would bill the window as, where the transcript has figures to tell it by."""
    try:
        return calibrate([shown]).estimate(shown)
    except ValueError:
        return None


def _budget(shown: Window) -> TokenBudget:
    """Return the window that utilization is shown against, in counted tokens, as health counts."""
    billed = _billed(shown)
    return TokenBudget(total_tokens=max(1, round(_WINDOW * shown.tokens / billed)) if billed else _WINDOW)
