"""Laws of reading, building and rendering, on generated conversations."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import ContextGraph, append, build, close, extend, graph_bytes, read, read_next, render, window
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_core.testing.item_conversations import item_conversations
from context_core.testing.providers import check_anthropic, check_openai


@given(openai_conversations())
def test_openai_round_trip(messages):
    """What was read as Chat Completions is rendered as the same JSON, unknown fields included."""
    check_openai(messages)
    rendered = render(window(build(read(messages))))
    assert json.loads(json.dumps(rendered)) == json.loads(json.dumps(messages))


@given(anthropic_conversations())
def test_anthropic_round_trip(messages):
    """What was read as Messages is rendered as the same JSON, signatures and cache marks included."""
    check_anthropic(messages)
    transcript = read(messages, format="anthropic-messages")
    assert list(render(window(build(transcript)), "anthropic")) == messages


@given(openai_conversations())
def test_openai_renders_validly_for_anthropic(messages):
    """Another provider's messages are valid for Anthropic once no call is open."""
    graph = build(read(messages))
    check_anthropic(render(close(window(graph), graph), "anthropic"), alternate=False)


@given(anthropic_conversations())
def test_anthropic_renders_validly_for_openai(messages):
    """Another provider's messages are valid for OpenAI."""
    check_openai(render(build(read(messages, format="anthropic-messages"))))


@pytest.mark.parametrize(
    ("conversations", "format"),
    [
        (openai_conversations(), "auto"),
        (anthropic_conversations(), "auto"),
        (item_conversations(), "openai-responses"),
    ],
    ids=["chat", "messages", "items"],
)
def test_appending_equals_reading_anew(conversations, format):
    """A graph that grew in two steps has the nodes, ids and edges of one built at once."""

    @given(conversations, st.data())
    def check(messages, data):
        cut = data.draw(st.integers(1, len(messages)))
        grown = build(read(messages[:cut], format=format), session_id="s")
        extend(grown, read(messages, format=format))
        assert graph_bytes(grown) == graph_bytes(build(read(messages, format=format), session_id="s"))

    check()


@given(openai_conversations())
def test_piece_by_piece_equals_reading_anew(messages):
    """Messages that are read one at a time give the graph of the whole array."""
    assert graph_bytes(_pieces(messages, "openai-chat")) == graph_bytes(build(read(messages), session_id="s"))


@given(anthropic_conversations())
def test_a_message_alone_need_not_tell_its_form(messages):
    """One that all forms write alike is the same in all of them, so the pieces render as the whole."""
    assert list(render(_pieces(messages, "auto"), "anthropic")) == messages


def _pieces(messages, format):
    graph = ContextGraph("s")
    for message in messages:
        append(graph, read_next([message], graph.leaf and graph.leaf.rpartition("/")[0], format=format))
    return graph


@given(openai_conversations())
def test_tokens_are_kept_as_nodes_come(messages):
    """The total is the sum over the nodes, and a window of a straight conversation costs all of it."""
    graph = build(read(messages))
    assert graph.total_tokens == sum(node.tokens for node in graph.nodes())
    assert window(graph).tokens == graph.total_tokens


@given(openai_conversations())
def test_rendered_strings_cost_no_more_than_the_window_says(messages):
    """Counting the strings of the rendered messages gives at most the window's tokens."""
    graph = build(read(messages))
    strings = list(_strings(render(graph)))
    assert sum(graph.counter.count_many(strings)) <= window(graph).tokens


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        known = (item for key, item in value.items() if key in _COUNTED)
        for item in known:
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


_COUNTED = {"content", "text", "tool_calls", "function", "name", "arguments", "id", "tool_call_id"}


@pytest.mark.parametrize(
    ("conversations", "format"),
    [
        (openai_conversations(), "openai-chat"),
        (anthropic_conversations(), "anthropic-messages"),
        (item_conversations(), "openai-responses"),
    ],
    ids=["chat", "messages", "items"],
)
def test_items_cost_no_more_than_the_window_says(conversations, format):
    """Counting the strings of the rendered items gives at most the window's tokens, whatever they were read from."""

    @given(conversations)
    def check(messages):
        graph = build(read(messages, format=format))
        strings = list(_texts_of(list(render(graph, "openai-responses"))))
        assert sum(graph.counter.count_many(strings)) <= window(graph).tokens

    check()


def _texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key in _ITEM_TEXTS & set(value):
            yield from _texts_of(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from _texts_of(item)


_ITEM_TEXTS = {"content", "text", "refusal", "summary", "name", "arguments", "input", "call_id", "output"}
