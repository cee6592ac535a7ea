"""Messages of other libraries, live and as the libraries themselves write them."""

import json

import pytest

from context_core import read

TOLD = [("system", "be brief"), ("user", "hi"), ("assistant", "I look"), ("tool", "a.py"), ("assistant", "done")]


def told(transcript):
    return [(m.role, m.parts[0].content) for m in transcript.messages]


class TestLangChain:
    @pytest.fixture
    def messages(self):
        """Return a conversation of live messages, or skip."""
        core = pytest.importorskip("langchain_core.messages", reason="needs langchain-core")
        call = {"name": "ls", "args": {"path": "."}, "id": "c1"}
        return [
            core.SystemMessage("be brief"),
            core.HumanMessage("hi"),
            core.AIMessage("I look", tool_calls=[call], response_metadata={"model_name": "gpt-x"}),
            core.ToolMessage("a.py", tool_call_id="c1", name="ls"),
            core.AIMessage([{"type": "text", "text": "done"}]),
        ]

    def test_every_form_of_its_messages_is_read(self, messages):
        """Live, as dictionaries, as constructors, and in a state."""
        load = pytest.importorskip("langchain_core.load", reason="needs langchain-core")
        written = pytest.importorskip("langchain_core.messages").messages_to_dict(messages)
        dumped = [load.dumpd(message) for message in messages]
        for form in (messages, written, json.dumps(written), dumped, {"messages": messages}, {"messages": dumped}):
            transcript = read(form)
            assert (transcript.format, transcript.model, told(transcript)) == ("langchain", "gpt-x", TOLD)
            assert transcript.messages[2].parts[1].call_id == transcript.messages[3].parts[0].call_id == "c1"


class TestPydanticAI:
    def test_every_form_of_its_messages_is_read(self):
        """Live, and as its adapter writes them."""
        ai = pytest.importorskip("pydantic_ai.messages", reason="needs pydantic-ai-slim")
        history = [
            ai.ModelRequest(parts=[ai.SystemPromptPart("be brief"), ai.UserPromptPart("hi")]),
            ai.ModelResponse(
                parts=[ai.TextPart("I look"), ai.ToolCallPart("ls", {"path": "."}, "c1")], model_name="gpt-x"
            ),
            ai.ModelRequest(parts=[ai.ToolReturnPart("ls", "a.py", "c1")]),
            ai.ModelResponse(parts=[ai.TextPart("done")]),
        ]
        for form in (history, ai.ModelMessagesTypeAdapter.dump_json(history)):
            transcript = read(form)
            assert (transcript.format, transcript.model, told(transcript)) == ("pydantic-ai", "gpt-x", TOLD)

    def test_instructions_are_read_where_they_change(self):
        """They come again with each request."""

        def request(text, instructions):
            return {
                "kind": "request",
                "instructions": instructions,
                "parts": [{"part_kind": "user-prompt", "content": text}],
            }

        rows = [request("one", "a"), request("two", "a"), request("three", "b")]
        assert told(read(rows)) == [
            ("system", "a"),
            ("user", "one"),
            ("user", "two"),
            ("system", "b"),
            ("user", "three"),
        ]

    def test_a_part_of_an_unknown_kind_is_kept(self):
        """As its text, or whole."""
        rows = [{"kind": "response", "parts": [{"part_kind": "new", "content": "x"}, {"part_kind": "newer", "n": 1}]}]
        assert [p.content for p in read(rows).messages[0].parts] == ["x", '{"part_kind":"newer","n":1}']


class TestAutoGen:
    CONTEXT = [
        {"type": "SystemMessage", "content": "be brief"},
        {"type": "UserMessage", "content": "hi", "source": "user"},
        {"type": "AssistantMessage", "source": "a", "thought": "hm",
         "content": [{"id": "c1", "name": "ls", "arguments": "{}"}]},
        {"type": "FunctionExecutionResultMessage", "content": [{"call_id": "c1", "name": "ls", "content": "a.py"}]},
        {"type": "AssistantMessage", "content": "done", "source": "a"},
    ]  # fmt: skip

    def test_live_messages_are_read(self):
        """As the library's classes give them."""
        chat = pytest.importorskip("autogen_agentchat.messages", reason="needs autogen-agentchat")
        messages = [chat.TextMessage(content="hi", source="user"), chat.TextMessage(content="ho", source="agent")]
        assert told(read(messages)) == [("user", "hi"), ("assistant", "ho")]

    @pytest.mark.parametrize("key", ["llm_context", "llm_messages"])
    def test_an_agents_saved_state_is_its_context(self, key):
        """Whichever version saved it."""
        state = {
            "type": "AssistantAgentState",
            key: {"messages": self.CONTEXT} if key == "llm_context" else self.CONTEXT,
        }
        transcript = read(state)
        assert [m.role for m in transcript.messages] == ["system", "user", "assistant", "tool", "assistant"]
        assert [part.kind for part in transcript.messages[2].parts] == ["thinking", "text"]

    def test_a_teams_saved_state_is_its_thread_and_each_agents_context(self):
        """The contexts are side chains named after the agents."""
        thread = [
            {"type": "TextMessage", "source": "user", "content": "hi"},
            {"type": "TextMessage", "source": "a", "content": "done"},
        ]
        state = {"type": "TeamState", "agent_states": {
            "a/1": {"type": "ChatAgentContainerState", "agent_state": {"llm_context": {"messages": self.CONTEXT}}},
            "RoundRobinGroupChatManager/1": {"type": "RoundRobinManagerState", "message_thread": thread},
        }}  # fmt: skip
        messages = read(state).messages
        assert [(m.thread, m.role) for m in messages[:3]] == [(None, "user"), (None, "assistant"), ("a", "system")]
        assert messages[2].parent is None
        assert len(messages) == 7

    def test_recorded_calls_that_go_on_are_one_conversation(self):
        """Each has the whole context before it."""

        def call(messages, content):
            return {
                "mode": "create",
                "messages": messages,
                "response": {"content": content, "usage": {"prompt_tokens": 1}},
            }

        answer = {"type": "AssistantMessage", "content": "ho", "source": "a"}
        again = {"type": "UserMessage", "content": "again", "source": "user"}
        rows = [call(self.CONTEXT[:2], "ho"), call([*self.CONTEXT[:2], answer, again], "ho again")]
        assert [text for _, text in told(read(rows))] == ["be brief", "hi", "ho", "again", "ho again"]
