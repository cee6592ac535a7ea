"""Patterns: what an agent does with its tools that could be done better, each with the nodes that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_toolkit.finders import FINDERS
from context_toolkit.step import steps

if TYPE_CHECKING:
    from context_core import ContextGraph
    from context_toolkit.originals import Originals
    from context_toolkit.pattern import Pattern


def patterns(graph: ContextGraph, *, originals: Originals | None = None) -> list[Pattern]:
    """Return the patterns of a session, those that cost most tokens first.

    Args:
        graph: the session.
        originals: where compressed nodes are found; without it, they are taken as they stand.

    Raises:
        ContentNotFoundError: the store lacks the content of a compressed node.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> for _ in range(3):
        ...     _ = graph.add_tool_result(graph.add_tool_call("read", {"path": "a.py"}).id, "x = 1")
        >>> [(pattern.kind, pattern.tools, pattern.times) for pattern in patterns(graph)]
        [('stuck', ('read',), 3)]
    """
    threads = steps(graph, originals)
    found = [pattern for finder in FINDERS for pattern in finder(graph, threads)]
    return sorted(found, key=lambda pattern: -pattern.tokens)
