"""The report on a session: what is gathered for the page, part by part."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Any

from context_core import (
    ContextGraph,
    GraphStore,
    Journal,
    Manifest,
    NodeNotFoundError,
    SessionExpiredError,
    SessionNotFoundError,
    TokenBudget,
    window,
)
from context_observe.html_report.chains import chains
from context_observe.html_report.chart import NARROW, WIDE, chart, samples
from context_observe.html_report.condition import condition
from context_observe.html_report.course import course
from context_observe.html_report.durations import durations
from context_observe.html_report.elided import elided
from context_observe.html_report.makeup import kinds, largest
from context_observe.html_report.page import page
from context_observe.html_report.quotes import Quotes, seen
from context_observe.secrets import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from context_core import ContentStore, Revision, Window
    from context_observe.html_report.chart import Chart, Size
    from context_observe.html_report.course import Course

MAX_MARKS = 60
"""Compressions, recaps and branches that are listed, the last ones."""
_COLUMNS = 500
"""Columns of pixels in which a reader can point at a step."""


def report(
    graph: ContextGraph,
    manifest: Manifest | None = None,
    *,
    store: ContentStore | None = None,
    budget: int | TokenBudget | None = None,
    node: str | None = None,
    content: bool = False,
    mask: Callable[[str], str] | None = masked,
) -> str:
    """Return a report on a session: one HTML page that needs nothing but itself.

    The page tells tokens over time with the budget's thresholds and what made them fall, how healthy the window is,
    what it is made of, what was elided and how to restore it, why a node came to be, and which steps were slow. It
    sends nothing, asks for nothing, and says the same without a script, but for choosing another node and filtering.
    The same session gives the same bytes.

    Args:
        graph: the session, as `build` or a store's `load` gives it, or an engine's.
        manifest: what compression changed; the store's, where it has that session, unless given.
        store: where the session lives. With one, the page says whether the originals are there; with a `Journal`,
            it shows at which step each compression happened. From a manifest alone their order is known, not their
            time.
        budget: the size of the model's window, or a budget with thresholds of its own; without one none are shown.
        node: id or reference of the node whose causes are shown first; the last error, else the last call, unless
            given. On the page a reader chooses any other of the window's last 2,000 nodes.
        content: put the originals themselves on the page. By default it holds the first 120 characters of a part and
            the first 280 of what stands in the place of one that was elided.
        mask: takes secrets out of each text before any of it is put on the page; `masked` unless given, None to put
            texts there as they are.

    Raises:
        NodeNotFoundError: no node of the graph has that id or reference.
        ValueError: the manifest is of another session, the budget is not positive, or originals are asked for without
            a store.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("demo")
        >>> _ = graph.add_message("user", "Which files are there?")
        >>> html = report(graph, budget=100_000)
        >>> html.startswith("<!DOCTYPE html>"), "Which files are there?" in html
        (True, True)
    """
    if content and store is None:
        raise ValueError("got content=True without a store; expected the store that has the originals")
    limit = TokenBudget(total_tokens=budget) if isinstance(budget, int) else budget
    known = manifest if manifest is not None else _manifest(graph, store)
    if known.session_id != graph.session_id:
        raise ValueError(f"got a manifest of session {known.session_id!r}; expected that of {graph.session_id!r}")
    quotes, shown = Quotes(mask), window(graph)
    told = course(graph, known, _revisions(known, store))
    return page(
        {
            "session": seen(graph.session_id),
            "session_word": quote(seen(graph.session_id)),
            "nodes": len(graph),
            "all_tokens": graph.total_tokens,
            "window": shown,
            "budget": _standing(shown, limit),
            "condition": condition(shown, limit),
            "course": told,
            "marks": list(enumerate(told.marks, 1))[-MAX_MARKS:],
            "charts": _charts(told, limit),
            "samples": [[p.step, p.tokens, p.whole_tokens, p.at] for p in samples(told, _COLUMNS)],
            "kinds": kinds(graph, shown),
            "largest": largest(graph, shown, quotes),
            "elided": elided(graph, known, store, quotes, content=content),
            "chains": chains(graph, shown, quotes, None if node is None else _node_id(graph, node)),
            "durations": durations(graph, told.times, quotes),
            "has_content": content,
        }
    )


def _manifest(graph: ContextGraph, store: object) -> Manifest:
    """Return what a store tells of a session's changes; nothing, where it does not have the session."""
    if isinstance(store, GraphStore):
        try:
            return store.manifest(graph.session_id)
        except (SessionNotFoundError, SessionExpiredError):
            pass
    return Manifest(graph.session_id)


def _revisions(manifest: Manifest, store: object) -> list[Revision]:
    """Return what a journal tells of a session, where it tells the same changes as the manifest."""
    if not isinstance(store, Journal):
        return []
    try:
        told = list(store.history(manifest.session_id))
    except (SessionNotFoundError, SessionExpiredError):
        return []
    changes = tuple(change for revision in told for change in revision.changes)
    return told if changes == manifest.changes else []


def _node_id(graph: ContextGraph, name: str) -> str:
    node_id = name if name in graph else graph.find(name)
    if node_id is None:
        raise NodeNotFoundError(name, graph.session_id)
    return node_id


def _standing(shown: Window, budget: TokenBudget | None) -> dict[str, Any] | None:
    """Return how full a budget is, as shares of its total; None without one."""
    if budget is None:
        return None
    used = shown.tokens + budget.reserve_tokens
    levels = {
        "warning": budget.warning_threshold,
        "trigger": budget.trigger_threshold,
        "critical": budget.critical_threshold,
    }
    reached = [name for name, share in levels.items() if used >= share * budget.total_tokens]
    level = "exceeded" if used > budget.total_tokens else (reached[-1] if reached else "ok")
    return {
        "total": budget.total_tokens,
        "reserve": budget.reserve_tokens,
        "share": used / budget.total_tokens,
        "level": level,
        "levels": levels,
    }


def _charts(told: Course, budget: TokenBudget | None) -> list[tuple[str, str, Chart]]:
    """Return the drawings: by step and, where times are known, by time; each wide and narrow."""
    if not told.points:
        return []
    ways = ["step"]
    if told.times and len({point.at for point in told.points}) > 1 and told.points[0].at is not None:
        ways.append("time")
    sizes: list[tuple[str, Size]] = [("wide", WIDE), ("narrow", NARROW)]
    return [(way, name, chart(told, budget, size, by_time=way == "time")) for way in ways for name, size in sizes]
