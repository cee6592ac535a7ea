"""Calls of models and tools, as traces record them, to one conversation with branches.

1. A model's call carries its whole input, so the same messages come again and again. A message is known by what was
   said up to it: the same prefix is the same messages, and contexts that differ are branches.
2. What differs only in writing (white space around a text, the order of keys, thinking that is not sent back, ids of
   calls) is the same message.
3. Input that goes on in the middle, as where only what is new was recorded, follows the message that it repeats, or
   that made the call which it answers.
4. A call that wraps others, and says nothing that they do not, is left out.
5. A tool's run whose result stands in no message becomes the result of its call, and a call of its own where no message
   made it.
6. The nearest tool's run around a model's call, and the nearest call around a tool's run, is its recorded cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from context_core.hashing import chain_id, text_bytes
from context_core.json_text import canonical, json_object, loads
from context_core.node import NodeType
from context_core.readers.blocks import result_parts
from context_core.readers.chain import OpenCalls
from context_core.readers.dialects import Said
from context_core.transcript import Message, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


_PIECES = 8
"""Answers of one call beyond which they are taken for the pieces of a stream."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call of a model, or, where `tool` is set, one run of a tool.

    Attributes:
        span: id of the record.
        parent: id of the record around it.
        time: when it began, in seconds since the epoch.
        asked: what the model was given; for a tool nothing.
        answered: what the model said; for a tool nothing.
        usage: the provider's token figures.
        agent: name of the agent that called.
        tool: the tool's name.
        call_id: the id of the call that the tool's run answers.
        arguments: the tool's arguments.
        result: the tool's result.
    """

    span: str
    parent: str | None = None
    time: float | None = None
    asked: tuple[Said, ...] = ()
    answered: tuple[Said, ...] = ()
    usage: Mapping[str, Any] = field(default_factory=dict[str, Any])
    agent: str | None = None
    tool: str | None = None
    call_id: str | None = None
    arguments: Any = None
    result: Any = None


def conversation(exchanges: Sequence[Exchange], around: Mapping[str, str | None], format: str) -> Iterator[Message]:
    """Yield the messages of exchanges, each once, parents before children.

    Args:
        exchanges: in any order.
        around: for each record of the trace, the record around it.
        format: the reader's name.
    """
    ordered = sorted(exchanges, key=lambda exchange: (exchange.time or 0.0, exchange.tool is not None))
    contexts = _Contexts(format, around)
    for exchange in _not_only_wrapping(ordered, around):
        contexts.follow(exchange)
    for exchange in ordered:
        if exchange.tool is not None:
            contexts.run(exchange)
    yield from contexts.messages()


def _not_only_wrapping(exchanges: Sequence[Exchange], around: Mapping[str, str | None]) -> Iterator[Exchange]:
    """Yield the models' calls, but not one around others that says nothing more than they do."""
    models = [exchange for exchange in exchanges if exchange.tool is None]
    wrapping = {outer for exchange in models for outer in _around(exchange.parent, around)}
    told = {_key(said) for exchange in models if exchange.span not in wrapping for said in _turns(exchange)}
    for exchange in models:
        if exchange.span not in wrapping or not all(_key(said) in told for said in _turns(exchange)):
            yield exchange


def _around(span: str | None, around: Mapping[str, str | None]) -> Iterator[str]:
    passed: set[str] = set()
    while span is not None and span not in passed:
        passed.add(span)
        yield span
        span = around.get(span)


def _turns(exchange: Exchange) -> list[Said]:
    """Return what was said: neighbouring results together, as recorders part them, and the pieces of a stream."""
    turns: list[Said] = []
    for role, run in groupby((one for one in exchange.asked if one.parts), key=lambda one: one.role):
        together = list(run)
        parts = tuple(part for one in together for part in one.parts)
        turns += [Said(role, parts, together[0].agent)] if role == "tool" else together
    return [*turns, *_joined([one for one in exchange.answered if one.parts])]


def _joined(answered: list[Said]) -> list[Said]:
    """Return the answers, the many pieces of a stream as the one text they are."""
    parts = [part for one in answered for part in one.parts]
    is_stream = len(answered) > _PIECES and all(part.type is NodeType.MESSAGE and part.kind == "text" for part in parts)
    return [Said(answered[0].role, (Part("".join(part.content for part in parts)),))] if is_stream else answered


def _key(said: Said) -> bytes:
    """Return what tells messages apart: who speaks, and what is said, however it is written."""
    parts = [part for part in said.parts if part.kind != "thinking"] or said.parts
    role = "system" if said.role == "developer" else said.role
    return canonical([role, [[part.type.value, part.kind, _meant(part)] for part in parts]])


def _meant(part: Part) -> Any:
    if part.type is NodeType.MESSAGE and part.kind == "text":
        return part.content.strip()
    try:
        return [part.tool_name if part.type is NodeType.TOOL_CALL else None, loads(part.content)]
    except ValueError:
        return part.content.strip()


class _Contexts:
    """The messages so far, by what was said up to them."""

    def __init__(self, format: str, around: Mapping[str, str | None]) -> None:
        self._format = format
        self._around = around
        self._messages: dict[str, Message] = {}
        self._behind: dict[str | None, list[Message]] = {}
        self._latest: dict[bytes, str] = {}
        self._calls: dict[str, str] = {}
        self._answered: set[str] = set()
        self._spans: dict[str, str] = {}
        self._runs: set[str] = set()
        self._origins: dict[str, Exchange] = {}

    def follow(self, exchange: Exchange) -> None:
        """Add the messages of a model's call that were not there before."""
        turns = _turns(exchange)
        asked = len(_turns(replace(exchange, answered=())))
        parent = self._start(turns, asked)
        if parent is not None and turns and self._latest.get(_key(turns[0])) == parent:
            turns, asked = turns[1:], asked - 1
        waiting = OpenCalls()
        self._replay(parent, waiting)
        for place, said in enumerate(turns):
            message_id = chain_id(parent, _key(said))
            if message_id not in self._messages:
                own = exchange if place >= asked else None
                self._add(message_id, parent, said, waiting, exchange, own)
            else:
                waiting.named(self._messages[message_id].parts, message_id)
            parent = message_id
        if parent is not None:
            self._spans[exchange.span] = parent

    def _start(self, turns: Sequence[Said], asked: int) -> str | None:
        """Return the message that the first turn repeats or follows, None where it begins a context."""
        if not turns or chain_id(None, _key(turns[0])) in self._messages or turns[0].role not in ("assistant", "tool"):
            return None
        if not asked:
            return next(reversed(self._messages), None)
        there = self._latest.get(_key(turns[0]))
        if there is not None:
            return there
        calls = (self._calls.get(part.call_id or "") for part in turns[0].parts if part.type is NodeType.TOOL_RESULT)
        return next((message_id for message_id in calls if message_id is not None), None)

    def _replay(self, message_id: str | None, waiting: OpenCalls) -> None:
        if message_id is not None:
            waiting.named(self._messages[message_id].parts, message_id)

    def _add(
        self,
        message_id: str,
        parent: str | None,
        said: Said,
        waiting: OpenCalls,
        exchange: Exchange,
        own: Exchange | None,
    ) -> None:
        parts = waiting.named(said.parts, message_id)
        agent = exchange.agent if said.role == "assistant" else said.agent
        metadata: dict[str, Any] = {"format": self._format}
        metadata |= {"agent": agent} if agent else {}
        metadata |= {"usage": dict(own.usage)} if own is not None and own.usage else {}
        message = Message(message_id, parent, said.role, parts, None, exchange.time, metadata)
        self._messages[message_id] = message
        self._origins[message_id] = exchange
        self._latest[_key(said)] = message_id
        self._note_calls(message)

    def _note_calls(self, message: Message) -> None:
        for part in message.parts:
            if part.call_id is not None and part.type is NodeType.TOOL_CALL:
                self._calls[part.call_id] = message.id
            elif part.call_id is not None:
                self._answered.add(part.call_id)

    def _cause(self, exchange: Exchange) -> str | None:
        """Return the message that the nearest record around made; a model's call around another is no cause of it."""
        spans = (s for s in _around(exchange.parent, self._around) if exchange.tool is not None or s in self._runs)
        return next((self._spans[span] for span in spans if span in self._spans), None)

    def run(self, exchange: Exchange) -> None:
        """Add a tool's run where no message has its result."""
        call_id = exchange.call_id if exchange.call_id in self._calls else None
        call_id = call_id or self._open_call(exchange) or exchange.call_id or f"call_{exchange.span}"
        self._runs.add(exchange.span)
        if call_id in self._answered:
            self._spans[exchange.span] = self._calls.get(call_id, "")
            return
        parent = self._calls.get(call_id) or self._called(exchange, call_id)
        self._spans[exchange.span] = parent
        self._place(parent, "tool", result_parts(call_id, exchange.result, exchange.tool), exchange)
        self._answered.add(call_id)

    def _open_call(self, exchange: Exchange) -> str | None:
        """Return the call without a result that the run's tool and arguments fit best."""
        waiting = [
            part
            for message in self._messages.values()
            for part in message.parts
            if part.type is NodeType.TOOL_CALL and part.tool_name == exchange.tool
        ]
        asked = canonical(_arguments(json_object(exchange.arguments or {})))
        same = [part for part in waiting if canonical(_arguments(part.content)) == asked]
        unanswered = [part for part in (*same, *waiting) if part.call_id not in self._answered]
        chosen = (unanswered or same or waiting)[:1]
        return chosen[0].call_id if chosen else None

    def _called(self, exchange: Exchange, call_id: str) -> str:
        call = Part(json_object(exchange.arguments or {}), NodeType.TOOL_CALL, call_id=call_id, tool_name=exchange.tool)
        after = self._cause(exchange) or next(reversed(self._messages), None)
        self._calls[call_id] = self._place(after, "assistant", (call,), exchange)
        return self._calls[call_id]

    def _place(self, parent: str | None, role: str, parts: tuple[Part, ...], exchange: Exchange) -> str:
        # The id that the message has once a later call's input repeats it: a trace that grew keeps its ids.
        message_id = chain_id(parent, _key(Said(role, parts)))
        if message_id in self._origins:
            message_id = chain_id(parent, text_bytes(exchange.span), text_bytes(role))
        metadata: dict[str, Any] = {"format": self._format, **({"agent": exchange.agent} if exchange.agent else {})}
        message = Message(message_id, parent, role, parts, None, exchange.time, metadata)
        self._origins[message_id] = exchange
        self._behind.setdefault(parent, []).append(message)
        return message_id

    def messages(self) -> Iterator[Message]:
        """Yield all messages, what tools did right behind what they follow."""
        for message in self._messages.values():
            yield self._caused(message)
            yield from self._rest(message.id)
        yield from self._rest(None)

    def _rest(self, parent: str | None) -> Iterator[Message]:
        waiting = list(reversed(self._behind.get(parent, ())))
        while waiting:
            message = waiting.pop()
            yield self._caused(message)
            waiting += reversed(self._behind.get(message.id, ()))

    def _caused(self, message: Message) -> Message:
        cause = self._cause(self._origins[message.id])
        is_other = cause and cause not in (message.id, message.parent)
        return replace(message, causes=(cause,)) if is_other and cause is not None else message


def _arguments(text: str) -> Any:
    try:
        return loads(text)
    except ValueError:
        return text
