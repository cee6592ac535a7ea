"""Provider rules, whatever a window was read from: names, ids, images and files, system prompts, cache breakpoints."""

import json
import re

import pytest
from hypothesis import given

from context_core import ContextGraph, RenderError, build, close, extend, read, render, window
from context_core.renderers import ALIASES, MESSAGES, RENDERERS, TEXTS
from context_core.testing.conversations import PIXEL, anthropic_conversations
from context_core.testing.providers import check_anthropic, check_openai, check_responses

USER = {"role": "user", "content": "hi"}
DONE = {"role": "assistant", "content": "done"}
CHECKS = {"openai": check_openai, "anthropic": check_anthropic, "openai-responses": check_responses}
EVERY = pytest.mark.parametrize("to", sorted(CHECKS))
URL = "https://example.org/a.png"
DATA_URL = f"data:image/png;base64,{PIXEL}"
PDF = "JVBERi0xLjQ="
MARK = {"cache_control": {"type": "ephemeral"}}
IMAGES = {
    "openai": {"type": "image_url", "image_url": {"url": DATA_URL, "detail": "low"}},
    "anthropic": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    "openai-responses": {"type": "input_image", "image_url": DATA_URL, "detail": "low"},
}
FILES = {
    "openai": {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}},
    "anthropic": {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
        "title": "a.pdf",
    },
    "openai-responses": {
        "type": "input_file",
        "filename": "a.pdf",
        "file_data": f"data:application/pdf;base64,{PDF}",
    },
}
FORMATS = {"openai": "openai-chat", "anthropic": "anthropic-messages", "openai-responses": "openai-responses"}


def call(call_id, name="ls", arguments="{}"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calling(*calls):
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def result(call_id, content="a.py"):
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def valid(graph, to):
    """Render, and check by the provider's rules."""
    messages = render(close(window(graph), graph), to)
    CHECKS[to](messages)
    return messages


def foreign(*turns):
    """Build a graph by hand, whose calls are of no provider's form."""
    graph = ContextGraph("s")
    for name, call_id in turns:
        graph.add_tool_result(graph.add_tool_call(name, {}, call_id=call_id).id, call_id)
    return graph


def ids_in(value):
    """Yield the ids of calls, and those that results name."""
    if isinstance(value, list):
        for item in value:
            yield from ids_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("id", "call_id", "tool_call_id", "tool_use_id"):
                yield item
            else:
                yield from ids_in(item)


class TestNames:
    def test_a_form_goes_by_its_readers_name_too(self):
        """So what was read can be written under the same word."""
        graph = build(read([USER]))
        for alias, name in ALIASES.items():
            assert render(graph, alias) == render(graph, name)
        assert set(FORMATS.values()) <= {*ALIASES, *RENDERERS}

    def test_an_unknown_one_is_told(self):
        """With those there are."""
        with pytest.raises(RenderError, match="got to='gemini'; expected one of anthropic, openai, .*xml"):
            render(ContextGraph("s"), "gemini")

    def test_a_function_renders_what_it_likes(self):
        """It is given the window, and its answer comes back as it is."""
        graph = build(read([USER]))
        assert render(graph, len) == 1
        assert render(window(graph), lambda shown: {node.role for node in shown}) == {"user"}

    @pytest.mark.parametrize("to", [*MESSAGES, *TEXTS])
    def test_an_empty_window_is_rendered(self, to):
        """As nothing, or as the title alone."""
        assert render(ContextGraph("s"), to) in ([], "", "# Session s\n")

    def test_what_stands_in_a_request_is_named_as_the_provider_does(self):
        """The system prompt beside the messages, or among them."""
        chat = build(read([{"role": "system", "content": "be brief"}, USER]))
        assert render(chat, "anthropic").body == {"system": "be brief", "messages": [USER]}
        assert list(render(chat).body) == ["messages"]
        body = {"instructions": "be brief", "input": [USER, {"type": "item_reference", "id": "msg_1"}]}
        assert render(build(read(body)), "openai-responses").body == body


class TestCallIds:
    @EVERY
    @pytest.mark.parametrize("call_id", ["call:1.2", "c" * 90, "call_1|fc_2", "ü"])
    def test_an_id_that_services_refuse_is_changed_with_its_result(self, to, call_id):
        """To characters and a length that all take; two that are cut alike stay two."""
        messages = valid(foreign(("ls", call_id), ("ls", f"{call_id}|")), to)
        ids = [found for message in messages for found in ids_in(message)]
        assert len(ids) == 4
        assert len(set(ids)) == 2
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", each) for each in ids)

    @EVERY
    def test_equal_ids_are_told_apart(self, to):
        """Services that number calls anew in each turn are not the only ones."""
        text = json.dumps(valid(foreign(("ls", "c"), ("ls", "c"), ("ls", "c_1"), ("ls", "c")), to))
        assert all(f'"{name}"' in text for name in ("c", "c_1", "c_2"))

    @EVERY
    def test_a_tools_name_keeps_the_characters_that_services_take(self, to):
        """Namespaces are often set off by a dot."""
        assert '"files_ls"' in json.dumps(valid(foreign(("files.ls", "c")), to))

    def test_those_of_the_own_form_stay(self):
        """They were taken before."""
        messages = [USER, calling(call("call:1.2", "files.ls")), result("call:1.2")]
        assert render(build(read(messages))) == messages


class TestMedia:
    @EVERY
    @pytest.mark.parametrize("source", sorted(IMAGES))
    @pytest.mark.parametrize("kinds", [IMAGES, FILES], ids=["image", "file"])
    def test_each_provider_gets_it_in_its_own_shape(self, source, to, kinds):
        """Whichever form it was read in; how closely to look at it is a word of OpenAI's alone."""
        graph = build(read([{"role": "user", "content": [kinds[source]]}], format=FORMATS[source]))
        [message] = valid(graph, to)
        [block] = message["content"]
        expected = dict(kinds[to])
        if source == "anthropic" and to == "openai" and kinds is IMAGES:
            expected = {"type": "image_url", "image_url": {"url": DATA_URL}}
        if source == "anthropic" and to == "openai-responses" and kinds is IMAGES:
            expected["detail"] = "auto"
        assert block == expected

    @EVERY
    def test_an_address_stays_an_address(self, to):
        """Nobody fetches it."""
        image = {"type": "input_image", "image_url": URL}
        graph = build(read([{"role": "user", "content": [image]}]))
        assert URL in json.dumps(valid(graph, to))

    @EVERY
    def test_an_assistants_image_becomes_a_users_before_the_calls(self, to):
        """Results stand right behind them, and the words before the image."""
        parts = [{"type": "text", "text": "made"}, {"type": "image", "mime_type": "image/png", "base64": PIXEL}]
        data = {"content": parts, "tool_calls": [{"name": "ls", "args": {}, "id": "c1"}]}
        messages = [
            {"type": "human", "data": {"content": "draw"}},
            {"type": "ai", "data": data},
            {"type": "tool", "data": {"content": "a.py", "tool_call_id": "c1"}},
        ]
        text = json.dumps(valid(build(read(messages)), to))
        assert text.index("made") < text.index(PIXEL) < text.index('"c1"')

    def test_a_type_that_anthropic_refuses_is_named(self):
        """It takes four."""
        image = {"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,PHN2Zz4="}}
        messages = valid(build(read([{"role": "user", "content": [image]}])), "anthropic")
        assert messages == [{"role": "user", "content": "[image: image/svg+xml, 5 bytes]"}]

    @EVERY
    def test_what_only_another_provider_can_find_is_told(self, to):
        """A file under an id is told as its JSON."""
        block = {"type": "document", "source": {"type": "file", "file_id": "f_1"}}
        graph = build(read([{"role": "user", "content": [block]}], format="anthropic-messages"))
        assert "f_1" in json.dumps(valid(graph, to))


class TestOpening:
    @pytest.mark.parametrize("system", [[], [{"role": "system", "content": "be brief"}]], ids=["alone", "system"])
    def test_an_assistant_that_speaks_first_is_opened_for_anthropic(self, system):
        """Other providers take it as it is."""
        messages = [*system, {"role": "assistant", "content": "How can I help?"}, USER]
        graph = build(read(messages))
        assert [message["role"] for message in valid(graph, "anthropic")] == ["user", "assistant", "user"]
        assert render(graph) == messages
        assert list(valid(graph, "openai-responses")) == messages


class TestResults:
    @EVERY
    def test_parallel_calls_are_answered_in_any_order_and_all_at_once(self, to):
        """What a user says between comes behind."""
        messages = [USER, calling(call("c1"), call("c2")), result("c2", "two"), USER, result("c1", "one")]
        text = json.dumps(valid(build(read(messages)), to))
        assert text.index("two") < text.index("one") < text.rindex("hi")

    def test_a_list_of_blocks_is_one_for_responses(self):
        """Images stand in it, blank texts do not."""
        blocks = [{"type": "text", "text": text} for text in ("see", " ")]
        use = {"type": "tool_use", "id": "c1", "name": "look", "input": {}}
        answer = {"type": "tool_result", "tool_use_id": "c1", "content": [*blocks, IMAGES["anthropic"]]}
        messages = [USER, {"role": "assistant", "content": [use]}, {"role": "user", "content": [answer]}]
        output = valid(build(read(messages)), "openai-responses")[-1]["output"]
        assert output == [{"type": "input_text", "text": "see"}, {**IMAGES["openai-responses"], "detail": "auto"}]


def marks(value):
    """Return the texts and ids of the blocks that carry a breakpoint."""
    if isinstance(value, list):
        return [found for item in value for found in marks(item)]
    if not isinstance(value, dict):
        return []
    own = [value.get("text") or value.get("tool_use_id") or value.get("id")] if "cache_control" in value else []
    return own + marks(value.get("content"))


class TestCacheMarks:
    MESSAGES = [
        {"role": "user", "content": [{"type": "text", "text": "first", **MARK}]},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "ls", "input": {}, **MARK}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "a.py", **MARK}]},
    ]

    def test_each_stays_on_its_block(self):
        """A text's, a call's and a result's, and the system prompt's."""
        system = [{"type": "text", "text": "be brief", **MARK}]
        messages = render(build(read({"system": system, "messages": self.MESSAGES})), "anthropic")
        assert (list(messages), messages.system) == (self.MESSAGES, system)

    def test_what_is_appended_moves_none(self):
        """The prefix that a provider keeps is the same bytes."""
        graph = build(read(self.MESSAGES))
        extend(graph, read([*self.MESSAGES, DONE, USER]))
        assert list(render(graph, "anthropic"))[:3] == self.MESSAGES

    def test_one_stays_where_a_message_was_put_right(self):
        """Here a result that was never recorded."""
        messages = [
            self.MESSAGES[0],
            self.MESSAGES[1],
            {"role": "user", "content": [{"type": "text", "text": "and?", **MARK}]},
        ]
        rendered = valid(build(read(messages)), "anthropic")
        assert marks(list(rendered)) == ["first", "c1", "and?"]

    def test_of_more_than_a_request_may_have_the_last_stay(self):
        """As a loop that marks the end of each request gathers them; the system prompt keeps its own."""
        graph = build(read({"system": [{"type": "text", "text": "s", **MARK}], "messages": self.MESSAGES}))
        last = {"role": "user", "content": [{"type": "text", "text": "last", **MARK}]}
        extend(
            graph, read({"system": [{"type": "text", "text": "s", **MARK}], "messages": [*self.MESSAGES, DONE, last]})
        )
        messages = valid(graph, "anthropic")
        assert marks(messages.system) + marks(list(messages)) == ["s", "c1", "c1", "last"]

    @pytest.mark.parametrize("to", ["openai", "openai-responses", "markdown", "xml"])
    def test_in_other_forms_there_are_none(self, to):
        """Not as a field, nor told as text."""
        document = {"type": "document", "source": {"type": "file", "file_id": "f_1"}, **MARK}
        messages = [*self.MESSAGES, {"role": "user", "content": [{**IMAGES["anthropic"], **MARK}, document]}]
        assert "cache_control" not in json.dumps(render(build(read(messages)), to))

    @given(anthropic_conversations())
    def test_generated_ones_are_left_alone(self, messages):
        """Wherever they stand."""
        rendered = render(build(read(messages, format="anthropic-messages")), "anthropic")
        assert marks(list(rendered)) == marks(messages)
