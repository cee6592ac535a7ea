"""`ctx restore`: what a reference stands for, what was taken out about a thing, or a whole session."""

from __future__ import annotations

import sys

from context_core import (
    ContextGraph,
    ExpiredReferenceError,
    Manifest,
    NodeType,
    Store,
    UnknownReferenceError,
    answering,
    expand,
    mentioning,
    session_digits,
    window,
)
from context_core import restore as restore_graph
from context_suite.cli.files import form_of, last_session, print_json, rendered_text, store_at, write
from context_suite.cli.show import console, short

_QUERY_LIMIT = 5
"""Parts that a query prints unless told otherwise."""


def restore(
    reference: str | None,
    *,
    lines: str | None,
    entity: str | None,
    query: str | None,
    whole: bool,
    session: str | None,
    limit: int | None,
    output: str | None,
    to: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Print the original behind a reference, those that say a name or answer a query, or a whole session's messages."""
    if sum(map(bool, (reference, entity, query, whole))) != 1:
        raise ValueError("expected a REF, or --all, --entity NAME, or --query WORDS; just one of them")
    if lines is not None and reference is None:
        raise ValueError("got --lines without a REF; expected ctx restore REF --lines 10-20")
    keeper = store_at(store)
    if reference is not None:
        _one(reference, keeper, lines, output, as_json=as_json)
        return
    name = session or last_session(keeper)
    if whole:
        _all(name, keeper, output, to, as_json=as_json)
    else:
        _some(name, keeper, entity, query, limit, output, as_json=as_json)


def _one(reference: str, store: Store, lines: str | None, output: str | None, *, as_json: bool) -> None:
    manifest, node_id = find_change(reference, store)
    text = expand(manifest, store, node_id, None if lines is None else _line_numbers(lines))
    if as_json:
        print_json({"reference": reference, "session_id": manifest.session_id, "node_id": node_id, "content": text})
    else:
        _put(text, output)


def _some(
    session: str,
    store: Store,
    entity: str | None,
    query: str | None,
    limit: int | None,
    output: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the originals that say a name, in the order of time, or that answer a query, the best first."""
    graph, manifest = store.load(session), store.manifest(session)
    if entity is not None:
        found = mentioning(graph, manifest, store, entity)[:limit]
    else:
        found = answering(graph, manifest, store, query or "", limit=limit or _QUERY_LIMIT)
    texts = {node_id: expand(manifest, store, node_id) for node_id in found}
    if as_json:
        parts = [
            {"node_id": node_id, "reference": graph.reference(node_id), "content": text}
            for node_id, text in texts.items()
        ]
        asked = {"entity": entity} if entity is not None else {"query": query}
        print_json({**asked, "session_id": session, "found": parts})
    elif not found:
        console(stderr=True).print(f"nothing that was taken out of session {short(session, 90)} has it")
    else:
        _put("\n\n".join(f"[{_heading(graph, node_id)}]\n{text}" for node_id, text in texts.items()), output)


def _heading(graph: ContextGraph, node_id: str) -> str:
    node = graph.node(node_id)
    what = f"call {node.tool_name}" if node.type is NodeType.TOOL_CALL else node.role
    return f"{graph.reference(node_id)} {'result' if node.type is NodeType.TOOL_RESULT else what}"


def _line_numbers(lines: str) -> tuple[int, int]:
    """Return the first and the last line of a range such as ``10-20``, or of one line.

    Raises:
        ValueError: it is neither.
    """
    first, dash, last = lines.partition("-")
    try:
        return int(first), int(last if dash else first)
    except ValueError:
        raise ValueError(f"got --lines {lines!r}; expected a range such as 10-20, or one line such as 10") from None


def _put(text: str, output: str | None) -> None:
    """Write a text to a file, or to standard output as the bytes it is made of."""
    if output not in (None, "-"):
        write(str(output), text)
        return
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.write(b"" if text.endswith("\n") else b"\n")


def _all(session: str, store: Store, output: str | None, to: str | None, *, as_json: bool) -> None:
    graph, manifest = store.load(session), store.manifest(session)
    nodes = restore_graph(graph, manifest, store)
    shown = window(graph)
    if output is not None:
        write(output, rendered_text(shown, form_of(graph, to)))
    if as_json:
        print_json(
            {
                "session_id": session,
                "restored": len(nodes),
                "window_nodes": len(shown),
                "window_tokens": shown.tokens,
                "output": output,
            }
        )
    elif output is None:
        sys.stdout.write(rendered_text(shown, form_of(graph, to)) + "\n")
    else:
        told = f"restored {len(nodes):,} parts of session {short(session, 90)}: {shown.tokens:,} tokens"
        console(stderr=True).print(told)


def find_change(reference: str, store: Store) -> tuple[Manifest, str]:
    """Return the manifest and the node id that a reference stands for, in whichever session it is of.

    Raises:
        UnknownReferenceError: no session of the store has it.
    """
    for session in _sessions_of(reference, store):
        manifest = store.manifest(session)
        try:
            return manifest, manifest.find(reference)
        except UnknownReferenceError:
            continue
    raise unknown(reference, store, "no session in this store has it; --store names another store")


def find_node(reference: str, store: Store) -> tuple[ContextGraph, Manifest, str]:
    """Return the graph, its manifest and the node that a reference, or a node's id, names in the store.

    Raises:
        UnknownReferenceError: no session of the store has it.
    """
    for session in _sessions_of(reference, store):
        graph, manifest = store.load(session), store.manifest(session)
        node_id = reference if reference in graph else graph.find(reference)
        if node_id is None and reference in manifest.references:
            node_id = manifest.find(reference)
        if node_id is not None:
            return graph, manifest, node_id
    raise unknown(reference, store, "no session in this store has it; --store or --file names another place")


def unknown(reference: str, store: Store, hint: str) -> UnknownReferenceError:
    """Return the error of a reference that no session has; one of a session that expired is told apart."""
    expired = getattr(store, "expired", dict[str, float])()
    session = next((name for name in expired if reference.startswith(f"{session_digits(name)}.")), None)
    if session is None:
        return UnknownReferenceError(reference, hint)
    return ExpiredReferenceError(reference, f"it is one of session {session!r}, which has expired")


def _sessions_of(reference: str, store: Store) -> list[str]:
    """Return the sessions that a reference may be of, the last one first; for a node's id, all."""
    newest_first = store.sessions()[::-1]
    digits = reference.partition(".")[0]
    own = [session for session in newest_first if session_digits(session) == digits]
    return own or ([] if digits.isdigit() and "." in reference else newest_first)
