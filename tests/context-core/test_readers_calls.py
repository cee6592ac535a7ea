"""What is particular to recorded HTTP calls: cassettes, streams of events, and items of OpenAI Responses."""

import json

import pytest

from context_core import TranscriptError, build, read, read_all, render
from context_core.readers import cassette
from context_core.readers.event_stream import whole_of
from context_core.testing.samples import SAMPLES


def said(source):
    return [(message.role, [part.content for part in message.parts]) for message in read(source).messages]


class TestCassettes:
    YAML = """interactions:
- request:
    method: POST
    uri: https://api.openai.com/v1/chat/completions
    body: '{"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}]}'
  response:
    body:
      string: |
        data: {"choices": [{"delta": {"role": "assistant", "content": "h"}}]}

        data: {"choices": [{"delta": {"content": "o"}}]}

        data: [DONE]
version: 1
"""

    def test_yaml_is_read_and_streams_are_put_together(self):
        """With the extra installed."""
        pytest.importorskip("yaml", reason="needs the extra yaml")
        assert said(self.YAML) == [
            ("user", ["hi"]),
            ("assistant", ["ho"]),
        ]

    def test_without_the_extra_it_is_named(self, monkeypatch):
        """The error says what to install."""
        monkeypatch.setitem(__import__("sys").modules, "yaml", None)
        with pytest.raises(TranscriptError, match=r"pip install \"context-core\[yaml\]\""):
            read(self.YAML)

    def test_yaml_that_is_damaged_is_told(self):
        """In a line."""
        pytest.importorskip("yaml", reason="needs the extra yaml")
        with pytest.raises(TranscriptError, match="is not valid YAML"):
            read("interactions:\n- request: [\n")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("interactions:\n- " + "[" * 100_000, "nested deeper than 200"),
            ("interactions:\n- &a [x]\n- &b [*a, *a]\n- [*b, *b]\n", "an alias stands inside"),
        ],
    )
    def test_yaml_that_may_do_harm_is_refused(self, text, told):
        """Nesting that crashes a loader, and values that grow without bound."""
        pytest.importorskip("yaml", reason="needs the extra yaml")
        with pytest.raises(TranscriptError, match=told):
            read(text)

    def test_calls_that_are_not_http_are_told(self):
        """A recorder of gRPC writes other keys."""
        with pytest.raises(TranscriptError, match="calls that are not HTTP"):
            read({"interactions": [{"request_sample": {}}]}, format=cassette.FORMAT)

    def test_a_request_that_goes_on_replaces_the_one_before(self):
        """The last request and its response hold the conversation; another conversation is another session."""
        one, two = SAMPLES["http-cassette"]["interactions"]
        other = {
            "request": {"parsed_body": {"model": "gpt-x", "input": "hi"}},
            "response": {"parsed_body": {"output": []}},
        }
        found = list(read_all({"interactions": [one, other, two]}))
        assert [len(t.messages) for t in found] == [5, 1]

    def test_gemini_bodies_are_read(self):
        """Contents in, a candidate out."""
        asked = {
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
            "systemInstruction": {"parts": [{"text": "sys"}]},
        }
        answer = {"candidates": [{"content": {"role": "model", "parts": [{"text": "ho"}]}}]}
        one = {"request": {"parsed_body": asked}, "response": {"parsed_body": answer}}
        assert said({"interactions": [one]}) == [("system", ["sys"]), ("user", ["hi"]), ("assistant", ["ho"])]


class TestEventStreams:
    def test_anthropic_blocks_are_put_together(self):
        """Text, arguments and figures, each from its pieces."""
        events = [
            {"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 3}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "I "}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "look"}},
            {
                "type": "content_block_start",
                "index": 1,
                "content_block": {"type": "tool_use", "id": "c", "name": "ls", "input": {}},
            },
            {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a"'}},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": ": 1}"}},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
        ]
        whole = whole_of("\n\n".join(f"event: {event['type']}\ndata: {json.dumps(event)}" for event in events))
        assert whole == {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look"},
                {"type": "tool_use", "id": "c", "name": "ls", "input": {"a": 1}},
            ],
            "usage": {"input_tokens": 3, "output_tokens": 5},
            "stop_reason": "tool_use",
        }

    def test_calls_of_chat_chunks_are_joined(self):
        """Their arguments come in pieces."""

        def chunk(call):
            return "data: " + json.dumps({"choices": [{"delta": {"tool_calls": [{"index": 0, **call}]}}]})

        first = {"id": "c", "type": "function", "function": {"name": "ls", "arguments": '{"a"'}}
        whole = whole_of("\n".join([chunk(first), chunk({"function": {"arguments": ": 1}"}})]))
        [call] = whole["choices"][0]["message"]["tool_calls"]
        assert call == {"id": "c", "type": "function", "function": {"name": "ls", "arguments": '{"a": 1}'}}

    def test_the_whole_response_is_taken_where_an_event_holds_it(self):
        """Responses end so."""
        event = {"type": "response.completed", "response": {"output": [1]}}
        assert whole_of("data: " + json.dumps(event)) == {"output": [1]}


class TestResponses:
    ITEMS = [
        {"role": "user", "content": "hi"},
        {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}],
         "encrypted_content": "x"},
        {"type": "function_call", "id": "fc", "call_id": "c", "name": "ls", "arguments": "not json",
         "status": "completed"},
        {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a.py"}]},
        {"type": "web_search_call", "id": "ws", "status": "completed"},
        {"type": "message", "id": "m", "role": "assistant", "content": [
            {"type": "output_text", "text": "done", "annotations": [{"x": 1}]}]},
    ]  # fmt: skip

    def test_what_an_item_has_beside_its_parts_is_kept(self):
        """So that it can be written as it was."""
        messages = read(self.ITEMS).messages
        assert [m.metadata.get("item") for m in messages] == [
            None,
            {"type": "reasoning", "id": "rs", "encrypted_content": "x"},
            {"type": "function_call", "id": "fc", "status": "completed"},
            {"type": "function_call_output"},
            None,
            {"type": "message", "id": "m"},
        ]
        assert messages[2].parts[0].metadata == {"fields": {"arguments": "not json"}}
        assert json.loads(messages[4].parts[0].content) == self.ITEMS[4]
        assert messages[5].parts[0].metadata == {"fields": {"type": "output_text", "annotations": [{"x": 1}]}}

    def test_what_the_assistant_does_between_results_is_one_group(self):
        """Reasoning and calls are one turn of it."""
        groups = [m.group for m in read(self.ITEMS).messages]
        assert groups[1] == groups[2] is not None
        assert groups[4] == groups[5] != groups[1]

    def test_bodies_that_repeat_one_another_are_one_conversation(self):
        """A response's output comes again in the next request."""
        first = {
            "model": "gpt-x",
            "instructions": "be brief",
            "input": "hi",
            "output": [self.ITEMS[5]],
            "usage": {"n": 1},
        }
        again = {**self.ITEMS[5], "status": "completed"}
        second = {"model": "gpt-x", "instructions": "be brief", "input": [self.ITEMS[0], again, self.ITEMS[0]]}
        transcript = read([first, second])
        assert [m.role for m in transcript.messages] == ["system", "user", "assistant", "user"]
        assert (transcript.model, transcript.messages[2].metadata["usage"]) == ("gpt-x", {"n": 1})

    def test_both_other_providers_get_valid_messages(self):
        """Arguments that are no JSON stand in an object."""
        call = render(build(read(self.ITEMS)))[1]["tool_calls"][0]
        assert json.loads(call["function"]["arguments"]) == {"input": "not json"}
