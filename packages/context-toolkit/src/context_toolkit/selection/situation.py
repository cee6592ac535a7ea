"""Situation: what a session says about the tool that may be called next; it costs the same however long the session.

1. The session's end is walked back, a bounded number of nodes: calls, failures, what was said last, the task.
2. Its opening (system prompt and first instruction) says what kind of session it is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from context_core import ContextGraph, EdgeType, NodeType, Window
from context_core.terms import words
from context_toolkit.failure import has_failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core import Node

_NODES_BACK = 800
"""Nodes of the session's end that are looked at."""
OPENING_NODES = 12
_OPENING_CHARS = 2_000
_OPENING_WORDS = 60
"""Distinct words of the system prompt, and as many of the first instruction."""
_RECENT_CHARS = 1_500
_RECENT_NODES = 4
_TASK_CHARS = 1_500
_KEY_CHARS = 4_000
_KEY = re.compile(r'"([A-Za-z_]\w{1,40})"\s*:')


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a session stands.

    Attributes:
        task: what is to be done: what was given, or what the user said last.
        calls: the last calls, oldest first.
        is_failure: whether the last result says that its call failed.
        failures: failed results among the last five.
        opening: words that the session began with.
        recent: what was said last, by whomever.
        keys: keys in the last results, where these are JSON.
    """

    task: str = ""
    calls: tuple[Node, ...] = ()
    is_failure: bool = False
    failures: int = 0
    opening: frozenset[str] = frozenset()
    recent: str = ""
    keys: frozenset[str] = frozenset()

    @property
    def used(self) -> list[str]:
        """Names of the tools called, oldest first."""
        return [call.tool_name or "" for call in self.calls]

    def followers(self) -> Counter[str]:
        """Return what followed the last tool, each time it was called before in this session."""
        used = self.used
        return Counter(after for before, after in pairwise(used) if before == used[-1])


def situation_of(source: ContextGraph | Window | Sequence[Node] | None, task: str | None = None) -> Situation:
    """Return where a session stands.

    Args:
        source: a graph (its current branch is taken), a window, nodes in order, or None for a session that has not
            begun.
        task: what is to be done; what the user said last unless given.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_message("user", "List the files.")
        >>> _ = graph.add_tool_result(graph.add_tool_call("ls", {}).id, {"path": "a.py"})
        >>> now = situation_of(graph)
        >>> now.task, now.used, sorted(now.keys)
        ('List the files.', ['ls'], ['path'])
    """
    first, last = _ends(source)
    calls = tuple(node for node in last if node.type is NodeType.TOOL_CALL)
    results = [node for node in last if node.type is NodeType.TOOL_RESULT][-5:]
    failed = [has_failed(result) for result in results]
    if task is None:
        task = _instruction(reversed(last)) or _instruction(first)
    recent = [node.content[:_RECENT_CHARS] for node in last[-_RECENT_NODES:] if node.kind in ("text", "thinking")]
    return Situation(
        task=task[:_TASK_CHARS],
        calls=calls,
        is_failure=bool(failed) and failed[-1],
        failures=sum(failed),
        opening=_opening(first, task),
        recent="\n".join(recent),
        keys=frozenset(key for result in results[-2:] for key in _KEY.findall(result.content[:_KEY_CHARS])),
    )


def _instruction(nodes: Iterable[Node]) -> str:
    return next((node.content for node in nodes if node.is_instruction), "")


def _opening(first: Sequence[Node], task: str) -> frozenset[str]:
    system = next((node.content for node in first if node.is_system), "")
    asked = _instruction(first) or task
    found = (words(text[:_OPENING_CHARS])[:_OPENING_WORDS] for text in (system, asked))
    return frozenset(word for text in found for word in text if not word.isdecimal())


def _ends(source: ContextGraph | Window | Sequence[Node] | None) -> tuple[Sequence[Node], list[Node]]:
    """Return the first nodes of a session, and its last ones."""
    if source is None:
        return (), []
    if isinstance(source, ContextGraph):
        last = list(islice(_back(source), _NODES_BACK))
        return list(islice(source.nodes(), OPENING_NODES)), last[::-1]
    nodes = source.nodes if isinstance(source, Window) else source
    return nodes[:OPENING_NODES], list(nodes[-_NODES_BACK:])


def _back(graph: ContextGraph) -> Iterator[Node]:
    """Yield the nodes of the current branch, the last one first."""
    node_id = graph.leaf
    while node_id is not None:
        yield graph.node(node_id)
        node_id = next((edge.source for edge in graph.in_edges(node_id, EdgeType.TEMPORAL)), None)
