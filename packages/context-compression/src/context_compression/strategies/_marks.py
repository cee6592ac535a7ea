"""What rewrites share: which nodes they may touch, the mark before the other form, and what a copy is called.

A mark is one line that says what was done to the text below it and how to get the original. It is only ever *written*
here; what its reference stands for is looked up in the manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from context_compression.candidate import Candidate
from context_compression.parts import texts_in
from context_compression.preserve import Yield
from context_core import Node, NodeType, part_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_compression.scope import Scope
    from context_compression.tier import CompressionTier

MIN_SAVED = 10
"""Tokens that a rewrite must save, its mark counted: less is not worth that a prompt's cached end changes."""
BASE = "same_as"
"""Metadata of a rewritten text: the id of the node that it points to."""
_DROPPED = ("fields", "envelope")
"""Fields of a text that say nothing true of another text, such as citations and their places."""
_NAME_CHARS = 60
"""Characters of an argument that is short enough to name a call by."""


def mark(said: str, reference: str) -> str:
    """Return the line that tells a model what stands below, and how to get the original.

    Example:
        >>> mark("as a table", "481920553.337104")
        '[as a table; expand 481920553.337104]'
    """
    return f"[{said}; expand {reference}]"


def is_text(node: Node) -> bool:
    """Return whether a node is a message's or a result's text, as it was said: no thinking, which may be signed."""
    return node.type in (NodeType.MESSAGE, NodeType.TOOL_RESULT) and node.kind == "text" and node.elided is None


def texts(scope: Scope, min_tokens: int) -> Iterator[Node]:
    """Yield the texts of the window that may be rewritten, the oldest first."""
    for node in scope.window.nodes:
        if node.tokens >= min_tokens and is_text(node) and scope.yields[node.id] is not Yield.NEVER:
            yield node


def pointed_to(scope: Scope) -> set[str]:
    """Return the ids of nodes that texts of the window point to: they stay, so that no pointer leads to a pointer."""
    return {node.metadata[BASE] for node in scope.window.nodes if BASE in node.metadata}


def rewrite(
    scope: Scope, node: Node, content: str, strategy: str, tier: CompressionTier, **metadata: Any
) -> Candidate | None:
    """Return the candidate that gives a node another form, or None where that does not save enough.

    Args:
        scope: the window.
        node: as it is.
        content: all that stands in its place, with a mark that holds its reference.
        strategy: who proposes it.
        tier: its tier.
        metadata: further metadata of the rewritten node.
    """
    if len(content) >= len(node.content):
        return None
    tokens = part_tokens(scope.counter, content, tool_name=node.tool_name, call_id=node.call_id)
    if node.tokens - tokens < MIN_SAVED:
        return None
    kept = {key: value for key, value in node.metadata.items() if key not in _DROPPED}
    original: int = node.metadata.get("original_tokens", node.tokens)
    changed = {**kept, **metadata, "elided": scope.reference(node), "original_tokens": original}
    after = node.evolve(content=content, tokens=tokens, metadata=changed)
    return Candidate(strategy, tier, (node,), after, tokens, 0.0, scope.yields[node.id])


class Names:
    """What nodes of a window are called in a mark.

    Args:
        scope: the window.
    """

    def __init__(self, scope: Scope) -> None:
        self._calls = scope.window.calls
        self._nodes = {node.id: node for node in scope.window.nodes}

    def of(self, node: Node) -> str:
        """Return what a node is: whose words, or the result of which call."""
        if node.type is not NodeType.TOOL_RESULT:
            return f"message of the {node.role}"
        call = self._nodes.get(self._calls.get(node.id, ""))
        return f"result of {called(call)}" if call is not None else "result"


def called(call: Node) -> str:
    """Return a call's tool and the first of its arguments that names something shortly: a path's last part, an id.

    Example:
        >>> from context_core import ContextGraph
        >>> called(ContextGraph("s").add_tool_call("read", {"lines": [1, 20], "path": "a.py"}))
        'read a.py'
    """
    return f"{call.tool_name} {next(filter(None, map(_short, texts_in(call))), '')}".rstrip()


def _short(text: str) -> str:
    name = text.rpartition("/")[2] if len(text) > _NAME_CHARS and len(text.split(None, 1)) == 1 else text
    return "" if len(name) > _NAME_CHARS or "\n" in name or name.isdigit() else name.strip()
