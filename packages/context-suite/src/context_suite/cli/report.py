"""`ctx report`: a session as one HTML page."""

from __future__ import annotations

from pathlib import Path

from context_core import TokenBudget, window
from context_observe import report as report_page
from context_suite.cli.files import last_session, load, print_json, store_at, target_of, write
from context_suite.cli.show import console, progress, short


def report(
    file: str | None,
    *,
    session: str | None,
    store: str | None,
    output: str,
    node: str | None,
    budget: str,
    content: bool,
    as_json: bool,
    on_error: str,
) -> None:
    """Write the report on a transcript, or on a stored session, and tell where it is."""
    if file is not None and session is not None:
        raise ValueError("got both a FILE and --session; expected one of them")
    if file is not None and content:
        raise ValueError("got --content with a FILE, of which nothing is elided; expected --session with it")
    keeper = store_at(store) if file is None else None
    graph = load(file or "-", on_error).graph if keeper is None else keeper.load(session or last_session(keeper))
    limit = TokenBudget(total_tokens=target_of(budget, window(graph).tokens))
    with progress("drawing"):
        html = report_page(graph, store=keeper, budget=limit, node=node, content=content)
    write(output, html)
    if output == "-":
        return
    path = Path(output).resolve()
    if as_json:
        size = path.stat().st_size
        print_json({"session_id": graph.session_id, "output": str(path), "url": path.as_uri(), "bytes": size})
        return
    console().print(f"the report on session {short(graph.session_id, 90)} is in [bold]{short(output, 300)}[/]")
    console().print(f"open it in a browser: {short(path.as_uri(), 400)}")
