"""From a transcript to a graph: `build` makes one, `extend` appends what is new.

1. Each part of each message becomes a node; its id is the message's id and the part's number.
2. Tokens are counted in batches, since one call into the tokenizer costs more than a short text.
3. `links.attach` adds the edges; a parent's last part is what a message's first part follows. Those that take reading
   what was said, the causes of an assistant's parts, are made when something first asks for them (`causes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from context_core.errors import ConflictError
from context_core.events import GraphExtended, emit
from context_core.graph import ContextGraph
from context_core.json_text import dumps
from context_core.links import attach
from context_core.node import Node
from context_core.operations import operation
from context_core.tokens import TokenCounter, counter_for, kind_overhead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from context_core.transcript import Message, Part, Transcript

_BATCH = 2_000
"""Messages counted in one call of the tokenizer: bounds the memory of a batch at a few megabytes."""


def build(
    transcript: Transcript, *, session_id: str | None = None, counter: TokenCounter | None = None
) -> ContextGraph:
    """Return the graph of a transcript.

    Args:
        transcript: what `read` gave.
        session_id: the session's name; the transcript's own, else the id of its first message, unless given.
        counter: counts tokens; the exact one for the transcript's model where that is known, else o200k.

    Raises:
        ConflictError: two messages of the transcript have one id and different bytes.

    Example:
        >>> from context_core import read
        >>> graph = build(read([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]))
        >>> len(graph), graph.total_tokens
        (2, 10)
    """
    first = transcript.messages[0].id if transcript.messages else "empty"
    graph = ContextGraph(session_id or transcript.session_id or first, counter=counter or counter_for(transcript.model))
    extend(graph, transcript)
    return graph


def extend(graph: ContextGraph, transcript: Transcript) -> list[Node]:
    """Append the messages of a transcript that the graph does not hold yet; return their nodes.

    The transcript may be the whole, grown one, or only its new end. The graph is then equal to one that was built
    from the whole at once.

    Raises:
        ConflictError: a message has the id of one in the graph, and different bytes.
    """
    return append(graph, transcript.messages)


def append(graph: ContextGraph, messages: Iterable[Message]) -> list[Node]:
    """Append messages, parents before children; those already there are passed over.

    Raises:
        ConflictError: a message has the id of one in the graph, and different bytes.
    """
    added: list[Node] = []
    stream = iter(messages)
    with operation("build", graph.session_id) as running:
        while batch := list(islice(stream, _BATCH)):
            for placed in _counted(graph, batch):
                _place(graph, placed, added)
        tokens = sum(node.tokens for node in added)
        running.note(nodes=len(added), tokens=tokens)
        emit(GraphExtended(graph.session_id, nodes=len(added), tokens=tokens))
    return added


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part on its way into the graph."""

    message: Message
    number: int
    part: Part
    tokens: int

    @property
    def node_id(self) -> str:
        return f"{self.message.id}/{self.number}"


def _counted(graph: ContextGraph, batch: list[Message]) -> Iterator[_Placed]:
    parts = [(message, number, part) for message in batch for number, part in enumerate(message.parts)]
    strings: list[str] = []
    for message, number, part in parts:
        strings += ("" if part.kind == "image" else part.content, part.tool_name or "", part.call_id or "")
        envelope = None if number else message.metadata.get("envelope")
        strings.append(dumps(envelope) if envelope else "")
    counts = graph.counter.count_many(strings)
    for index, (message, number, part) in enumerate(parts):
        tokens = kind_overhead(part.kind) + sum(counts[4 * index : 4 * index + 4])
        yield _Placed(message, number, part, tokens)


def _place(graph: ContextGraph, placed: _Placed, added: list[Node]) -> None:
    node_id = placed.node_id
    if node_id in graph:
        _require_same(graph.node(node_id), placed)
        return
    after = _predecessor(graph, placed)
    node = _node(placed, turn=0 if after is None else graph.node(after).turn)
    graph.add(node)
    attach(graph, node, after, () if placed.number else _recorded(graph, placed.message))
    added.append(graph.node(node_id))


def _recorded(graph: ContextGraph, message: Message) -> tuple[str, ...]:
    """Return the last parts of the messages that, as the source itself says, caused a message."""
    parts = (last_part(graph, cause) for cause in message.causes)
    return tuple(part for part in parts if part is not None)


def _predecessor(graph: ContextGraph, placed: _Placed) -> str | None:
    message = placed.message
    if placed.number:
        return f"{message.id}/{placed.number - 1}"
    if message.parent is None:
        return None
    return last_part(graph, message.parent)


def last_part(graph: ContextGraph, message_id: str) -> str | None:
    """Return the id of the last node of a message, or None where the graph does not hold the message."""
    if f"{message_id}/0" not in graph:
        return None
    there, missing = 0, 1
    while f"{message_id}/{missing}" in graph:
        there, missing = missing, 2 * missing
    while missing - there > 1:
        middle = (there + missing) // 2
        there, missing = (middle, missing) if f"{message_id}/{middle}" in graph else (there, middle)
    return f"{message_id}/{there}"


def _node(placed: _Placed, turn: int) -> Node:
    message, part = placed.message, placed.part
    metadata: dict[str, Any] = dict(part.metadata)
    metadata["message"] = message.group or message.id
    if part.kind != "text":
        metadata["kind"] = part.kind
    if not placed.number:
        metadata.update(message.metadata)
    if message.thread is not None:
        metadata["thread"] = message.thread
    node = Node(
        placed.node_id,
        part.type,
        message.role,
        part.content,
        placed.tokens,
        turn=turn,
        created_at=message.created_at,
        call_id=part.call_id,
        tool_name=part.tool_name,
        metadata=metadata,
    )
    opens_turn = node.is_instruction and not placed.number
    return node.evolve(turn=turn + 1) if opens_turn else node


def _require_same(there: Node, placed: _Placed) -> None:
    """Raise unless the part is the one in the graph; a compressed node has stood for its original since."""
    if there.elided is not None or "folded" in there.metadata:
        return
    if (there.content, there.call_id) != (placed.part.content, placed.part.call_id):
        raise ConflictError(
            f"message {placed.message.id!r} is in the graph already with other bytes; "
            "build a new graph, or give the changed message its own id"
        )
