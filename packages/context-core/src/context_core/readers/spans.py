"""Spans of an LLM application, whichever convention names their attributes, to exchanges.

Conventions: OpenTelemetry's ``gen_ai`` attributes and events (also of earlier versions, with ``gen_ai.prompt.0.role``),
OpenInference's ``llm.input_messages.0.message.role``, the Vercel AI SDK's ``ai.prompt.messages``, Google ADK's
``gcp.vertex.agent.llm_request``, Pydantic-AI's and Logfire's JSON attributes.

1. A span that has a tool's name as a tool's run is one.
2. A span that holds what a model was given, or what it said, is a model's call.
3. Any other span only tells what lies around what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from context_core.readers.blocks import content_parts
from context_core.readers.dialects import Said
from context_core.readers.exchanges import Exchange, conversation
from context_core.readers.payloads import parsed, said_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message


@dataclass(frozen=True, slots=True)
class Span:
    """One span, whichever container it came in.

    Attributes:
        id: the span's id.
        trace: id of its trace.
        parent: id of the span around it.
        name: what it calls itself.
        time: when it began, in seconds since the epoch.
        attributes: by name.
        events: each its name and attributes.
    """

    id: str
    trace: str
    parent: str | None = None
    name: str = ""
    time: float | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    events: tuple[tuple[str, Mapping[str, Any]], ...] = ()


_ASKED = (
    "gen_ai.input.messages",
    "gen_ai.prompt",
    "ai.prompt.messages",
    "gcp.vertex.agent.llm_request",
    "request_data",
    "pydantic_ai.all_messages",
    "ai.prompt",
)
_ANSWERED = ("gen_ai.output.messages", "gen_ai.completion", "gcp.vertex.agent.llm_response", "response_data")
_SYSTEM = ("gen_ai.system_instructions",)
_TOOLS = ("gen_ai.tool.name", "ai.toolCall.name", "tool.name", "traceloop.entity.name")
_TOOL_IDS = ("gen_ai.tool.call.id", "ai.toolCall.id", "tool_call.id", "tool.call_id")
_TOOL_ASKED = (
    "gen_ai.tool.call.arguments",
    "gcp.vertex.agent.tool_call_args",
    "ai.toolCall.args",
    "ai.toolCall.input",
    "tool_arguments",
    "tool.parameters",
    "input.value",
    "traceloop.entity.input",
)
_TOOL_TOLD = (
    "gen_ai.tool.call.result",
    "gcp.vertex.agent.tool_response",
    "ai.toolCall.result",
    "ai.toolCall.output",
    "tool_response",
    "output.value",
    "traceloop.entity.output",
)
_MODELS = ("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "ai.response.model", "ai.model.id")
_AGENTS = ("gen_ai.agent.name", "agent.name")
_SESSIONS = ("gen_ai.conversation.id", "session.id", "langfuse.session.id", "gcp.vertex.agent.session_id")
_USAGES = ("gen_ai.usage.", "llm.usage.", "llm.token_count.", "ai.usage.")
_SPOKEN = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


def is_told(span: Span) -> bool:
    """Return whether a span says something of a model's call or a tool's run."""
    prefixes = ("gen_ai.", "llm.", "ai.", "openinference.", "gcp.vertex.agent.", "traceloop.")
    return any(key.startswith(prefixes) for key in span.attributes) or any(
        n.startswith("gen_ai.") for n, _ in span.events
    )


def sessions_of(spans: Iterable[Span], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield the spans of each conversation, named by what its spans call it, or by their trace."""
    traces: dict[str, list[Span]] = {}
    for span in spans:
        traces.setdefault(span.trace, []).append(span)
    named: dict[str, list[Span]] = {}
    for trace, own in traces.items():
        name = next((name for span in own if (name := _first(span.attributes, _SESSIONS)) is not None), trace)
        named.setdefault(str(name), []).extend(own)
    for name, own in named.items():
        yield name, [(number, {"span": span}) for number, span in enumerate(own, start=1)]


def messages_of(rows: Iterable[Row], notes: Notes, format: str) -> Iterator[Message]:
    """Yield the messages of one conversation's spans."""
    spans: list[Span] = [row["span"] for _, row in rows]
    exchanges = [exchange for span in spans if (exchange := exchange_of(span)) is not None]
    for span in spans:
        model = _first(span.attributes, _MODELS)
        notes.model = model if isinstance(model, str) and model else notes.model
    around = {span.id: span.parent for span in spans}
    yield from conversation(exchanges, around, format) if exchanges else ()


def exchange_of(span: Span) -> Exchange | None:
    """Return the model's call, or the tool's run, that a span records; None where it records neither."""
    attributes = {**span.attributes, **_details(span)}
    agent = _first(attributes, _AGENTS)
    agent = agent if isinstance(agent, str) else None
    tool = _tool(span, attributes)
    if tool is not None:
        call_id = _first(attributes, _TOOL_IDS)
        return Exchange(
            span.id,
            span.parent,
            span.time,
            agent=agent,
            tool=tool,
            call_id=call_id if isinstance(call_id, str) and call_id else None,
            arguments=parsed(_first(attributes, _TOOL_ASKED)),
            result=parsed(_first(attributes, _TOOL_TOLD)),
        )
    asked, answered = _asked(attributes), _answered(attributes)
    asked, answered = _spoken(span, attributes, asked, answered)
    if not asked and not answered:
        return None
    usage = {key: value for key, value in attributes.items() if key.startswith(_USAGES)}
    return Exchange(span.id, span.parent, span.time, tuple(asked), tuple(answered), usage, agent)


def _first(attributes: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((attributes[key] for key in keys if attributes.get(key) is not None), None)


def _details(span: Span) -> dict[str, Any]:
    """Return what newer recorders say of a call in an event instead of the attributes."""
    found: dict[str, Any] = {}
    for name, attributes in span.events:
        if name in ("gen_ai.client.inference.operation.details", "gen_ai.content.prompt", "gen_ai.content.completion"):
            found |= attributes
    return found


def _tool(span: Span, attributes: Mapping[str, Any]) -> str | None:
    """Return the name of the tool whose run the span is, None where it is none."""
    kind = str(attributes.get("openinference.span.kind") or attributes.get("traceloop.span.kind") or "").lower()
    operation = str(attributes.get("gen_ai.operation.name") or attributes.get("ai.operationId") or "")
    if kind != "tool" and operation not in ("execute_tool", "ai.toolCall") and "ai.toolCall.name" not in attributes:
        return None
    name = _first(attributes, _TOOLS)
    return name if isinstance(name, str) and name else span.name.removeprefix("execute_tool ") or "unknown"


def _asked(attributes: Mapping[str, Any]) -> list[Said]:
    system = [Said("system", content_parts(parsed(attributes[key]))) for key in _SYSTEM if attributes.get(key)]
    given = next((found for key in _ASKED if (found := said_in(attributes.get(key), "user"))), None)
    given = given or _numbered(attributes, "gen_ai.prompt") or _numbered(attributes, "llm.input_messages")
    if not given and _is_model(attributes):
        given = said_in(attributes.get("input.value"), "user")
    return [*system, *(given or [])]


def _answered(attributes: Mapping[str, Any]) -> list[Said]:
    given = next((found for key in _ANSWERED if (found := said_in(attributes.get(key), "assistant"))), None)
    given = given or _numbered(attributes, "gen_ai.completion") or _numbered(attributes, "llm.output_messages")
    given = given or _of_ai_sdk(attributes)
    if not given and _is_model(attributes):
        given = said_in(attributes.get("output.value"), "assistant")
    return given


def _is_model(attributes: Mapping[str, Any]) -> bool:
    return str(attributes.get("openinference.span.kind")).upper() == "LLM"


def _of_ai_sdk(attributes: Mapping[str, Any]) -> list[Said]:
    answer = {
        "role": "assistant",
        "content": attributes.get("ai.response.text") or attributes.get("ai.response.object"),
    }
    answer["reasoning"] = attributes.get("ai.response.reasoning")
    answer["tool_calls"] = parsed(attributes.get("ai.response.toolCalls"))
    return said_in({key: value for key, value in answer.items() if value}, "assistant")


def _spoken(
    span: Span, attributes: Mapping[str, Any], asked: list[Said], answered: list[Said]
) -> tuple[list[Said], list[Said]]:
    """Return what was said with what the span's events say, where the attributes do not."""
    events = [(name, dict(own)) for name, own in span.events]
    listed: Any = parsed(attributes.get("events")) or parsed(attributes.get("all_messages_events"))
    if isinstance(listed, list):
        events += [(str(event.get("event.name")), event) for event in listed if isinstance(event, dict)]
    heard = [] if asked else [one for name, own in events if name in _SPOKEN for one in _event(own, _SPOKEN[name])]
    told = (
        [] if answered else [one for name, own in events if name == "gen_ai.choice" for one in _event(own, "assistant")]
    )
    return [*asked, *heard], [*answered, *told]


def _event(own: dict[str, Any], role: str) -> list[Said]:
    body = {key: parsed(own[key]) for key in ("content", "message", "tool_calls", "name") if own.get(key) is not None}
    if isinstance(body.get("message"), str):
        body["content"] = body.pop("message")
    call_id = own.get("id") if role == "tool" else None
    return said_in({"role": role, **body, **({"tool_call_id": call_id} if call_id else {})}, role)


def _numbered(attributes: Mapping[str, Any], prefix: str) -> list[Said]:
    """Return messages whose fields are attributes of their own, as ``gen_ai.prompt.0.tool_calls.0.name``."""
    tree = unflattened(attributes, prefix + ".")
    return [one for message in _ordered(tree) for one in said_in(_plain(message), "user")]


def unflattened(attributes: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the attributes below a prefix as a tree.

    Example:
        >>> unflattened({"a.0.b": 1, "a.0.c": 2}, "a.")
        {'0': {'b': 1, 'c': 2}}
    """
    tree: dict[str, Any] = {}
    for key, value in attributes.items():
        if key.startswith(prefix):
            *path, last = key.removeprefix(prefix).split(".")
            at = tree
            for step in path:
                inner = at.setdefault(step, {})
                at = inner if isinstance(inner, dict) else {}
            at[last] = value
    return tree


def _ordered(tree: Any) -> list[Any]:
    numbered = [key for key in tree if key.isdecimal()] if isinstance(tree, dict) else []
    return [tree[key] for key in sorted(numbered, key=int)]


def _plain(message: Any) -> Any:
    """Return a message of the tree as its own program had it: lists as lists, OpenInference's wrappers taken off."""
    if not isinstance(message, dict):
        return message
    if len(message) == 1 and next(iter(message)) in ("message", "tool_call", "message_content"):
        return _plain(next(iter(message.values())))
    plain = {key: _ordered(value) or value if isinstance(value, dict) else value for key, value in message.items()}
    plain = {
        key: [_plain(item) for item in value] if isinstance(value, list) else value for key, value in plain.items()
    }
    if "contents" in plain and "content" not in plain:
        plain["content"] = plain.pop("contents")
    return plain
