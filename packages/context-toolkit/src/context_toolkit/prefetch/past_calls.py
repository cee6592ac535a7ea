"""Past calls: what a session did, as a row of calls with their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from context_core import EdgeType, NodeType
from context_toolkit.cache.keys import parsed

if TYPE_CHECKING:
    from context_core import ContextGraph


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call and what it returned.

    Attributes:
        tool: the tool.
        arguments: of the call.
        result: as text; empty where there was none.
    """

    tool: str
    arguments: dict[str, Any]
    result: str


def past_calls(graph: ContextGraph) -> list[PastCall]:
    """Return the calls of a graph's main thread with their results, in order.

    Example:
        >>> from context_core import ContextGraph
        >>> graph = ContextGraph("s")
        >>> _ = graph.add_tool_result(graph.add_tool_call("ls", {"path": "src"}).id, "a.py")
        >>> past_calls(graph)
        [PastCall(tool='ls', arguments={'path': 'src'}, result='a.py')]
    """
    found: list[PastCall] = []
    for call in graph.nodes(NodeType.TOOL_CALL):
        if "thread" not in call.metadata:
            results = (graph.node(edge.target).content for edge in graph.out_edges(call.id, EdgeType.TOOL_IO))
            found.append(PastCall(call.tool_name or "", parsed(call.content), "\n".join(results)))
    return found
