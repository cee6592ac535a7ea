"""Expand: the text behind a reference, the whole of it or some of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.node import Node, NodeType
from context_core.operations import operation
from context_core.originals import original, originals

if TYPE_CHECKING:
    from context_core.graph import ContextGraph
    from context_core.manifest import Manifest
    from context_core.stores import ContentStore


def expand(manifest: Manifest, store: ContentStore, reference: str, lines: tuple[int, int] | None = None) -> str:
    """Return the original text that a reference stands for; for a summary's, of all that it covers.

    Args:
        manifest: what was changed.
        store: holds the contents.
        reference: a reference, or the id of a node.
        lines: first and last line to return, from 1; the last one may lie behind the end. Of a summary they count
            through all that it covers. The whole text unless given.

    Raises:
        UnknownReferenceError: no change in the manifest carries the reference.
        ContentNotFoundError: the store lacks contents; it names all of them.
        ContentCorruptedError: a content was tampered with.
        ValueError: there are no such lines.
    """
    with operation("expand", manifest.session_id) as running:
        running.note_content(reference=reference)
        text = original_text(manifest, store, reference, lines)
        running.note(characters=len(text))
        return text


def original_text(manifest: Manifest, store: ContentStore, reference: str, lines: tuple[int, int] | None = None) -> str:
    """Return what `expand` returns, for a caller that tells sinks of it itself; raises as it does."""
    node_id = reference if reference in manifest else manifest.find(reference)
    covered = manifest.covered(node_id)
    if covered:
        found, _ = originals(manifest, store, covered)
        text = "\n\n".join(f"[{_heading(found[each])}]\n{found[each].content}" for each in covered)
    else:
        text = original(manifest, store, node_id).content
    return text if lines is None else line_range(text, *lines)


def text_behind(
    graph: ContextGraph,
    manifest: Manifest,
    store: ContentStore,
    node_id: str,
    lines: tuple[int, int] | None = None,
) -> str:
    """Return what a node of a session said, whether it was compressed or stands as it was; raises as `expand` does."""
    if node_id in manifest:
        return original_text(manifest, store, node_id, lines)
    text = graph.node(node_id).content
    return text if lines is None else line_range(text, *lines)


def line_range(text: str, first: int, last: int) -> str:
    r"""Return some lines of a text, with their line ends; only ``\n`` ends a line.

    Args:
        text: the text.
        first: the first line to return, from 1.
        last: the last line to return; one behind the end stands for the end.

    Raises:
        ValueError: the text has no line `first`, or `last` lies before it.

    Example:
        >>> line_range("one\ntwo\nthree\nfour", 2, 3)
        'two\nthree\n'
    """
    pieces = text.split("\n")
    every = [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
    if not 1 <= first <= min(last, len(every)):
        raise ValueError(
            f"got lines {first} to {last} of a text that has {len(every)}; expected 1 <= first <= last, "
            f"and first <= {len(every)}"
        )
    return "".join(every[first - 1 : last])


def _heading(node: Node) -> str:
    if node.type is NodeType.TOOL_CALL:
        return f"assistant calls {node.tool_name}"
    return "result" if node.type is NodeType.TOOL_RESULT else node.role
