"""The tool that each call and each result of a window is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from context_core.node import NodeType

if TYPE_CHECKING:
    from context_core.window import Window


def tool_names(window: Window) -> dict[str, str]:
    """Return by node id the tool's name, for calls and for results whose call or own name says it.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("ls", {})
        >>> result = graph.add_tool_result(call.id, "a.py")
        >>> tool_names(window(graph))[result.id]
        'ls'
    """
    by_call = {node.id: node.tool_name for node in window if node.type is NodeType.TOOL_CALL}
    named = {node.id: by_call.get(window.calls.get(node.id, node.id)) or node.tool_name for node in window}
    return {node_id: name for node_id, name in named.items() if name}
