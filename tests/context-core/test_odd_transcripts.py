"""Transcripts that are legal, or nearly, and odd: nothing of them is lost, and what is rendered is valid."""

import contextlib
import json

import pytest

from context_core import NodeType, TranscriptError, build, read, render, window
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments

USER = {"role": "user", "content": "hi"}


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def row(uuid, parent, role, content, **fields):
    message = {"role": role, "content": content, "id": uuid}
    return {"uuid": uuid, "parentUuid": parent, "sessionId": "s", "type": role, "message": message, **fields}


def item(**payload):
    return {"type": "response_item", "payload": payload}


def said(role, text):
    return item(type="message", role=role, content=[{"type": "text", "text": text}])


def use(call_id, **arguments):
    return {"type": "tool_use", "id": call_id, "name": "f", "input": arguments}


def got(call_id, content="r"):
    return {"type": "tool_result", "tool_use_id": call_id, "content": content}


def contents(log):
    return [node.content for node in window(build(read(log)))]


class TestClaudeCode:
    def test_a_file_of_a_side_chain_alone_has_a_window(self):
        """A sub-agent's own file is shown, though every row of it is a side chain."""
        log = lines(
            row("a", None, "user", "task", isSidechain=True, agentId="x"),
            row("b", "a", "assistant", "answer", isSidechain=True, agentId="x"),
        )
        assert contents(log) == ["task", "answer"]

    def test_a_row_without_an_id_is_read_behind_the_row_before_it(self):
        """It gets an id of its own."""
        nameless = {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "second"}}
        log = lines(row("a", None, "user", "first"), nameless, row("b", "a", "user", "branch"))
        assert [message.parts[0].content for message in read(log).messages] == ["first", "second", "branch"]

    def test_rows_behind_a_missing_one_stay_in_the_window(self):
        """Where a row was lost, what follows it follows the row before it, and is noted."""
        log = lines(row("a", None, "user", "t"), row("c", "GONE", "user", "next"), row("d", "c", "assistant", "answer"))
        assert contents(log) == ["t", "next", "answer"]
        assert "follows row GONE, which is missing" in read(log).problems[0].message

    def test_rows_that_wait_for_each_other_are_read(self):
        """A row that is its own parent, and a circle of two, are taken in the order of the file."""
        log = lines(
            row("a", None, "user", "t"),
            row("c", "c", "user", "self"),
            row("x", "y", "user", "one"),
            row("y", "x", "user", "two"),
        )
        assert contents(log) == ["t", "self", "one", "two"]

    def test_a_result_that_came_before_its_call_waits_for_it(self):
        """At the end of a growing file it is noted; once the call is there, both stand in their places."""
        start = [row("a", None, "user", "t"), row("r", "b", "user", [got("1")])]
        assert "waits for row b" in read(lines(*start)).problems[0].message
        assert contents(lines(*start, row("b", "a", "assistant", [use("1")]))) == ["t", "{}", "r"]

    def test_a_call_that_was_written_twice_is_read_once(self):
        """Two rows of one message with the same call are one call with one result."""
        again = {
            **row("b", "a", "assistant", [use("1")]),
            "message": row("a", None, "assistant", [use("1")])["message"],
        }
        log = lines(
            row("u", None, "user", "t"),
            row("a", "u", "assistant", [use("1")]),
            again,
            row("r", "b", "user", [got("1")]),
        )
        messages = render(build(read(log)), "anthropic")
        check_anthropic(messages)
        assert len(messages) == 3

    @pytest.mark.parametrize("content", [[{"type": "text", "text": "first"}, got("1")], [got("1", {"a": 1})]])
    def test_results_are_written_as_the_provider_takes_them(self, content):
        """Results stand first, and hold text or blocks."""
        log = lines(row("u", None, "user", "t"), row("a", "u", "assistant", [use("1")]), row("r", "a", "user", content))
        check_anthropic(render(build(read(log)), "anthropic"))

    def test_a_calls_own_fields_stay_with_its_provider(self):
        """A field that only the log knows is sent to nobody."""
        log = lines(
            row("u", None, "user", "t"), row("a", "u", "assistant", [{**use("1"), "caller": {"type": "direct"}}])
        )
        assert "caller" not in json.dumps(render(build(read(log))))
        assert "caller" not in json.dumps(render(build(read(log)), "anthropic"))


class TestCodex:
    def test_a_history_that_starts_with_nothing_to_show_still_replaces_all(self):
        """The window begins at the first item that is shown."""
        hidden = {"type": "reasoning", "summary": [], "encrypted_content": "z"}
        history = {"message": "", "replacement_history": [hidden, said("user", "task")["payload"]]}
        log = lines(said("user", "task"), said("assistant", "old"), {"type": "compacted", "payload": history})
        assert contents(log) == ["task"]

    @pytest.mark.parametrize("arguments", ["not json", "", "[]", "null"])
    def test_arguments_become_an_object(self, arguments):
        """What the model wrote is kept inside one."""
        call = item(type="function_call", call_id="1", name="f", arguments=arguments)
        messages = render(
            build(read(lines(said("user", "t"), call, item(type="function_call_output", call_id="1", output="o"))))
        )
        check_openai(messages)
        check_openai_arguments(messages)

    def test_calls_without_ids_get_some_and_keep_their_results(self):
        """Results without an id belong to the calls without one, in order."""
        rows = [said("user", "t")]
        rows += [item(type="function_call", name="f", arguments="{}") for _ in range(2)]
        rows += [item(type="function_call_output", output=text) for text in ("one", "two")]
        messages = render(build(read(lines(*rows))))
        check_openai(messages)
        assert [message["content"] for message in messages[2:]] == ["one", "two"]

    def test_outputs_of_any_type_are_kept(self):
        """A list of words is not a list of parts."""
        call = item(type="function_call", call_id="1", name="f", arguments="{}")
        assert (
            contents(lines(call, item(type="function_call_output", call_id="1", output=["a", "b"])))[-1] == '["a","b"]'
        )

    def test_a_local_shell_call_is_a_call(self):
        """Its action is its argument."""
        call = item(type="local_shell_call", call_id="1", action={"command": ["ls"]})
        graph = build(read(lines(said("user", "t"), call)))
        assert next(graph.nodes(NodeType.TOOL_CALL)).content == '{"command":["ls"]}'


class TestAcrossProviders:
    def test_a_custom_call_becomes_a_tools_use(self):
        """Free text becomes an argument where only objects are taken, and comes back as it was for its own provider."""
        call = {"id": "1", "type": "custom", "custom": {"name": "patch", "input": "free text"}}
        messages = [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "r"},
        ]
        graph = build(read(messages))
        assert render(graph) == messages
        check_anthropic(render(graph, "anthropic"))
        assert render(graph, "anthropic")[1]["content"][0]["input"] == {"input": "free text"}

    def test_parts_that_a_provider_does_not_know_are_told_as_text(self):
        """A server's own tools are another provider's words; hidden thinking is nothing to it."""
        search = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "x"}}
        found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
        hidden = {"type": "redacted_thinking", "data": "xyz"}
        messages = [
            USER,
            {"role": "assistant", "content": [hidden, search, found, use("1")]},
            {"role": "user", "content": [got("1")]},
        ]
        graph = build(read(messages))
        assert list(render(graph, "anthropic")) == messages
        check_openai(render(graph))
        shown = json.dumps(render(graph))
        assert "web_search" in shown
        assert "xyz" not in shown

    def test_call_ids_that_are_used_again_are_told_apart(self):
        """A provider that asks for unique ids gets them, on calls and results alike."""
        call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        turn = [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "r"},
        ]
        graph = build(read([USER, *turn, *turn, *turn]))
        check_anthropic(render(graph, "anthropic"))
        assert render(graph) == [USER, *turn, *turn, *turn]

    def test_fields_beside_the_content_are_counted(self):
        """Reasoning in a field of its own costs what it costs."""
        message = {"role": "assistant", "content": "ok", "reasoning_content": "because of it " * 100}
        graph = build(read([USER, message]))
        assert render(graph) == [USER, message]
        assert window(graph).tokens > 300

    def test_arguments_that_are_objects_come_back_as_objects(self):
        """Some servers write them so; the call is a call all the same."""
        call = {"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}
        messages = [
            USER,
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": "r"},
        ]
        graph = build(read(messages))
        assert render(graph) == messages
        check_anthropic(render(graph, "anthropic"))


@pytest.mark.parametrize(
    "log",
    [
        lines(row("a", None, "user", "t"), {**row("b", "a", "user", "x"), "type": ["user"]}),
        lines(row("a", None, "user", "t"), {**row("b", "a", "user", "x"), "timestamp": 10**400}),
        lines(
            row("a", None, "user", "t"),
            {**row("b", "a", "user", "x"), "type": "attachment", "attachment": {"type": {}}},
        ),
        lines(said("user", "t"), item(type=["message"])),
        lines(said("user", "t"), item(type="reasoning", summary=5)),
        lines(said("user", "t"), item(type="function_call", call_id=7, name="f", arguments=None)),
        json.dumps([USER, {"role": "assistant", "content": [{"type": ["text"]}]}]),
        json.dumps([USER, {"role": "assistant", "content": [{**use("1"), "id": 7}]}]),
        json.dumps(
            [
                USER,
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"id": 5, "function": {"name": "f", "arguments": "{}"}}],
                },
            ]
        ),
    ],
)
def test_values_of_other_types_are_read_or_told(log):
    """A field of another type than the format says is kept as it is or named with its line; nothing else comes out."""
    with contextlib.suppress(TranscriptError):
        graph = build(read(log))
        assert render(graph)
        assert render(graph, "anthropic")
    assert len(build(read(log, on_error="skip"))) >= 1


def test_a_source_of_another_type_is_told():
    """Nothing is not a transcript."""
    with pytest.raises(TypeError, match="got NoneType; expected a path"):
        read(None)
