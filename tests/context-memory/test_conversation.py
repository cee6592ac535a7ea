"""Conversation memory: what was said comes back, each scope for itself, compressed, cleared and deleted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from context_core import MemoryStore, NodeType, SessionExpiredError, TranscriptError, expand, replace
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_core.testing.examples import LONE_SURROGATE, example_messages, pointer, summary
from context_memory import ConversationMemory
from context_memory.conversation_ids import conversation_in, session_id_of

HI = {"role": "user", "content": "hi"}
HO = {"role": "assistant", "content": "ho"}


@pytest.fixture
def memory(store):
    return ConversationMemory(store)


def call(name, text="{}"):
    function = {"name": "read", "arguments": text}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": name, "type": "function", "function": function}],
    }


def result(name, text="done"):
    return {"role": "tool", "tool_call_id": name, "content": text}


def compress(memory, plan):
    """Put a pointer or a summary into anna's trip, as the example's step has it."""
    graph = memory.graph("anna", "trip")
    memory.store.commit(memory.session_id("anna", "trip"), replace(graph, plan(graph), memory.store))


# ── adding and reading ───────────────────────────────────────────────────────────────────────────────────────────────


def test_messages_come_back(memory):
    """Messages come back as they were added, one by one or several at once, odd characters and images included."""
    said = example_messages()
    memory.add("anna", "trip", said[0])
    memory.add("anna", "trip", said[1:])
    assert memory.messages("anna", "trip") == said
    assert memory.messages_only("anna", "trip") == said
    assert memory.count("anna", "trip") == len(said)


def test_two_equal_messages_are_two(memory):
    """What is said twice stands there twice."""
    for _ in range(3):
        memory.add("anna", "trip", HI)
    assert memory.messages("anna", "trip") == [HI, HI, HI]


def test_adding_returns_nodes(memory):
    """Adding returns the nodes of the new messages, as they stand in the graph."""
    memory.add("anna", "trip", HI)
    nodes = memory.add("anna", "trip", [HO, call("1"), result("1")])
    assert [node.type for node in nodes] == [NodeType.MESSAGE, NodeType.TOOL_CALL, NodeType.TOOL_RESULT]
    assert [memory.graph("anna", "trip").node(node.id) for node in nodes] == nodes


def test_a_conversation_that_is_not_there(memory):
    """A conversation nobody has written to is empty, is not listed, and asking makes none."""
    assert memory.messages("anna", "trip") == memory.messages_only("anna", "trip") == []
    assert memory.count("anna", "trip") == 0
    assert len(memory.graph("anna", "trip")) == len(memory.manifest("anna", "trip")) == 0
    assert (memory.clear("anna", "trip"), memory.delete("anna", "trip"), memory.delete("anna")) == (False, [], [])
    assert memory.conversations("anna") == memory.store.sessions() == []


def test_a_damaged_message(memory):
    """Where one message of several is damaged, nothing is added, and the next one is."""
    memory.add("anna", "trip", HI)
    for wrong in ([HO, {"content": "by nobody"}], ["a text"], []):
        with pytest.raises(TranscriptError):
            memory.add("anna", "trip", wrong)
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HI, HO]


def test_an_sdk_reply(memory):
    """An object of a provider's SDK is added as what is sent back of it."""

    class Reply:
        def model_dump(self, **how):
            return {"id": "msg_1", "role": "assistant", "content": "ho", "usage": {"output_tokens": 1}}

    memory.add("anna", "trip", [HI, Reply()])
    assert memory.messages("anna", "trip") == [HI, HO]


@settings(max_examples=40)
@given(openai_conversations())
def test_any_openai_conversation(messages):
    """Any Chat Completions conversation comes back as it was said, added one message at a time."""
    memory = ConversationMemory(MemoryStore())
    for message in messages:
        memory.add("anna", "trip", message, format="openai-chat")
    assert memory.messages_only("anna", "trip") == memory.messages("anna", "trip") == messages
    assert memory.count("anna", "trip") == len(messages)


@settings(max_examples=40)
@given(anthropic_conversations())
def test_any_anthropic_conversation(messages):
    """Any conversation in Anthropic's form comes back as it was said, added one message at a time."""
    memory = ConversationMemory(MemoryStore())
    for message in messages:
        memory.add("anna", "trip", message, format="anthropic-messages")
    assert memory.messages_only("anna", "trip", to="anthropic") == messages
    assert memory.messages("anna", "trip", to="anthropic") == messages


def test_the_system_prompt_in_anthropics_form(memory):
    """In Anthropic's form the system prompt stands beside the messages, however many of them are asked for."""
    memory.add("anna", "trip", [{"role": "system", "content": "be brief"}, HI, HO])
    last = memory.messages("anna", "trip", 1, to="anthropic")
    assert (last, last.system) == ([HO], "be brief")


def test_a_late_result(memory):
    """A result that comes after other words stands behind its call, in both readings."""
    memory.add("anna", "trip", [HI, call("1"), call("2"), HO, result("1")])
    assert memory.messages_only("anna", "trip") == [HI, call("1"), result("1"), call("2"), HO]
    assert memory.count("anna", "trip") == 5


def test_a_missing_result(memory):
    """A prompt tells of a result that never came; among what was said it is not."""
    memory.add("anna", "trip", [call("1"), HI])
    assert [message["role"] for message in memory.messages("anna", "trip")] == ["assistant", "tool", "user"]
    assert memory.messages_only("anna", "trip") == [call("1"), HI]


# ── the last messages ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_limit(memory):
    """A limit gives the last messages, all where there are fewer, and none for 0."""
    memory.add("anna", "trip", [HI, HO, HI])
    for method in (memory.messages, memory.messages_only):
        assert method("anna", "trip", 2) == [HO, HI]
        assert method("anna", "trip", 9) == [HI, HO, HI]
        assert method("anna", "trip", 0) == []
        with pytest.raises(ValueError, match="limit=-1"):
            method("anna", "trip", -1)


def test_a_limit_between_call_and_result(memory):
    """A result whose call is past the limit is left out, too."""
    memory.add("anna", "trip", [HI, call("1"), result("1"), HO])
    assert memory.messages("anna", "trip", 3) == [call("1"), result("1"), HO]
    assert memory.messages("anna", "trip", 2) == [HO]


def test_a_limit_between_parallel_calls_and_results(memory):
    """In Anthropic's form, too, no result comes without its call."""
    uses = [{"type": "tool_use", "id": name, "name": "read", "input": {}} for name in ("1", "2")]
    results = [{"type": "tool_result", "tool_use_id": name, "content": "done"} for name in ("1", "2")]
    said = [HI, {"role": "assistant", "content": uses}, {"role": "user", "content": results}, HO]
    memory.add("anna", "trip", said)
    assert memory.messages("anna", "trip", 3, to="anthropic") == said[1:]
    assert memory.messages("anna", "trip", 2, to="anthropic") == [HO]


# ── scopes and names ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes_are_apart(memory):
    """Conversations of one name in two scopes share nothing, and each scope lists its own alone."""
    memory.add("anna", "trip", HI)
    memory.add("bert", "trip", HO)
    memory.add("bert", "work", HO)
    assert memory.messages("anna", "trip") == [HI]
    assert (memory.conversations("anna"), memory.conversations("bert")) == (["trip"], ["trip", "work"])
    assert memory.delete("bert") == ["trip", "work"]
    assert memory.conversations("bert") == []
    assert memory.messages("anna", "trip") == [HI]


def test_other_sessions_of_the_store(memory):
    """Sessions that are no conversations are neither listed nor deleted."""
    memory.store.append("conversation", [], [])
    memory.store.append("anna:trip", [], [])
    memory.add("anna", "trip", HI)
    assert memory.delete("anna") == ["trip"]
    assert memory.store.sessions() == ["conversation", "anna:trip"]


ODD = st.sampled_from([":", "%", "/", "\x00", "\ud83d", "\ude00", "\U0001f600"])
NAMES = st.text(st.characters() | ODD, max_size=6)


@given(NAMES, NAMES, NAMES, NAMES)
def test_session_ids_never_collide(scope, conversation, other_scope, other):
    """Session ids are equal for equal scopes and conversations alone, and lead back to the conversation."""
    one, two = session_id_of(scope, conversation), session_id_of(other_scope, other)
    assert (one == two) == ((scope, conversation) == (other_scope, other))
    assert conversation_in(one, scope) == conversation
    assert (conversation_in(one, other_scope) is None) == (scope != other_scope)


def test_odd_pairs_of_names():
    """What divides scope and conversation may stand in both, and halves of a character are not the character."""
    pairs = [("a:", "b"), ("a", ":b"), ("a%3A", "b"), ("", "a::b"), ("a::b", ""), ("", ""), ("A", "b"), ("a", "B")]
    pairs += [("\ud83d\ude00", "b"), ("\U0001f600", "b"), ("\ud83d", "\ude00b"), ("a", "b\x00"), ("a", "b")]
    assert len({session_id_of(*pair) for pair in pairs}) == len(pairs)


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_clearing(memory):
    """A cleared conversation is empty and listed; nothing of it is left in the store, and it goes on."""
    memory.add("anna", "trip", example_messages())
    compress(memory, pointer)
    names = memory.manifest("anna", "trip").content_ids()
    assert memory.clear("anna", "trip") is True
    assert memory.messages("anna", "trip") == memory.messages_only("anna", "trip") == []
    assert len(memory.manifest("anna", "trip")) == 0
    assert not any(memory.store.has(name) for name in names)
    assert memory.conversations("anna") == ["trip"]
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


def test_deleting(memory):
    """A deleted conversation is not listed any more, and may begin anew."""
    memory.add("anna", "trip", HI)
    memory.add("anna", "work", HI)
    assert memory.delete("anna", "trip") == ["trip"]
    assert memory.conversations("anna") == ["work"]
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


def test_an_expired_conversation(memory):
    """Reading what retention has dropped is an error that says so; adding begins anew."""
    memory.add("anna", "trip", HI)
    memory.store.expire(memory.session_id("anna", "trip"))
    for method in (memory.messages, memory.messages_only, memory.count, memory.graph, memory.manifest):
        with pytest.raises(SessionExpiredError):
            method("anna", "trip")
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


# ── compression ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pointers_and_summaries(memory):
    """Messages show the pointer, then the summary over it; what was said, and its count, stay whole."""
    said = example_messages()
    memory.add("anna", "trip", said)
    compress(memory, pointer)
    [reference] = memory.manifest("anna", "trip").references
    shown = memory.messages("anna", "trip")
    assert (shown[:3], shown[4:]) == (said[:3], said[4:])
    assert shown[3]["content"].endswith(f"[cut; expand {reference}]")
    assert expand(memory.manifest("anna", "trip"), memory.store, reference) == said[3]["content"]
    compress(memory, summary)
    assert f"It read a file {LONE_SURROGATE}" in [message["content"] for message in memory.messages("anna", "trip")]
    assert memory.messages_only("anna", "trip") == said
    assert memory.messages_only("anna", "trip", 3) == said[-3:]
    assert memory.count("anna", "trip") == len(said)


def test_a_graph_is_the_callers_own(memory):
    """Changing the graph that was given changes neither the store nor what is said next."""
    memory.add("anna", "trip", HI)
    memory.graph("anna", "trip").add_message("user", "not said")
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HI, HO]
