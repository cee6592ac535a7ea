"""Message objects of LangChain and Pydantic-AI: read back, and sent through the libraries to a server that checks."""

import asyncio
import json
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from context_core import NodeType, RenderError, build, close, read, read_all, render, window
from context_core.testing.conversations import PIXEL, anthropic_conversations, openai_conversations
from context_core.testing.item_conversations import item_conversations
from context_core.testing.providers import check_anthropic, check_openai, check_responses
from context_core.testing.samples import SAMPLES

LIBRARIES = {"langchain": "langchain_core", "pydantic-ai": "pydantic_ai"}
NEEDED = pytest.mark.parametrize("to", sorted(LIBRARIES))
USER = {"role": "user", "content": "hi"}


def objects(window_or_graph, to):
    """Render as a library's objects, or skip where it is not installed."""
    pytest.importorskip(LIBRARIES[to], reason=f"needs the extra {to}")
    return render(window_or_graph, to)


def closed(graph):
    return close(window(graph), graph)


def told(graph):
    """Return what is said, asked and answered; calls last in a message, as all forms write them, arguments as JSON."""
    messages = {}
    for node in window(graph):
        messages.setdefault(node.message_id, []).append(node)
    nodes = (n for m in messages.values() for n in sorted(m, key=lambda node: node.type is NodeType.TOOL_CALL))
    return [one for node in nodes if (one := _one(node))[2] not in ("", None)]


def _one(node):
    if node.type is NodeType.TOOL_CALL:
        return "call", node.call_id, json.loads(node.content), node.tool_name
    kind = "result" if node.type is NodeType.TOOL_RESULT else node.kind
    return kind, node.call_id, node.content if node.kind != "image" else "image"


def blank_free(told):
    return [one for one in told if not isinstance(one[2], str) or one[0] == "result" or one[2].strip()]


def graphs_of(name):
    return [build(transcript) for transcript in read_all(SAMPLES[name])]


@NEEDED
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_read_again_the_objects_say_the_same(to, name):
    """The same texts, thinking, calls, results and images, in the same order."""
    for graph in graphs_of(name):
        shown = closed(graph)
        if shown.unanswered:
            continue
        assert told(build(read(objects(shown, to)))) == told(graph)


@NEEDED
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(openai_conversations())
def test_chats_come_back(to, messages):
    """Whatever the texts and arguments are; blank texts say nothing."""
    graph = build(read(messages))
    back = build(read(objects(graph, to)))
    assert blank_free(told(back)) == blank_free(told(graph))


@NEEDED
def test_rendering_twice_gives_equal_objects(to):
    """No clock and no chance has a part in it."""
    [graph] = graphs_of("anthropic-messages")
    assert objects(graph, to) == objects(graph, to)


@NEEDED
def test_a_library_that_is_missing_is_told(to, monkeypatch):
    """With the extra that installs it."""
    for module in [name for name in sys.modules if name.split(".")[0] == LIBRARIES[to]]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, LIBRARIES[to], None)
    with pytest.raises(RenderError, match=rf'pip install "context-core\[{to}\]"'):
        render(build(read([USER])), to)


class TestLangChain:
    def test_a_call_that_cannot_be_parsed_is_invalid_while_it_is_open(self):
        """Once it is answered it is like others: nobody sends the result of an invalid call."""
        function = {"name": "ls", "arguments": '{"path": "cut'}
        calling = {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        }
        graph = build(read([USER, calling]))
        [_, message] = objects(graph, "langchain")
        assert [call["args"] for call in message.invalid_tool_calls] == ['{"path": "cut']
        assert message.tool_calls == []
        [_, message, _] = objects(closed(graph), "langchain")
        assert [call["args"] for call in message.tool_calls] == [{"input": '{"path": "cut'}]

    def test_signatures_and_hidden_thinking_stay(self):
        """As blocks that the library hands to Anthropic."""
        hidden = {"type": "redacted_thinking", "data": "AA=="}
        thinking = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
        text = {"type": "text", "text": "ho"}
        messages = [USER, {"role": "assistant", "content": [hidden, thinking, text]}]
        assert objects(build(read(messages)), "langchain")[1].content == [hidden, thinking, text]

    def test_a_failed_result_says_so(self):
        """In its status."""
        call = {"type": "tool_use", "id": "c1", "name": "ls", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "c1", "content": "no", "is_error": True}
        messages = [USER, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
        message = objects(build(read(messages)), "langchain")[-1]
        assert (message.status, message.name) == ("error", "ls")


class TestPydanticAI:
    def test_signatures_and_hidden_thinking_stay(self):
        """With the name of the provider, without which the library would not send them."""
        hidden = {"type": "redacted_thinking", "data": "AA=="}
        thinking = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
        messages = [USER, {"role": "assistant", "content": [hidden, thinking, {"type": "text", "text": "ho"}]}]
        parts = objects(build(read(messages)), "pydantic-ai")[1].parts
        assert [(part.content, part.signature, part.provider_name) for part in parts[:2]] == [
            ("", "AA==", "anthropic"),
            ("hm", "c2ln", "anthropic"),
        ]

    def test_what_comes_between_responses_is_one_request(self):
        """Results, and what the user says with them."""
        call = {"id": "c1", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
        result = {"role": "tool", "tool_call_id": "c1", "content": "a.py"}
        messages = [USER, {"role": "assistant", "content": None, "tool_calls": [call]}, result, USER]
        request = objects(build(read(messages)), "pydantic-ai")[-1]
        assert [part.part_kind for part in request.parts] == ["tool-return", "user-prompt"]

    def test_the_library_writes_and_reads_them(self):
        """They are what its own adapter makes of its JSON."""
        messages = [message for graph in graphs_of("anthropic-messages") for message in objects(graph, "pydantic-ai")]
        adapter = pytest.importorskip("pydantic_ai.messages").ModelMessagesTypeAdapter
        assert adapter.validate_json(adapter.dump_json(messages)) == messages


ANSWERS = {
    "/chat/completions": {
        "id": "x", "object": "chat.completion", "created": 0, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ok"}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    },
    "/responses": {
        "id": "resp_1", "object": "response", "created_at": 0, "model": "m", "status": "completed", "tools": [],
        "tool_choice": "auto", "parallel_tool_calls": True,
        "output": [{"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                    "content": [{"type": "output_text", "text": "ok", "annotations": []}]}],
    },
    "/messages": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "ok"}], "usage": {"input_tokens": 1, "output_tokens": 1},
    },
}  # fmt: skip


def check_messages(body):
    """Check what Anthropic would get; a blank result is an empty block where a library writes it so itself."""
    for block in (block for message in body["messages"] for block in message["content"] if isinstance(block, dict)):
        if block["type"] == "tool_result" and isinstance(block["content"], list):
            block["content"] = [part for part in block["content"] if part.get("text", "x").strip()]
    check_anthropic(body["messages"], alternate=False)


CHECKS = {
    "/chat/completions": lambda body: check_openai(body["messages"]),
    "/responses": lambda body: check_responses(body["input"]),
    "/messages": check_messages,
}


class Provider(BaseHTTPRequestHandler):
    """Answers each provider's calls with "ok", and keeps what it was sent."""

    def do_POST(self):
        """Keep the body, and answer as the path's provider does."""
        path = next(end for end in ANSWERS if self.path.endswith(end))
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.bodies.append((path, body))
        answer = json.dumps(ANSWERS[path]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Say nothing on stderr."""


@pytest.fixture(scope="module")
def provider():
    """A server on this machine that takes the calls of all three APIs."""
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        server.bodies = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def langchain_clients(url):
    """Return a function for each API that sends LangChain's messages."""
    openai = pytest.importorskip("langchain_openai", reason="needs langchain-openai")
    anthropic = pytest.importorskip("langchain_anthropic", reason="needs langchain-anthropic")
    known = {"model": "m", "api_key": "none", "base_url": url}
    return {
        "/chat/completions": openai.ChatOpenAI(**known).invoke,
        "/responses": openai.ChatOpenAI(**known, use_responses_api=True).invoke,
        "/messages": anthropic.ChatAnthropic(**known).invoke,
    }


def pydantic_ai_clients(url):
    """Return a function for each API that sends Pydantic-AI's messages."""
    direct = pytest.importorskip("pydantic_ai.direct", reason="needs pydantic-ai-slim")
    anthropic = pytest.importorskip("pydantic_ai.models.anthropic", reason="needs pydantic-ai-slim[anthropic]")
    openai = pytest.importorskip("pydantic_ai.models.openai", reason="needs pydantic-ai-slim[openai]")
    to_openai = pytest.importorskip("pydantic_ai.providers.openai").OpenAIProvider(base_url=url, api_key="none")
    client = pytest.importorskip("anthropic").AsyncAnthropic(base_url=url, api_key="none")
    to_anthropic = pytest.importorskip("pydantic_ai.providers.anthropic").AnthropicProvider(anthropic_client=client)
    models = {
        "/chat/completions": openai.OpenAIChatModel("m", provider=to_openai),
        "/responses": openai.OpenAIResponsesModel("m", provider=to_openai),
        "/messages": anthropic.AnthropicModel("m", provider=to_anthropic),
    }
    return {
        path: lambda messages, model=model: direct.model_request_sync(model, messages) for path, model in models.items()
    }


@pytest.fixture(scope="module")
def clients(provider):
    """Make the clients of a library when they are first asked for."""
    make = {"langchain": langchain_clients, "pydantic-ai": pydantic_ai_clients}
    return cache(lambda to: make[to](f"http://127.0.0.1:{provider.server_port}"))


@pytest.fixture(scope="module")
def loop():
    """The event loop of libraries that take the thread's own, and would make one that nobody closes."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def send(provider, clients, loop):
    """Send a window through a library, check what arrived, and return it."""

    def send(to, path, shown):
        client = clients(to)[path]
        provider.bodies.clear()
        asyncio.set_event_loop(loop)
        try:
            client(objects(shown, to))
        finally:
            asyncio.set_event_loop(None)
        [(sent_to, body)] = provider.bodies
        assert sent_to == path
        CHECKS[path](body)
        return body

    return send


@NEEDED
@pytest.mark.parametrize("path", sorted(ANSWERS))
@pytest.mark.parametrize("name", ["openai-chat", "anthropic-messages", "openai-responses", "gemini-cli", "claude-code"])
def test_what_a_library_sends_is_valid(send, to, path, name):
    """By each provider's rules, with the question, the call's path and the result in it."""
    for graph in graphs_of(name):
        body = json.dumps(send(to, path, closed(graph)), ensure_ascii=False)
        for words in ("What is in the file?", "src/grün.py", "größe = 7"):
            assert words in body


@NEEDED
@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_images_of_users_and_tools_are_sent(send, to, path):
    """Both, with parallel calls."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    calls = [{"type": "tool_use", "id": f"c{n}", "name": "look", "input": {}} for n in (1, 2)]
    results = [
        {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "see"}, image]},
        {"type": "tool_result", "tool_use_id": "c2", "content": "nothing"},
    ]
    messages = [
        {"role": "user", "content": [image]},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": results},
    ]
    body = json.dumps(send(to, path, window(build(read(messages)))))
    assert body.count(PIXEL) == 2


OPENED = st.one_of(openai_conversations(), anthropic_conversations(), item_conversations()).map(
    lambda said: [USER, *said]
)
"""Conversations of each form that a user opens, as one provider asks; a blank opening would be no message."""


@NEEDED
@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_whatever_was_said_a_library_sends_it_validly(send, to, path):
    """On generated conversations of each form."""

    @settings(max_examples=15)
    @given(OPENED)
    def check(messages):
        send(to, path, closed(build(read([m for m in messages if m.get("role") not in ("system", "developer")]))))

    check()
