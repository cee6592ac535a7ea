"""`ctx search`: the parts of a session that answer a query."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from context_core import SearchIndex, StaticEncoder, search
from context_suite.cli.files import graph_of, print_json
from context_suite.cli.show import console, excerpt, label, progress, short

if TYPE_CHECKING:
    from context_core import ContextGraph, Hit


def search_session(
    query: str, *, file: str | None, store: str | None, session: str | None, limit: int, as_json: bool, on_error: str
) -> None:
    """Print the best hits, best first, each with the reason why it was found."""
    graph = graph_of(file, store, session, on_error)
    has_meaning = find_spec("model2vec") is not None and find_spec("faiss") is not None
    with progress("searching"), SearchIndex(encoder=StaticEncoder() if has_meaning else None) as index:
        index.add(graph.nodes())
        hits = search(graph, query, index=index, limit=limit)
    if as_json:
        print_json({"query": query, "by_meaning": has_meaning, "hits": [_record(graph, hit) for hit in hits]})
        return
    out = console()
    for hit in hits:
        out.print(f"[dim]{graph.reference(hit.node.id)}[/] [bold]{label(hit.node)}[/] {_passage(hit, query)}")
        out.print(f"    [dim]└ {_why(graph, hit)}[/]")
    if not hits:
        out.print(f"nothing in {len(graph):,} parts answers: {short(query)}")


def _passage(hit: Hit, query: str) -> str:
    """Return the words around the first word of the query in the best passage, or the beginning of it."""
    content = hit.node.content
    start, end = hit.span or (0, len(content))
    passage = content[start:end].lower()
    places = ((passage.find(word.lower()), word) for word in sorted(query.split(), key=len, reverse=True))
    at, word = next(((at, word) for at, word in places if at >= 0), (-1, ""))
    return excerpt(content, start + at, len(word)) if at >= 0 else short(content[start:end])


def _why(graph: ContextGraph, hit: Hit) -> str:
    if hit.brought_by is None or hit.relation is None:
        return hit.why
    return f"brought by {label(graph.node(hit.brought_by))} {graph.reference(hit.brought_by)} ({hit.relation.value})"


def _record(graph: ContextGraph, hit: Hit) -> dict[str, object]:
    return {
        "node_id": hit.node.id,
        "reference": graph.reference(hit.node.id),
        "type": hit.node.type.value,
        "role": hit.node.role,
        "score": hit.score,
        "lexical_rank": hit.lexical_rank,
        "dense_rank": hit.dense_rank,
        "span": hit.span,
        "why": hit.why,
        "content": hit.node.content,
    }
