"""Steps: the tool calls of a session in order, each with its result, thread by thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core import EdgeType, NodeType
from context_core.hashing import content_id, text_bytes
from context_core.json_text import dumps, loads
from context_toolkit.failure import has_failed

if TYPE_CHECKING:
    from context_core import ContextGraph, Node
    from context_toolkit.originals import Originals

_PASSING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"
    r"|\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|minutes?)\b"
    r"|(?<=[Cc]hunk ID: )\w+"
)
"""What differs from one run of the same thing to the next: times, durations, and numbers of a harness's own."""
_NODES_A_STEP = 25
"""Nodes of a branch that are looked at for each step that is asked for: most agents have two to four a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call and what came of it.

    Attributes:
        call: the call's node.
        results: the nodes of its result, most often one; none while it runs.
        arguments: the arguments in one form, whatever the order and the blanks of their JSON.
        outcome: a hash of what the results said, but for times and durations; None while it runs.
        failed: whether a result says so.
    """

    call: Node
    results: tuple[Node, ...]
    arguments: str
    outcome: str | None
    failed: bool

    @property
    def tool(self) -> str:
        """The tool's name, empty where the transcript has none."""
        return self.call.tool_name or ""

    @property
    def tokens(self) -> int:
        """Tokens of the call and its results as they stand in the graph."""
        return self.call.tokens + sum(result.tokens for result in self.results)

    @property
    def node_ids(self) -> tuple[str, ...]:
        """Ids of the call and its results."""
        return (self.call.id, *(result.id for result in self.results))


def steps(graph: ContextGraph, originals: Originals | None = None) -> dict[str | None, list[Step]]:
    """Return the steps of each thread, in the order in which their calls were added; the main thread is None.

    Args:
        graph: the graph.
        originals: where compressed nodes are found; without it, they are taken as they stand.

    Raises:
        ContentNotFoundError: the store lacks the content of a compressed node.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_tool_result(graph.add_tool_call("ls", {"path": "src"}).id, "a.py")
        >>> [(step.tool, step.arguments, step.failed) for step in steps(graph)[None]]
        [('ls', '{"path":"src"}', False)]
    """
    found: dict[str | None, list[Step]] = {}
    for call in graph.nodes(NodeType.TOOL_CALL):
        found.setdefault(call.metadata.get("thread"), []).append(step_of(graph, call, originals))
    return found


def last_steps(graph: ContextGraph, limit: int, originals: Originals | None = None) -> list[Step]:
    """Return the last steps of the current branch that have results, oldest first; it costs what these few cost.

    Where a session mostly talks, it looks back a bounded way, and so may return fewer.
    """
    calls: list[Node] = []
    node_id = graph.leaf
    for _ in range(_NODES_A_STEP * limit):
        if node_id is None or len(calls) == limit:
            break
        node = graph.node(node_id)
        if node.type is NodeType.TOOL_CALL:
            calls.append(node)
        node_id = next((edge.source for edge in graph.in_edges(node_id, EdgeType.TEMPORAL)), None)
    found = (step_of(graph, call, originals) for call in reversed(calls))
    return [step for step in found if step.outcome is not None]


def step_of(graph: ContextGraph, call: Node, originals: Originals | None = None) -> Step:
    """Return the step of a call."""
    edges = graph.out_edges(call.id, EdgeType.TOOL_IO)
    results = tuple(graph.node(edge.target) for edge in edges)
    was = [originals.of(node) if originals is not None else node for node in (call, *results)]
    outcome = "\n".join(map(_outcome, was[1:])) if results else None
    return Step(call, results, _arguments(was[0]), outcome, any(map(has_failed, was[1:])))


def _arguments(call: Node) -> str:
    try:
        return dumps(_sorted(loads(call.content)))
    except ValueError:
        return call.content


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _outcome(result: Node) -> str:
    return content_id(text_bytes(_PASSING.sub("", result.content)))
