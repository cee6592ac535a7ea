"""What a user gets for good and for bad input."""

import io
import json

import pytest

from context_core import NodeType, TranscriptError, build, graph_bytes, read, render, window

USER = {"role": "user", "content": "hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "a.py"}


def lines(*rows):
    return "\n".join(json.dumps(row) for row in rows) + "\n"


def row(uuid, parent, role, content, **fields):
    return {
        "uuid": uuid, "parentUuid": parent, "sessionId": "s", "type": role, "isSidechain": False,
        "message": {"role": role, "content": content, **fields},
    }  # fmt: skip


def use(call_id, name="ls"):
    return [{"type": "tool_use", "id": call_id, "name": name, "input": {"path": "."}}]


def got(call_id, text="a.py"):
    return [{"type": "tool_result", "tool_use_id": call_id, "content": text}]


class TestSources:
    def test_every_kind_of_source_reads_alike(self, tmp_path):
        """A path, its name, bytes, text, an open file and parsed messages give the same messages."""
        text = json.dumps([USER, CALLING, RESULT])
        path = tmp_path / "chat.json"
        path.write_text(text)
        with path.open("rb") as binary, path.open() as words:
            sources = [path, str(path), text.encode(), text, binary, words, io.BytesIO(text.encode()), json.loads(text)]
            transcripts = [read(source) for source in sources]
        assert len({transcript.messages for transcript in map(_frozen, transcripts)}) == 1

    def test_json_lines_of_messages_read_as_an_array_does(self):
        """One message a line is the same conversation."""
        assert read(lines(USER, CALLING, RESULT)).messages == read([USER, CALLING, RESULT]).messages

    def test_a_request_body_reads_as_its_messages_with_the_system_prompt(self):
        """Anthropic's system text comes first, and goes beside the messages again."""
        body = {
            "model": "claude-x",
            "system": "be brief",
            "messages": [USER, {"role": "assistant", "content": use("c1")}],
        }
        transcript = read(json.dumps(body))
        messages = render(window(build(transcript)), "anthropic")
        assert (transcript.model, list(messages), messages.system) == ("claude-x", body["messages"], "be brief")

    def test_a_byte_order_mark_is_passed_over(self):
        """A file written with a mark reads as one without."""
        assert read(b"\xef\xbb\xbf" + json.dumps([USER]).encode()).messages == read([USER]).messages

    def test_a_missing_file_is_file_not_found(self, tmp_path):
        """The builtin error names the path."""
        with pytest.raises(FileNotFoundError, match=r"nowhere\.json"):
            read(tmp_path / "nowhere.json")

    def test_a_folder_is_refused(self, tmp_path):
        """A folder is not a transcript."""
        with pytest.raises(TranscriptError, match="is a folder"):
            read(tmp_path)

    def test_an_unknown_format_name_lists_the_known(self):
        """A wrong format name is answered with the right ones."""
        with pytest.raises(ValueError, match="openai-chat"):
            read([USER], format="chatgpt")


def _frozen(transcript):
    from types import SimpleNamespace

    return SimpleNamespace(messages=repr(transcript.messages))


class TestDamage:
    def test_an_empty_file_says_so(self, tmp_path):
        """Nothing is not a transcript."""
        path = tmp_path / "empty.jsonl"
        path.write_bytes(b" \n")
        with pytest.raises(TranscriptError, match=r"empty\.jsonl: is empty") as caught:
            read(path)
        assert caught.value.source == str(path)

    def test_an_empty_array_says_so(self):
        """An array without messages is empty, too."""
        with pytest.raises(TranscriptError, match="is empty"):
            read([])

    def test_a_binary_file_says_so(self):
        """Bytes that are no text are named for what they are."""
        with pytest.raises(TranscriptError, match="looks binary"):
            read(b"\x7fELF\x00\x01\x02")

    def test_a_text_that_is_no_json_names_the_line(self):
        """Prose is not a transcript."""
        with pytest.raises(TranscriptError, match="1: is not valid JSON"):
            read(b"hello world\nsecond")

    def test_a_damaged_line_is_named_and_the_rest_read_on_request(self, tmp_path):
        """The error has file and line; skipping reports it and reads all else."""
        path = tmp_path / "log.jsonl"
        path.write_text(
            lines(row("a", None, "user", "hi")) + '{"uuid": "b", "par\n' + lines(row("c", "a", "user", "ho"))
        )
        with pytest.raises(TranscriptError, match=r"log\.jsonl:2: is not valid JSON") as caught:
            read(path)
        assert caught.value.line == 2
        transcript = read(path, on_error="skip")
        assert [message.id for message in transcript.messages] == ["a", "c"]
        assert [problem.line for problem in transcript.problems] == [2]

    def test_a_truncated_file_gives_all_before_the_cut(self):
        """A log that ends in the middle of a line loses that line only."""
        text = lines(row("a", None, "user", "hi"), row("b", "a", "assistant", "ho"))[:-20]
        with pytest.raises(TranscriptError, match="2: is not valid JSON"):
            read(text)
        assert [message.id for message in read(text, on_error="skip").messages] == ["a"]

    def test_a_truncated_array_names_the_line(self):
        """An array that ends early is no JSON at all."""
        with pytest.raises(TranscriptError, match="expected an array of messages"):
            read(json.dumps([USER, CALLING], indent=1)[:-8])

    def test_two_objects_on_one_line_are_both_read(self):
        """A line break that was lost is noted, and nothing else is."""
        text = lines(row("a", None, "user", "hi")).strip() + lines(row("b", "a", "user", "ho"))
        transcript = read(text)
        assert [message.id for message in transcript.messages] == ["a", "b"]
        assert "2 JSON objects on one line" in transcript.problems[0].message

    def test_a_row_that_is_no_object_is_damage(self):
        """A number is not a message."""
        with pytest.raises(TranscriptError, match="messages:2: got int 7; expected an object"):
            read([USER, 7])

    def test_a_message_without_a_role_is_damage(self):
        """Its keys are told, so that the user sees what it is."""
        with pytest.raises(TranscriptError, match=r"has no role \(keys: text\)"):
            read([USER, {"text": "hi"}])

    def test_content_of_a_wrong_type_is_damage(self):
        """A number is not content."""
        with pytest.raises(TranscriptError, match="got content of type int"):
            read([{"role": "user", "content": 5}])

    def test_an_unknown_format_tells_its_keys(self):
        """What was found is told beside what was expected."""
        with pytest.raises(TranscriptError, match=r"of no known format \(keys: a\); expected one of codex"):
            read(b'{"a": 1}\n{"a": 2}\n')

    def test_nesting_that_cannot_be_parsed_is_damage(self):
        """A row nested a hundred thousand deep is refused, not crashed on."""
        deep = "[" * 100_000 + "]" * 100_000
        with pytest.raises(TranscriptError, match="nested too deep|not valid JSON"):
            read(lines(USER) + '{"role": "user", "content": ' + deep + "}\n")

    def test_deep_nesting_that_can_be_parsed_is_kept(self):
        """Arguments two hundred levels deep come back."""
        deep: object = "x"
        for _ in range(200):
            deep = [deep]
        message = {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"a": deep}}]}
        assert list(render(window(build(read([USER, message]))), "anthropic")) == [USER, message]

    def test_a_line_of_fifty_megabytes_is_read(self):
        """Size alone is no damage."""
        text = "0123456789abcde\n" * (50 * 2**20 // 16)
        graph = build(read(lines(row("a", None, "user", "hi"), row("b", "a", "user", text)).encode()))
        assert len(graph.node("b/0").content) == 50 * 2**20

    def test_lone_surrogates_survive(self):
        """Half a character, as a cut-off JSON escape leaves it, is kept, counted and hashed."""
        graph = build(read('[{"role": "user", "content": "half \\ud83d here"}]'))
        assert render(graph) == [{"role": "user", "content": "half \ud83d here"}]
        assert graph.total_tokens > 4
        assert graph_bytes(graph)

    def test_long_integers_survive(self):
        """Numbers past 64 bits are not rounded."""
        text = '[{"role":"user","content":[{"type":"text","text":"hi","n":123456789012345678901234567890}]}]'
        assert render(build(read(text))) == json.loads(text)

    def test_numbers_that_are_none_survive(self):
        """NaN, which is no JSON and which some programs write all the same, comes back."""
        text = '[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"a":NaN,"b":null}}]}]'
        [message] = render(build(read(text)), "anthropic")
        assert str(message["content"][0]["input"]) == "{'a': nan, 'b': None}"

    def test_an_unknown_role_is_kept(self):
        """A role nobody knows is read as it is and written back as it was."""
        message = {"role": "critic", "content": "hm"}
        assert render(build(read([USER, message]))) == [USER, message]


class TestUnpaired:
    def test_a_call_without_a_result_gets_a_note(self):
        """Where other messages follow, the provider is told that there is no result."""
        messages = render(build(read([USER, CALLING, {"role": "user", "content": "and?"}])))
        assert messages[2] == {"role": "tool", "tool_call_id": "c1", "content": "[no result was recorded]"}

    def test_a_call_at_the_end_is_open(self):
        """Its result may still come, so nothing is put in its place."""
        graph = build(read([USER, CALLING]))
        assert render(graph) == [USER, CALLING]
        assert len(window(graph).open_calls) == 1

    def test_a_result_without_a_call_becomes_a_users_text(self):
        """No provider takes it as a result; its text is kept."""
        assert render(build(read([USER, RESULT]))) == [USER, {"role": "user", "content": "a.py"}]

    def test_the_second_of_two_results_becomes_a_users_text(self):
        """A call has one result; the text of another is kept behind it."""
        second = {**RESULT, "content": "b.py"}
        messages = render(build(read([USER, CALLING, RESULT, second])))
        assert messages == [USER, CALLING, RESULT, {"role": "user", "content": "b.py"}]

    def test_call_ids_may_be_used_again(self):
        """A provider that numbers its calls anew each turn gets each result behind its own call."""
        conversation = [USER, CALLING, RESULT, USER, CALLING, {**RESULT, "content": "b.py"}]
        assert render(build(read(conversation))) == conversation


class TestClaudeCode:
    def test_rows_of_one_message_are_one_message(self):
        """Assistant rows that share a message's id are rendered as one."""
        log = lines(
            row("u", None, "user", "hi"),
            row("a1", "u", "assistant", [{"type": "text", "text": "I look"}], id="m"),
            row("a2", "a1", "assistant", use("c1"), id="m"),
            row("r1", "a2", "user", got("c1")),
        )
        messages = render(build(read(log)), "anthropic")
        assert [message["role"] for message in messages] == ["user", "assistant", "user"]
        assert [block["type"] for block in messages[1]["content"]] == ["text", "tool_use"]

    def test_parallel_calls_keep_their_results(self):
        """Results hang on the rows of their calls, beside the branch, and stand in the window all the same."""
        log = lines(
            row("u", None, "user", "hi"),
            row("a1", "u", "assistant", use("c1"), id="m"),
            row("a2", "a1", "assistant", use("c2"), id="m"),
            row("r1", "a1", "user", got("c1", "one")),
            row("r2", "a2", "user", got("c2", "two")),
            row("a3", "r2", "assistant", [{"type": "text", "text": "done"}], id="m2"),
        )
        messages = render(build(read(log)))
        assert [message.get("content") for message in messages] == ["hi", None, "one", "two", "done"]

    def test_a_row_may_come_before_its_parent(self):
        """A result that was written before its call is put behind it."""
        log = lines(
            row("u", None, "user", "hi"),
            row("r1", "a1", "user", got("c1", "one")),
            row("a1", "u", "assistant", use("c1"), id="m"),
            row("a2", "r1", "assistant", [{"type": "text", "text": "done"}], id="m2"),
        )
        assert [message.get("content") for message in render(build(read(log)))] == ["hi", None, "one", "done"]

    def test_after_a_compaction_the_window_starts_at_the_recap(self):
        """The graph keeps what came before; the prompt does not hold it."""
        boundary = {"uuid": "b", "parentUuid": None, "type": "system", "subtype": "compact_boundary", "sessionId": "s"}
        recap = {**row("c", "b", "user", "so far: hi"), "isCompactSummary": True}
        graph = build(read(lines(row("u", None, "user", "hi"), boundary, recap)))
        assert [node.content for node in graph.nodes()] == ["hi", "so far: hi"]
        assert [node.content for node in window(graph)] == ["so far: hi"]

    def test_a_recap_may_be_a_plain_row(self):
        """Older logs mark it by its words alone, and hang it on what it replaces."""
        words = "This session is being continued from a previous conversation that ran out of context. So far: hi"
        graph = build(read(lines(row("u", None, "user", "hi"), row("c", "u", "user", words))))
        assert [node.content for node in window(graph)] == [words]

    def test_another_branch_is_in_the_graph_and_not_in_the_window(self):
        """A question that was asked again starts a branch; the leaf says which one stands in the prompt."""
        log = lines(
            row("u", None, "user", "hi"),
            row("x", "u", "assistant", "first"),
            row("y", "u", "assistant", "second"),
        )
        graph = build(read(log))
        assert [node.content for node in window(graph)] == ["hi", "second"]
        assert [node.content for node in window(graph, "x/0")] == ["hi", "first"]

    def test_a_side_chain_is_not_in_the_window(self):
        """What a sub-agent did beside the main thread is kept out of its prompt."""
        side = {**row("s1", None, "user", "sub task"), "isSidechain": True}
        graph = build(read(lines(row("u", None, "user", "hi"), side)))
        assert [node.content for node in window(graph)] == ["hi"]
        assert [node.content for node in window(graph, "s1/0")] == ["sub task"]

    def test_a_repeated_row_is_read_once(self):
        """The same row twice is one message, and noted."""
        one = row("u", None, "user", "hi")
        transcript = read(lines(one, one))
        assert (len(transcript.messages), len(transcript.problems)) == (1, 1)

    def test_a_repeated_id_with_other_content_is_kept(self):
        """Nothing is lost where a log gives one id twice."""
        transcript = read(lines(row("u", None, "user", "hi"), row("u", None, "user", "ho")))
        assert [message.id for message in transcript.messages] == ["u", "u~2"]

    def test_what_a_harness_says_is_no_instruction(self):
        """Reminders stand in the prompt and do not open a turn."""
        reminder = {**row("m", "u", "user", "remember"), "isMeta": True}
        graph = build(read(lines(row("u", None, "user", "hi"), reminder)))
        assert [(node.turn, node.is_instruction) for node in graph.nodes()] == [(1, True), (1, False)]

    def test_usage_is_kept_for_calibration(self):
        """A provider's token figures stay with the message."""
        graph = build(read(lines(row("a", None, "assistant", "hi", id="m", usage={"input_tokens": 7}))))
        assert graph.node("a/0").metadata["usage"] == {"input_tokens": 7}


class TestCodex:
    META = {"type": "session_meta", "payload": {"id": "s1", "base_instructions": {"text": "be brief"}}}

    @staticmethod
    def item(**payload):
        return {"type": "response_item", "payload": payload}

    def test_items_become_messages_and_events_do_not(self):
        """What an item says and an event repeats is read once."""
        log = lines(
            self.META,
            self.item(type="message", role="user", content=[{"type": "input_text", "text": "hi"}]),
            {"type": "event_msg", "payload": {"type": "user_message", "message": "hi"}},
            self.item(type="reasoning", summary=[{"type": "summary_text", "text": "hm"}], encrypted_content="x"),
            self.item(type="function_call", name="shell", arguments='{"cmd":"ls"}', call_id="c1"),
            self.item(type="function_call_output", call_id="c1", output="a.py"),
        )
        graph = build(read(log))
        assert graph.session_id == "s1"
        assert [node.content for node in graph.nodes()] == ["be brief", "hi", "hm", '{"cmd":"ls"}', "a.py"]
        assert [message["role"] for message in render(graph)] == ["system", "user", "assistant", "tool"]

    def test_a_compaction_replaces_the_history_and_keeps_the_system_prompt(self):
        """The window is the system prompt, the replacing history, and what came after."""
        message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
        log = lines(
            self.META,
            {"type": "response_item", "payload": message},
            {"type": "compacted", "payload": {"message": "", "replacement_history": [message]}},
            self.item(type="message", role="assistant", content=[{"type": "output_text", "text": "ho"}]),
        )
        graph = build(read(log))
        assert [node.content for node in graph.nodes()] == ["be brief", "hi", "hi", "ho"]
        assert [node.content for node in window(graph)] == ["be brief", "hi", "ho"]

    def test_free_text_input_of_a_custom_tool_becomes_valid_arguments(self):
        """Providers take JSON only; the text stands in it."""
        log = lines(self.META, self.item(type="custom_tool_call", name="apply_patch", input="*** Begin", call_id="c1"))
        [_, message] = render(build(read(log)))
        assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"input": "*** Begin"}


def test_nodes_wrap_one_part_each():
    """A result with a text and an image is two nodes of one call."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}
    content = [{"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "see"}, image]}]
    graph = build(read([USER, {"role": "assistant", "content": use("c1")}, {"role": "user", "content": content}]))
    assert [(node.type, node.kind) for node in graph.nodes()][2:] == [
        (NodeType.TOOL_RESULT, "text"),
        (NodeType.TOOL_RESULT, "image"),
    ]
