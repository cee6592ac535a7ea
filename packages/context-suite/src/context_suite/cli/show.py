"""What a person sees: tables and bars, on rich."""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from context_core import NodeType, TokenBudget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

    from rich.console import JustifyMethod

    from context_compression import CompressionResult
    from context_core import Chain, ContextGraph, Node, Window

_WHITE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REASONS = {
    "recorded": "led to",
    "instructed": "instructed",
    "returned": "returned",
    "answered": "was answered by",
    "announced": "announced",
}
"""How a person is told why a cause is one."""


def console(*, stderr: bool = False) -> Console:
    """Return a console; colours only where a person looks, and lines as they are elsewhere."""
    return Console(file=sys.stderr if stderr else sys.stdout, highlight=False, soft_wrap=True, emoji=False)


def progress(message: str) -> AbstractContextManager[object]:
    """Show on stderr that something is going on, while the block runs and where a person looks."""
    return console(stderr=True).status(escape(message))


def short(text: str, max_chars: int = 70) -> str:
    """Return a text on one line, cut, without control characters, safe to print."""
    flat = _CONTROL.sub("�", _WHITE.sub(" ", text[: 4 * max_chars])).strip()
    cut = flat if len(flat) <= max_chars else flat[: max_chars - 1] + "…"
    return escape(cut) + ("\u200b" if cut.endswith("\\") else "")  # a backslash at the end would escape what follows


def excerpt(text: str, start: int, length: int, max_chars: int = 70) -> str:
    """Return a stretch of a text on one line, with the words from `start` set off."""
    before, after = text[max(0, start - max_chars // 2) : start], text[start + length : start + length + max_chars]
    room = max(10, max_chars - length)
    head = short(before[-room // 2 :].rpartition("\n")[2], room)
    tail = short(after.partition("\n")[0], room)
    blank = " " if before[-1:].isspace() and head else ""
    gap = " " if after[:1] == " " and tail else ""
    return f"{head}{blank}[reverse]{short(text[start : start + length])}[/]{gap}{tail}"


def label(node: Node) -> str:
    """Return what a node is in two words."""
    if node.type is NodeType.TOOL_CALL:
        return f"call {escape(node.tool_name or '?')}"
    if node.type is NodeType.TOOL_RESULT:
        return "result"
    if node.type is NodeType.SUMMARY:
        return "summary"
    return escape(node.role if node.kind == "text" else f"{node.role} {node.kind}")


def bar(share: float, width: int = 30) -> str:
    """Return a bar that is full at a share of 1."""
    filled = min(width, round(share * width))
    return "█" * filled + "░" * (width - filled)


def counts_table(graph: ContextGraph) -> Table:
    """Return nodes and edges by type."""
    table = _table(("nodes", "left"), ("", "right"), ("tokens", "right"), ("   edges", "left"), ("", "right"))
    nodes = Counter(node.type for node in graph.nodes())
    tokens: Counter[NodeType] = Counter()
    for node in graph.nodes():
        tokens[node.type] += node.tokens
    edges = Counter(edge.type for edge in graph.edges())
    left = [(kind.value, f"{count:,}", f"{tokens[kind]:,}") for kind, count in nodes.most_common()]
    right = [(f"   {kind.value}", f"{count:,}") for kind, count in edges.most_common()]
    for row in zip_longest(left, right):
        table.add_row(*(row[0] or ("", "", "")), *(row[1] or ("", "")))
    return table


def _table(*columns: tuple[str, JustifyMethod]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading, justify in columns:
        table.add_column(heading, justify=justify)
    return table


def budget_line(tokens: int, total: int) -> str:
    """Return how full a budget is, with its level."""
    status = TokenBudget(total_tokens=total).allocate("context", tokens)
    colour = {"ok": "green", "warning": "yellow"}.get(status.level.value, "red")
    share = f"{status.utilization:.0%}"
    return f"[{colour}]{bar(status.utilization)}[/] {tokens:,} of {total:,} tokens ({share}, {status.level.value})"


def outcomes_table(result: CompressionResult) -> Table:
    """Return what each strategy saved."""
    table = _table(("strategy", "left"), ("tier", "left"), ("parts", "right"), ("tokens saved", "right"))
    for outcome in result:
        count = len(outcome.node_ids)
        table.add_row(outcome.strategy, outcome.tier.label, f"{count:,}", f"{outcome.tokens_saved:,}")
    return table


def chain_lines(chain: Chain, graph: ContextGraph) -> Iterable[str]:
    """Return the lines that tell a causal chain, the oldest cause first, the node itself last."""
    for cause in chain:
        reason = _reason(cause.evidence)
        yield (
            f"[dim]{graph.reference(cause.node.id)}[/] [bold]{label(cause.node)}[/] {short(cause.node.content)}\n"
            f"    [dim]└ {reason} {label(graph.node(cause.effect_id))} {graph.reference(cause.effect_id)}[/]"
        )
    yield f"[dim]{graph.reference(chain.node.id)}[/] [bold green]{label(chain.node)}[/] {short(chain.node.content)}"
    if not chain.complete:
        yield "[dim]earlier causes are left out; ask for more with --max[/]"


def _reason(evidence: Mapping[str, Any]) -> str:
    """Return how a cause led to its effect; where values tell it, which."""
    values = [evidence.get("value"), *(use.get("value") for use in evidence.get("more", ()))]
    named = [f"[cyan]{short(str(value), 40)}[/]" for value in values if value is not None]
    how = _REASONS.get(str(evidence.get("reason")), "gave" if named else "caused")
    if not named:
        return how
    told = ", ".join(named[:3]) + (f" and {len(named) - 3} more" if len(named) > 3 else "")
    return f"gave {told} to" if how == "gave" else f"{how}, with {told},"


def largest(shown: Window, count: int = 5) -> list[Node]:
    """Return the largest nodes of a window, the largest first."""
    return sorted(shown.nodes, key=lambda node: -node.tokens)[:count]
