"""From a window to turns that every provider accepts, whatever the transcript's order was.

1. Parts of one message stand together.
2. A call's results stand right behind the message that calls, results first.
3. A call that will never be answered gets a note in the place of its result.
4. A result without a call, and a second result of one call, become a user's text: nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from context_core.node import Node, NodeType
from context_core.window import NO_RESULT

if TYPE_CHECKING:
    from context_core.window import Window


@dataclass(frozen=True, slots=True)
class Turn:
    """Parts that a provider sees together.

    Attributes:
        role: of the first part.
        nodes: the parts in order.
        replies: whether these are the results of the turn before.
        whole: whether the nodes are all that the window has of one message, in its order.
    """

    role: str
    nodes: tuple[Node, ...]
    replies: bool = False
    whole: bool = True


def arrange(window: Window) -> list[Turn]:
    """Return the turns of a window in an order that is valid for every provider.

    Example:
        >>> from context_core import ContextGraph, window
        >>> graph = ContextGraph("s")
        >>> call = graph.add_tool_call("ls", {})
        >>> _ = graph.add_message("user", "and now?")
        >>> [turn.nodes[0].content for turn in arrange(window(graph))]
        ['{}', '[no result was recorded]', 'and now?']
    """
    groups = _groups(window)
    answers = _pair(window)
    answering = {node.id for blocks in answers.values() for node in blocks}
    rank = {node.id: index for index, node in enumerate(window.nodes)}
    unanswered = set(window.unanswered)
    turns: list[Turn] = []
    placed: set[str] = set()
    for nodes in groups.values():
        rest = [_spoken(node, answering) for node in nodes if node.id not in placed]
        if not rest:
            continue
        turns.append(Turn(rest[0].role, tuple(rest), whole=rest == nodes))
        calls = [node for node in rest if node.type is NodeType.TOOL_CALL]
        reply = _reply(groups, calls, answers, rank, unanswered)
        if reply is not None:
            placed.update(node.id for node in reply.nodes)
            turns.append(reply)
    return turns


def _groups(window: Window) -> dict[str, list[Node]]:
    groups: dict[str, list[Node]] = {}
    for node in window.nodes:
        groups.setdefault(node.message_id, []).append(node)
    return groups


def _pair(window: Window) -> dict[str, list[Node]]:
    """Return for each visible call the blocks of its first result."""
    visible = {node.id for node in window.nodes if node.type is NodeType.TOOL_CALL}
    answers: dict[str, list[Node]] = {}
    for node in window.nodes:
        call = window.calls.get(node.id)
        if call is None or call not in visible:
            continue
        blocks = answers.setdefault(call, [])
        if not blocks or ("block" in node.metadata and blocks[0].message_id == node.message_id):
            blocks.append(node)
    return answers


def _spoken(node: Node, answering: set[str]) -> Node:
    """Return the node, or, where it is a result that answers no call, a user's text of the same content."""
    if node.type is not NodeType.TOOL_RESULT or node.id in answering:
        return node
    return Node(node.id, NodeType.MESSAGE, "user", node.content, node.tokens, metadata={"kind": node.kind})


def _reply(
    groups: dict[str, list[Node]],
    calls: list[Node],
    answers: dict[str, list[Node]],
    rank: dict[str, int],
    unanswered: set[str],
) -> Turn | None:
    """Return the turn that answers the calls: their results as they came, then what else their messages hold."""
    answered = sorted((answers[call.id] for call in calls if call.id in answers), key=lambda blocks: rank[blocks[0].id])
    results = [node for blocks in answered for node in blocks]
    notes = [_note(call) for call in calls if call.id in unanswered]
    if not results and not notes:
        return None
    sources = dict.fromkeys(node.message_id for node in results)
    ours = {node.id for node in results}
    nodes = [n for source in sources for n in groups[source] if n.id in ours or n.type is not NodeType.TOOL_RESULT]
    whole = len(sources) == 1 and not notes and len(nodes) == len(groups[next(iter(sources))])
    if not whole:
        nodes = [n for n in nodes if n.id in ours] + notes + [n for n in nodes if n.id not in ours]
    return Turn(nodes[0].role, tuple(nodes), replies=True, whole=whole)


def missing_id(call: str) -> str:
    """Return the node id of the note in the place of a call's missing result.

    Args:
        call: the call's node id.
    """
    return f"{call}/missing"


def _note(call: Node) -> Node:
    return Node(missing_id(call.id), NodeType.TOOL_RESULT, "tool", NO_RESULT, 0, call_id=call.call_id)
