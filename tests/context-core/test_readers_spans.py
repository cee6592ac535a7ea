"""Traces: the conventions that name attributes, contexts that repeat, and what tools did."""

import json

import pytest

from context_core import EdgeType, NodeType, build, read, read_all
from context_core.readers.exchanges import Exchange, conversation
from context_core.readers.payloads import said_in
from context_core.testing.samples import SAMPLES

ASKED = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]
CALL = {"id": "c1", "type": "function", "function": {"name": "ls", "arguments": '{"a": 1}'}}


def span(number, attributes, parent=None, events=(), name="chat", trace="t"):
    context = {"traceId": trace, "spanId": f"s{number}"}
    around = {"parentSpanId": parent} if parent else {}
    return {
        "name": name,
        "spanContext": context,
        **around,
        "attributes": attributes,
        "startTime": [number, 0],
        "events": list(events),
    }


def said(*spans):
    return [(m.role, [p.content for p in m.parts]) for t in read_all(list(spans)) for m in t.messages]


CONVENTIONS = {
    "gen_ai messages": {
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "be brief"}]),
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [
            {"type": "tool_call", "id": "c1", "name": "ls", "arguments": {"a": 1}}]}]),
    },
    "gen_ai prompt as JSON": {
        "gen_ai.prompt": json.dumps(ASKED),
        "gen_ai.completion": json.dumps([{"role": "assistant", "tool_calls": [CALL]}]),
    },
    "gen_ai prompt by number": {
        "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be brief",
        "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "hi",
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.tool_calls.0.id": "c1",
        "gen_ai.completion.0.tool_calls.0.name": "ls", "gen_ai.completion.0.tool_calls.0.arguments": '{"a": 1}',
    },
    "OpenInference": {
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "be brief",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.type": "text",
        "llm.input_messages.1.message.contents.0.message_content.text": "hi",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "ls",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"a": 1}',
    },
    "AI SDK": {
        "ai.prompt.messages": json.dumps([ASKED[0], {"role": "user", "content": [{"type": "text", "text": "hi"}]}]),
        "ai.response.toolCalls": json.dumps([{"toolCallId": "c1", "toolName": "ls", "input": '{"a": 1}'}]),
    },
    "ADK": {
        "gcp.vertex.agent.llm_request": json.dumps({
            "model": "m", "config": {"system_instruction": "be brief"},
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
        "gcp.vertex.agent.llm_response": json.dumps({
            "content": {"role": "model", "parts": [{"function_call": {"id": "c1", "name": "ls", "args": {"a": 1}}}]}}),
    },
    "Pydantic-AI events": {
        "events": json.dumps([
            {"event.name": "gen_ai.system.message", "content": "be brief", "role": "system"},
            {"event.name": "gen_ai.user.message", "content": "hi", "role": "user"},
            {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "tool_calls": [CALL]}},
        ]),
        "gen_ai.operation.name": "chat",
    },
}  # fmt: skip


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_convention_says_the_same(convention):
    """System prompt, question and call, whichever attributes hold them."""
    [transcript] = read_all([span(1, CONVENTIONS[convention])])
    assert [(m.role, m.parts[0].content) for m in transcript.messages[:2]] == [("system", "be brief"), ("user", "hi")]
    [call] = transcript.messages[2].parts
    assert (call.type, call.call_id, call.tool_name, json.loads(call.content)) == (
        NodeType.TOOL_CALL,
        "c1",
        "ls",
        {"a": 1},
    )


def test_every_convention_gives_the_same_ids():
    """What was said makes an id, not how it was written."""
    ids = {tuple(m.id for m in next(read_all([span(1, one)])).messages) for one in CONVENTIONS.values()}
    assert len(ids) == 1


def test_events_of_a_span_are_read():
    """Earlier versions of the convention write messages so."""
    events = [
        {"name": "gen_ai.user.message", "attributes": {"content": "hi"}},
        {"name": "gen_ai.choice", "attributes": {"message": json.dumps({"role": "assistant", "content": "ho"})}},
    ]
    assert said(span(1, {"gen_ai.system": "x"}, events=events)) == [("user", ["hi"]), ("assistant", ["ho"])]


def test_details_in_an_event_are_read():
    """Later versions write the messages into one event."""
    event = {"name": "gen_ai.client.inference.operation.details", "attributes": {
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "ho"}]}],
    }}  # fmt: skip
    assert said(span(1, {}, events=[event])) == [("user", ["hi"]), ("assistant", ["ho"])]


def exchange(span, asked, answered, **fields):
    return Exchange(
        span, None, float(len(asked)), tuple(said_in(asked, "user")), tuple(said_in(answered, "assistant")), **fields
    )


class TestConversation:
    HI, HO = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}

    def messages(self, *exchanges, around=None):
        return list(conversation(exchanges, around or {}, "test"))

    def test_a_prefix_that_comes_again_is_read_once(self):
        """Each call carries its whole input."""
        found = self.messages(
            exchange("a", [self.HI], [self.HO]), exchange("b", [self.HI, self.HO, self.HI], [self.HO])
        )
        assert [m.role for m in found] == ["user", "assistant", "user", "assistant"]
        assert [m.parent for m in found] == [None, *(m.id for m in found[:-1])]

    def test_contexts_that_differ_are_branches(self):
        """From where they part."""
        other = {"role": "assistant", "content": "other"}
        found = self.messages(exchange("a", [self.HI], [self.HO]), exchange("b", [self.HI], [other]))
        assert found[1].parent == found[2].parent == found[0].id

    def test_input_that_holds_only_what_is_new_goes_on(self):
        """Where a result answers a call that was made before."""
        call = {"role": "assistant", "tool_calls": [CALL]}
        result = {"role": "tool", "tool_call_id": "c1", "content": "a.py"}
        found = self.messages(exchange("a", [self.HI], [call]), exchange("b", [call, result], [self.HO]))
        assert [m.role for m in found] == ["user", "assistant", "tool", "assistant"]
        assert [m.parent for m in found][1:] == [m.id for m in found][:-1]

    def test_a_wrapper_that_says_nothing_more_is_left_out(self):
        """A call inside another is the same call told twice."""
        outer = exchange("outer", "hi", "ho")
        inner = Exchange("inner", "outer", 2.0, tuple(said_in(ASKED, "user")), tuple(said_in("ho", "assistant")))
        found = self.messages(outer, inner, around={"inner": "outer", "outer": None})
        assert [m.role for m in found] == ["system", "user", "assistant"]

    def test_a_run_whose_result_is_in_no_message_answers_its_call(self):
        """By the call's id, or by tool and arguments."""
        call = {"role": "assistant", "tool_calls": [CALL]}
        for call_id in ("c1", None):
            run = Exchange("r", None, 9.0, tool="ls", call_id=call_id, arguments={"a": 1}, result="a.py")
            found = self.messages(exchange("a", [self.HI], [call]), run)
            assert [(m.role, m.parts[0].call_id) for m in found[1:]] == [("assistant", "c1"), ("tool", "c1")]

    def test_a_run_that_no_message_called_is_a_call_of_its_own(self):
        """With its result behind it."""
        run = Exchange("r", None, 9.0, tool="ls", arguments={"a": 1}, result={"output": "a.py"})
        found = self.messages(exchange("a", [self.HI], [self.HO]), run)
        assert [(m.role, m.parts[0].content) for m in found[2:]] == [("assistant", '{"a":1}'), ("tool", "a.py")]

    def test_the_tool_around_a_models_call_is_its_cause(self):
        """An agent that is another's tool."""
        call = {"role": "assistant", "tool_calls": [CALL]}
        run = Exchange("run", "a", 2.0, tool="ls", call_id="c1", arguments={"a": 1}, result="done")
        inner = Exchange("inner", "run", 3.0, tuple(said_in("sub-task", "user")), tuple(said_in("done", "assistant")))
        around = {"inner": "run", "run": "a", "a": None}
        found = self.messages(exchange("a", [self.HI], [call]), run, inner, around=around)
        caused = {m.parts[0].content: m.causes for m in found if m.causes}
        assert caused == {"sub-task": (found[1].id,), "done": (found[1].id,)}

    def test_pieces_of_a_stream_are_one_text(self):
        """Some recorders keep each token as a message."""
        found = self.messages(exchange("a", [self.HI], [{"role": "assistant", "content": str(n)} for n in range(12)]))
        assert found[1].parts[0].content == "".join(map(str, range(12)))


def test_conversations_are_sessions():
    """By the name that spans give them, else by trace."""
    told = {"gen_ai.prompt": "hi", "gen_ai.completion": "ho"}
    spans = [span(1, {**told, "gen_ai.conversation.id": "x"}, trace="t1"), span(2, told, trace="t2")]
    spans.append(span(3, {**told, "gen_ai.conversation.id": "x"}, trace="t3"))
    assert [(t.session_id, len(t.messages)) for t in read_all(spans)] == [("x", 2), ("t2", 2)]


def test_a_trace_that_grows_keeps_its_ids():
    """A result that a tool's span told is the same message once a model's input repeats it."""
    ids = [[m.id for m in read(SAMPLES["otel-sdk"][:end]).messages] for end in (3, 4)]
    assert ids[1][: len(ids[0])] == ids[0]


def test_results_hang_on_their_calls():
    """In a trace of a model and its tool."""
    graph = build(read(SAMPLES["otlp"]))
    [call] = graph.nodes(NodeType.TOOL_CALL)
    assert len(list(graph.out_edges(call.id, EdgeType.TOOL_IO))) == 1
    assert call.metadata["agent"] == "reader"


class TestPayloads:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("hi", [("user", "hi")]),
            ("developer: be brief\nuser: hi\nthere", [("developer", "be brief"), ("user", "hi\nthere")]),
            ('{"messages": [{"role": "user", "content": "hi"}]}', [("user", "hi")]),
            ({"contents": "hi", "config": {"system_instruction": "s"}}, [("system", "s"), ("user", "hi")]),
            ({"choices": [{"message": {"role": "assistant", "content": "ho"}}]}, [("assistant", "ho")]),
            ({"content": {"parts": [{"text": "ho"}], "role": "model"}}, [("assistant", "ho")]),
            ({"prompt": "hi"}, [("user", "hi")]),
            ("role='assistant' content=None name=None", [("assistant", "role='assistant' content=None name=None")]),
            ([], []),
            (None, []),
        ],
    )
    def test_what_was_recorded_is_messages(self, value, expected):
        """Texts, bodies of requests and responses, and lists of messages."""
        assert [(one.role, one.parts[0].content) for one in said_in(value, "user")] == expected

    def test_an_object_that_is_no_message_is_kept_whole(self):
        """Nobody knows what it means."""
        [one] = said_in({"answer": 42}, "user")
        assert (one.parts[0].kind, one.parts[0].content) == ("other", '{"answer":42}')

    def test_calls_written_as_text_are_calls(self):
        """Some recorders write the list of calls into the content."""
        [one] = said_in({"role": "tool", "content": json.dumps([CALL])}, "user")
        assert (one.role, one.parts[0].call_id) == ("assistant", "c1")


def test_a_trace_of_langfuse_without_generations_is_its_own_input_and_output():
    """Nothing else was recorded."""
    trace = json.loads(json.dumps(SAMPLES["langfuse"]))
    trace["observations"] = trace["observations"][:1]
    assert [(m.role, m.parts[0].content) for m in read(trace).messages] == [
        ("user", "What is in the file?"),
        ("assistant", "It sets größe to 7."),
    ]
