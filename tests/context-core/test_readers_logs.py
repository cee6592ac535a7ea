"""What is particular to the logs of agents and to benchmarks' results."""

import json

import pytest

from context_core import EdgeType, NodeType, TranscriptError, build, read, read_all, window
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


class TestShareGpt:
    def test_turns_a_row_each_are_one_conversation(self):
        """As well as conversations a row each."""
        assert read(SAMPLES["sharegpt"][0]["conversations"]).messages == read(SAMPLES["sharegpt"]).messages
