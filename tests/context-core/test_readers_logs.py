"""What is particular to the logs of agents and to benchmarks' results."""

import json

import pytest

from context_core import EdgeType, NodeType, TranscriptError, build, read, read_all, render, window
from context_core.readers import cassette
from context_core.readers.event_stream import whole_of
from context_core.testing.samples import PATH, RESULT, SAMPLES


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def said(source, **options):
    return [(m.role, [p.content for p in m.parts]) for m in read(source, **options).messages]


class TestSweAgent:
    def test_without_function_calls_action_and_observation_are_paired(self):
        """The words of the action stay, and the command is a call that the next message answers."""
        transcript = read(SAMPLES["swe-agent"])
        acting, printed = transcript.messages[2:4]
        assert acting.parts[0].content == f"I look.\n```\ncat {PATH}\n```"
        assert json.loads(acting.parts[1].content) == {"command": f"cat {PATH}"}
        assert (printed.role, printed.parts[0].call_id) == ("tool", acting.parts[1].call_id)

    def test_a_file_of_steps_alone_is_read_from_them(self):
        """A history is not always kept."""
        step = {"action": "ls", "observation": "a.py", "response": "I look", "thought": "I look"}
        head = {**step, "query": [{"role": "user", "content": "go"}]}
        assert said({"trajectory": [head, step]})[:3] == [
            ("user", ["go"]),
            ("assistant", ["I look", '{"command":"ls"}']),
            ("tool", ["a.py"]),
        ]

    def test_a_data_set_of_trajectories_is_read_row_by_row(self):
        """Its messages are JSON text there."""
        messages = json.dumps(SAMPLES["swe-agent"]["history"])
        rows = [{"traj_id": name, "messages": messages, "model": "m"} for name in ("one", "two")]
        found = list(read_all(lines(*rows)))
        assert [(t.format, t.session_id, t.model, len(t.messages)) for t in found] == [
            ("swe-agent", "one", "m", 6),
            ("swe-agent", "two", "m", 6),
        ]

    def test_a_demonstration_is_no_instruction(self):
        """The harness put it there."""
        history = [{"role": "user", "content": "look at this", "agent": "a", "is_demo": True}]
        history += [{"role": "user", "content": "now you", "agent": "a"}]
        graph = build(read({"trajectory": [], "history": history}))
        assert [node.is_instruction for node in graph.nodes()] == [False, True]


class TestOpenHands:
    def test_what_the_model_wrote_is_the_call(self):
        """The response that the action came of has its arguments, its words, and its token figures."""
        calling = read(SAMPLES["openhands"]).messages[1]
        assert [part.content for part in calling.parts] == ["I look.", f'{{"path":"{PATH}"}}']
        assert calling.metadata["usage"] == {"prompt_tokens": 5}

    def test_an_observation_names_its_cause(self):
        """It is the result of that action, and the source said so."""
        messages = read(SAMPLES["openhands"]).messages
        assert [(m.id, m.causes) for m in messages if m.causes] == [("3", ("2",)), ("5", ("4",))]

    def test_a_commands_exit_stands_behind_its_output(self):
        """The model was shown both."""
        assert read(SAMPLES["openhands"]).messages[4].parts[0].content == "a.py\n[exit code 0]"

    def test_actions_of_one_response_are_one_message(self):
        """Parallel calls are not two turns."""
        events = list(SAMPLES["openhands"][:3])
        second = {**events[2], "id": 7, "tool_call_metadata": {**events[2]["tool_call_metadata"], "tool_call_id": "c2"}}
        messages = read([*events, second]).messages
        assert messages[2].group == messages[1].id
        assert [part.type for part in messages[2].parts] == [NodeType.TOOL_CALL]

    def test_results_of_a_run_are_sessions(self):
        """Each has its history, with or without causes."""
        history = [
            {"action": "message", "content": "go"},
            {"action": "run", "command": "ls", "thought": "I look"},
            {"observation": "run", "content": "a.py"},
        ]
        found = list(
            read_all(lines({"instance_id": "i1", "history": history}, {"history": [history[:1], history[1:]]}))
        )
        assert [(t.session_id, len(t.messages)) for t in found] == [("i1", 3), ("1", 3)]
        assert found[0].messages[1].parts[1].call_id == found[0].messages[2].parts[0].call_id


class TestGeminiCli:
    def test_json_lines_are_the_same_chat_and_the_last_writing_counts(self):
        """A message is written again once its calls have results."""
        head, messages = SAMPLES["gemini-cli"], SAMPLES["gemini-cli"]["messages"]
        early = {key: value for key, value in messages[1].items() if key != "toolCalls"}
        heading = {key: value for key, value in head.items() if key != "messages"}
        assert read(lines(heading, messages[0], early, *messages[1:])).messages == read(head).messages

    def test_a_result_with_an_image_has_both(self):
        """The response and the image beside it are two blocks of one result."""
        call = {"id": "c", "name": "see", "args": {}, "result": [
            {"functionResponse": {"id": "c", "name": "see", "response": {"output": "here"}}},
            {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
        ]}  # fmt: skip
        chat = {"sessionId": "s", "projectHash": "h", "messages": [
            {"id": "a", "type": "gemini", "content": "", "toolCalls": [call]}]}  # fmt: skip
        result = read(chat).messages[1]
        assert [(part.kind, part.call_id, part.metadata.get("block")) for part in result.parts] == [
            ("text", "c", None),
            ("image", "c", 1),
        ]


class TestPi:
    def test_branches_hang_where_they_began(self):
        """A second answer to one question is a branch."""
        rows = [*SAMPLES["pi"], {**SAMPLES["pi"][5], "id": "e", "parentId": "a"}]
        assert [(m.id, m.parent) for m in read(rows).messages][-2:] == [("d", "c"), ("e", "a")]

    def test_after_a_compaction_the_window_starts_at_the_summary(self):
        """What came before stays in the graph."""
        compaction = {
            "type": "compaction",
            "id": "k",
            "parentId": "d",
            "summary": "so far: a file",
            "firstKeptEntryId": "d",
        }
        after = {"type": "message", "id": "f", "parentId": "k", "message": {"role": "user", "content": "go on"}}
        graph = build(read([*SAMPLES["pi"], compaction, after]))
        assert [node.content for node in window(graph)] == ["so far: a file", "go on"]
        assert len(graph) == 7


class TestAdk:
    def test_results_without_ids_belong_to_the_calls_of_their_tool(self):
        """In order, where a tool was called twice."""

        def event(author, *parts):
            return {"author": author, "invocation_id": "i", "content": {"role": "model", "parts": list(parts)}}

        calls = [{"function_call": {"name": name, "args": {}}} for name in ("f", "g", "f")]
        results = [
            {"function_response": {"name": n, "response": {"result": t}}}
            for n, t in (("g", "2"), ("f", "1"), ("f", "3"))
        ]
        graph = build(read({"events": [event("agent", *calls), event("agent", *results)]}))
        pairs = [(edge.source, graph.node(edge.target).content) for n in graph.nodes(NodeType.TOOL_CALL)
                 for edge in graph.out_edges(n.id, EdgeType.TOOL_IO)]  # fmt: skip
        assert [content for _, content in sorted(pairs)] == ["1", "2", "3"]

    def test_pieces_of_a_stream_are_left_out(self):
        """The whole follows them."""
        piece = {**SAMPLES["adk"]["events"][3], "id": "p", "partial": True}
        document = {**SAMPLES["adk"], "events": [*SAMPLES["adk"]["events"], piece]}
        assert read(document).messages == read(SAMPLES["adk"]).messages

    def test_agents_have_names(self):
        """In the metadata of what they say."""
        assert [m.metadata.get("agent") for m in read(SAMPLES["adk"]).messages] == [
            None,
            None,
            "reader",
            "reader",
            "reader",
        ]


class TestInspect:
    def test_attachments_stand_in_their_places(self):
        """A message refers to them by a hash."""
        assert said(SAMPLES["inspect"])[0] == ("user", ["What is in the file?"])

    def test_a_tools_error_is_its_result(self):
        """Where it has no content."""
        sample = {
            "id": 1,
            "epoch": 1,
            "messages": [
                {
                    "role": "tool",
                    "content": "",
                    "tool_call_id": "c",
                    "error": {"type": "timeout", "message": "too slow"},
                }
            ],
        }
        assert said(sample) == [("tool", ["too slow"])]

    def test_a_log_without_samples_says_so(self):
        """It is a log all the same."""
        with pytest.raises(TranscriptError, match="holds no session"):
            read({**SAMPLES["inspect"], "samples": []})


class TestTau2:
    def test_a_users_own_calls_keep_the_role(self):
        """A simulated user has tools, too; both providers get valid messages."""
        call = {"id": "c", "name": "check", "arguments": {}, "requestor": "user"}
        messages = [{"role": "user", "content": None, "tool_calls": [call]}]
        messages += [{"role": "tool", "tool_messages": [{"role": "tool", "id": "c", "content": "ok"}]}]
        transcript = read({"simulations": [{"id": "s", "messages": messages}]})
        assert [(m.role, m.parts[0].call_id) for m in transcript.messages] == [("user", "c"), ("tool", "c")]

    def test_the_policy_comes_first(self):
        """It is the agent's system prompt."""
        assert said(SAMPLES["tau2"])[0] == ("system", ["You read files."])


class TestMint:
    def test_code_that_nobody_ran_is_no_call(self):
        """A model may write the next observation itself."""
        rows = json.loads(json.dumps(SAMPLES["mint"]))
        del rows[0]["state"]["history"][2:]
        assert list(build(read(rows)).nodes(NodeType.TOOL_CALL)) == []

    def test_a_verdict_is_no_instruction(self):
        """The harness said it."""
        *_, verdict = build(read(SAMPLES["mint"])).nodes()
        assert verdict.content.endswith("Your answer is wrong.")
        assert not verdict.is_instruction


class TestMultiAgent:
    def test_speakers_are_agents(self):
        """Whoever the role names; thoughts are thinking; whom it is said to stands beside."""
        messages = read(SAMPLES["multi-agent"]).messages
        told = [(m.role, m.metadata.get("agent"), m.metadata.get("to"), m.parts[0].kind) for m in messages]
        assert told == [
            ("system", "Reader", None, "text"),
            ("user", None, None, "text"),
            ("assistant", "Orchestrator", None, "thinking"),
            ("assistant", "Orchestrator", "Reader", "text"),
            ("user", "Computer_terminal", None, "text"),
            ("assistant", "Reader", None, "text"),
        ]


class TestSpecStory:
    def test_parts_of_a_message_are_told_apart(self):
        """Thinking, the call with what was asked, and the words behind it."""
        _, agent, results = read(SAMPLES["specstory"]).messages
        assert [(part.type.value, part.kind, part.content) for part in agent.parts] == [
            ("message", "thinking", "I look."),
            ("tool_call", "text", f'{{"input":"`{PATH}`"}}'),
            ("message", "text", "It sets größe to 7."),
        ]
        assert (results.parts[0].content, results.parts[0].call_id) == (RESULT, agent.parts[1].call_id)

    def test_fences_inside_an_output_are_output(self):
        """The last fence closes it."""
        inner = "```text\nbefore\n```\ncode\n```\nafter\n```"
        text = SAMPLES["specstory"].replace(f"```text\n{RESULT}\n```", inner)
        assert read(text).messages[2].parts[0].content == "before\n```\ncode\n```\nafter"

    def test_a_block_that_is_not_closed_is_text(self):
        """Nothing of it is lost."""
        text = SAMPLES["specstory"].replace("</details></tool-use>", "")
        assert RESULT in "\n".join(read(text).messages[1].parts[1].content for _ in "x")


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
        assert said(self.YAML) == [("user", ["hi"]), ("assistant", ["ho"])]

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


class TestShareGpt:
    def test_turns_a_row_each_are_one_conversation(self):
        """As well as conversations a row each."""
        assert read(SAMPLES["sharegpt"][0]["conversations"]).messages == read(SAMPLES["sharegpt"]).messages
