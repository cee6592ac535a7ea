"""Compressed windows, in every form that there is a renderer for."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from context_compression import CompressionPipeline
from context_core import BudgetExceededError, ContextGraph, build, close, read, render, restore, window
from context_core.renderers import OBJECTS, TEXTS
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_core.testing.item_conversations import item_conversations
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments, check_responses

LIBRARIES = {"langchain": "langchain_core", "pydantic-ai": "pydantic_ai"}
GRAPHS = st.one_of(
    openai_conversations().map(lambda messages: build(read(messages), session_id="s")),
    anthropic_conversations().map(lambda messages: build(read(messages, format="anthropic-messages"), session_id="s")),
    item_conversations().map(lambda items: build(read(items, format="openai-responses"), session_id="s")),
)
SHELL = [
    {"role": "user", "content": "look"},
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"},
    {"type": "local_shell_call", "id": "ls_1", "call_id": "c1", "action": {"type": "exec", "command": ["ls"]}},
    {"type": "local_shell_call_output", "call_id": "c1", "output": "a.py\n" * 2_000},
    {"type": "reasoning", "id": "rs_2", "summary": [{"type": "summary_text", "text": "so " * 2_000}]},
    {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "read", "arguments": '{"path":"a.py"}'},
    {"type": "function_call_output", "call_id": "c2", "output": "x = 1\n" * 2_000},
    {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]},
    {"role": "user", "content": "and now?"},
]


def compress(graph, share):
    target = max(1, int(window(graph).tokens * share))
    try:
        return CompressionPipeline().compress(graph, target_tokens=target)
    except BudgetExceededError:
        assume(False)


@given(GRAPHS, st.floats(0.02, 0.95))
def test_every_provider_takes_a_compressed_window(graph, share):
    """Whatever form it was read in; arguments that were objects stay objects."""
    compress(graph, share)
    check_openai(render(graph))
    check_responses(render(graph, "openai-responses"))
    check_anthropic(render(close(window(graph), graph), "anthropic"), alternate=False)
    if window(graph).nodes[0].metadata.get("format") != "openai-responses":
        check_openai_arguments(render(graph))


@given(GRAPHS, st.floats(0.02, 0.95))
def test_what_stands_in_for_others_is_told(graph, share):
    """Summaries and previews are in every text."""
    compress(graph, share)
    shown = [node for node in window(graph) if node.elided]
    for to in TEXTS:
        text = render(graph, to)
        assert all(node.elided in text for node in shown)


@pytest.mark.parametrize("to", sorted(OBJECTS))
def test_libraries_take_a_compressed_window(to):
    """Read back, the objects have the words of every part that is shown."""
    pytest.importorskip(LIBRARIES[to], reason=f"needs the extra {to}")
    graph = build(read(SHELL), session_id="s")
    compress(graph, 0.1)
    back = "\n".join(node.content for node in build(read(render(graph, to))).nodes())
    assert [node.content for node in window(graph) if node.kind == "text" and node.content not in back] == []


def test_an_item_that_is_compressed_keeps_what_still_holds():
    """A shell's call becomes a function's with a text for its result; what followed lost reasoning loses its id."""
    graph = build(read(SHELL), session_id="s")
    result = compress(graph, 0.3)
    items = render(graph, "openai-responses")
    check_responses(items)
    by_call = {item["call_id"]: item for item in items if item.get("type") == "function_call"}
    assert (by_call["c1"]["name"], by_call["c1"]["arguments"]) == ("local_shell", '{"type":"exec","command":["ls"]}')
    assert "id" not in by_call["c2"]
    assert items[1] == SHELL[1]
    restore(graph, result.manifest, result.store)
    assert list(render(graph, "openai-responses")) == SHELL


def test_a_summary_is_a_users_text():
    """In each provider's form, where the turns stood that it covers."""
    graph = ContextGraph("s")
    graph.add_message("user", "start")
    for number in range(12):
        graph.add_message("assistant", f"step {number}")
        call = graph.add_tool_call("read", {"page": number})
        graph.add_tool_result(call.id, "words " * 200)
    graph.add_message("user", "go on")
    compress(graph, 0.1)
    summaries = [node for node in window(graph) if node.type.value == "summary"]
    assert summaries
    for summary in summaries:
        for to in ("openai", "anthropic", "openai-responses"):
            told = [message for message in render(graph, to) if summary.elided in str(message)]
            assert [message["role"] for message in told] == ["user"]
        assert f"<summary>\n{summary.content[:20]}" in render(graph, "xml")
    assert render(graph, "markdown").count("## Summary") == len(summaries)
