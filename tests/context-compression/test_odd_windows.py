"""Windows out of the ordinary: calls without results, pinned results, a provider's own tools."""

import json

from context_compression import CompressionPipeline
from context_core import ContextGraph, build, graph_bytes, read, render, restore, window


def test_calls_that_were_never_answered_fold_with_their_notes():
    """A hundred of them and their notes give way to one summary."""
    calls = [{"id": str(n), "type": "function", "function": {"name": "f", "arguments": "{}"}} for n in range(100)]
    asked = [{"role": "user", "content": "go"}, {"role": "assistant", "content": None, "tool_calls": calls}]
    graph = build(read([*asked, {"role": "user", "content": "task"}]))
    result = CompressionPipeline().compress(graph, target_tokens=400)
    assert result.tokens_after == window(graph).tokens <= 400


def test_a_pinned_results_call_shrinks_to_its_name():
    """The call must stay for the result's sake; its arguments need not."""
    graph = ContextGraph("s")
    graph.add_message("user", "go")
    call = graph.add_tool_call("f", {f"key{number}": number for number in range(3_000)})
    result = graph.add_tool_result(call.id, "short")
    graph.put(result.evolve(pinned=True))
    graph.add_message("user", "task")
    CompressionPipeline().compress(graph, target_tokens=200)
    assert window(graph).tokens <= 200
    assert graph.node(result.id).content == "short"


def test_a_servers_own_tool_and_its_result_fold_together():
    """Runs end between messages, so the two never part."""
    text = {"type": "text", "text": "some words of the answer " * 5}
    server = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": "x"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}
    messages = [{"role": "user", "content": "go"}]
    messages.append({"role": "assistant", "content": [*[text] * 19, server, found, *[text] * 5]})
    for number in range(12):
        messages += [
            {"role": "user", "content": f"go on {number}"},
            {"role": "assistant", "content": "more words " * 40},
        ]
    for target in range(300, 1_300, 100):
        graph = build(read(messages))
        CompressionPipeline().compress(graph, target_tokens=target)
        shown = json.dumps(render(graph, "anthropic"))
        assert ("server_tool_use" in shown) == ("web_search_tool_result" in shown)


def test_fields_beside_the_content_go_with_it():
    """Long reasoning in a field of its own does not outlive the message it belongs to."""
    message = {"role": "assistant", "content": "ok", "reasoning_content": "because of it " * 900}
    graph = build(read([{"role": "user", "content": "go"}, message, {"role": "user", "content": "task"}]))
    before = graph_bytes(graph)
    result = CompressionPipeline().compress(graph, target_tokens=200)
    assert len(json.dumps(render(graph))) < 1_000
    restore(graph, result.manifest, result.store)
    assert graph_bytes(graph) == before
