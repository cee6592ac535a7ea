"""`ctx restore`: what a reference stands for, or a whole session."""

from __future__ import annotations

import sys

from context_core import ContextGraph, Manifest, Store, UnknownReferenceError, expand, session_digits, window
from context_core import restore as restore_graph
from context_suite.cli.files import form_of, last_session, print_json, rendered_text, store_at, write
from context_suite.cli.show import console, short


def restore(
    reference: str | None,
    *,
    whole: bool,
    session: str | None,
    output: str | None,
    to: str | None,
    store: str | None,
    as_json: bool,
) -> None:
    """Print the original behind a reference, or write a whole session's original messages."""
    if whole is (reference is not None):
        raise ValueError("expected a REF, or --all; not both, not neither")
    keeper = store_at(store)
    if reference is not None:
        _one(reference, keeper, output, as_json=as_json)
    else:
        _all(session or last_session(keeper), keeper, output, to, as_json=as_json)


def _one(reference: str, store: Store, output: str | None, *, as_json: bool) -> None:
    manifest, node_id = find_change(reference, store)
    text = expand(manifest, store, node_id)
    if as_json:
        print_json({"reference": reference, "session_id": manifest.session_id, "node_id": node_id, "content": text})
    elif output not in (None, "-"):
        write(str(output), text)
    else:
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
    raise UnknownReferenceError(reference, "no session in this store has it; --store names another store")


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
    raise UnknownReferenceError(reference, "no session in this store has it; --store or --file names another place")


def _sessions_of(reference: str, store: Store) -> list[str]:
    """Return the sessions that a reference may be of, the last one first; for a node's id, all."""
    newest_first = store.sessions()[::-1]
    digits = reference.partition(".")[0]
    own = [session for session in newest_first if session_digits(session) == digits]
    return own or ([] if digits.isdigit() and "." in reference else newest_first)
