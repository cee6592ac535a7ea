"""HTTP cassettes, as VCR records them (YAML or JSON): requests to model providers and their responses.

1. Requests that go on with one another, each repeating the messages before it, are one conversation. Its last request
   and the response to that hold all of it.
2. The provider's own reader reads the messages: Anthropic Messages, OpenAI Chat, OpenAI Responses; Gemini's contents
   are read here. A streamed response is put together first.

YAML needs the extra ``yaml``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from context_core.errors import TranscriptError
from context_core.json_text import canonical, loads
from context_core.readers import anthropic_messages, openai_chat, openai_responses
from context_core.readers.chain import Chain
from context_core.readers.event_stream import whole_of
from context_core.readers.notes import UNREADABLE
from context_core.readers.payloads import said_in
from context_core.readers.yaml_text import load_yaml
from context_core.rows import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from context_core.readers import Row
    from context_core.readers.notes import Notes
    from context_core.transcript import Message

FORMAT = "http-cassette"
_START = re.compile(r"^(?:version: .*\n)?interactions:", re.MULTILINE)
_SAID = ("messages", "input", "contents")


def recognizes(rows: Sequence[dict[str, Any]]) -> bool:
    """Return whether the source is a cassette, in YAML or in JSON."""
    text = rows[0].get(TEXT)
    if isinstance(text, str):
        return bool(_START.search(text[:200])) or text.rstrip().endswith("\nversion: 1")
    listed = rows[0].get("interactions")
    return isinstance(listed, list) and all(isinstance(one, dict) and "request" in one for one in listed[:3])


def sessions(rows: Iterable[Row], notes: Notes) -> Iterator[tuple[str | None, Iterable[Row]]]:
    """Yield each conversation, as its last request and response."""
    asked: list[tuple[list[Any], Row]] = []
    for row in rows:
        for place, interaction in enumerate(_interactions(row[1], notes), start=1):
            try:
                request, response = _body(interaction["request"]), _body(interaction.get("response"))
            except UNREADABLE as error:
                notes.damaged(place, f"cannot be read as a request and its response: {error}")
                continue
            said = _said(request)
            if said is None:
                continue
            exchange = place, {"request": request, "response": response}
            earlier = next((n for n, (before, _) in enumerate(asked) if said[: len(before)] == before), None)
            if earlier is None:
                asked.append((said, exchange))
            else:
                asked[earlier] = said, exchange
    for _, exchange in asked:
        yield None, [exchange]


def _interactions(row: dict[str, Any], notes: Notes) -> list[Any]:
    cassette = load_yaml(row[TEXT], notes.source) if TEXT in row else row
    listed: Any = cassette.get("interactions") if isinstance(cassette, dict) else None
    if not isinstance(listed, list):
        raise TranscriptError("is a cassette without interactions", source=notes.source, line=1)
    if listed and not any(isinstance(one, dict) and "request" in one for one in listed):
        keys = ", ".join(map(str, listed[0])) if isinstance(listed[0], dict) else type(listed[0]).__name__
        raise TranscriptError(
            f"is a cassette of calls that are not HTTP (interactions have {keys}); expected requests and responses",
            source=notes.source,
            line=1,
        )
    return listed


def _body(message: Any) -> dict[str, Any] | None:
    """Return the JSON body of a request or response, None where it has none; a stream is put together."""
    if not isinstance(message, dict):
        return None
    body: Any = message.get("parsed_body", message.get("body"))
    if isinstance(body, dict) and isinstance(body.get("string"), (str, bytes)):
        body = body["string"]
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        body = loads(body) if body.lstrip().startswith("{") else whole_of(body)
    return body if isinstance(body, dict) else None


def _said(request: dict[str, Any] | None) -> list[Any] | None:
    """Return what a request says, as values that can be compared; None where it is no request to a model."""
    if request is None:
        return None
    said = next((request[key] for key in _SAID if isinstance(request.get(key), (list, str))), None)
    return None if said is None else [canonical(one) for one in (said if isinstance(said, list) else [said])]


def messages(rows: Iterable[Row], notes: Notes) -> Iterator[Message]:
    """Yield the messages of one conversation, by the reader of its provider."""
    for number, row in rows:
        request, response = row["request"], row["response"] or {}
        if "contents" in request:
            chain = Chain(FORMAT)
            for said in (*said_in(request, "user"), *said_in(response, "assistant")):
                yield chain.add(said.role, said.parts, [said.role, [part.content for part in said.parts]])
        elif "input" in request:
            whole = {**request, "output": response.get("output"), "usage": response.get("usage")}
            yield from openai_responses.messages([(number, whole)], notes)
        else:
            answers = (
                [response]
                if "role" in response
                else [choice["message"] for choice in response.get("choices") or ()][:1]
            )
            whole = {**request, "messages": [*request["messages"], *answers]}
            reader = anthropic_messages if "choices" not in response and "role" in response else openai_chat
            yield from reader.messages([(number, whole)], notes)
