"""CollapseToolChains: a run of small, related calls becomes one part."""

import pytest

from context_compression import CollapseToolChains, CompressionPipeline, ExternalizePayloads, Preserve, scope_of
from context_compression.testing.strategy import StrategyContract
from context_core import ContextGraph, build, expand, graph_bytes, read, render, restore, window
from context_core.testing.providers import check_anthropic, check_openai


class TestContract(StrategyContract):
    strategy = CollapseToolChains()


def graph_of(*steps):
    """Return a session of calls, given as (tool, argument, result), and of texts of the agent."""
    graph = ContextGraph("s")
    graph.add_message("user", "look around")
    for step in steps:
        if isinstance(step, str):
            graph.add_message("assistant", step)
        else:
            call = graph.add_tool_call(step[0], {"path": step[1]})
            graph.add_tool_result(call.id, step[2])
    for number in range(4):
        graph.add_message("assistant", f"thought {number}")
        graph.add_message("user", f"and {number}?")
    return graph


def chains(graph):
    found = CollapseToolChains().propose(scope_of(graph, Preserve()))
    return [[node.tool_name for node in candidate.nodes if node.role == "assistant"] for candidate in found]


SMALL = "a short answer"


def test_calls_of_one_tool_between_messages_are_a_chain():
    """Three calls in a row are one candidate; a word of the agent ends a run."""
    reads = [("read", f"{name}.py", SMALL) for name in "abc"]
    assert chains(graph_of(*reads)) == [["read"] * 3]
    assert chains(graph_of(*reads, "so far so good", *reads)) == [["read"] * 3] * 2
    assert chains(graph_of(reads[0], reads[1], "hm", reads[2])) == []


def test_calls_in_one_folder_are_a_chain():
    """Calls of several tools belong together where they are about the same folder."""
    here = [("read", "src/a.py", SMALL), ("grep", "src/b.py", SMALL), ("stat", "src/c.py", SMALL)]
    apart = [("read", "src/a.py", SMALL), ("grep", "lib/b.py", SMALL), ("stat", "doc/c.py", SMALL)]
    assert chains(graph_of(*here)) == [["read", "grep", "stat"]]
    assert chains(graph_of(*apart)) == []


def test_a_large_result_ends_a_run():
    """A call with much to say stands by itself."""
    reads = [("read", f"{name}.py", SMALL) for name in "abc"]
    assert chains(graph_of(*reads, ("read", "d.py", "much " * 500), *reads[:2])) == [["read"] * 3]


def test_recent_and_open_calls_are_left_alone():
    """The last messages do not fold."""
    graph = ContextGraph("s")
    graph.add_message("user", "look around")
    for name in "abcd":
        call = graph.add_tool_call("read", {"path": name})
        graph.add_tool_result(call.id, SMALL)
    graph.add_tool_call("read", {"path": "e"})
    assert chains(graph) == []


@pytest.mark.parametrize("parallel", [False, True])
def test_thinking_goes_with_its_calls(parallel):
    """What an agent thought before a call folds with it, so no message is left with thinking alone."""
    messages = [{"role": "user", "content": "look around"}]
    for number in range(4):
        thinking = {"type": "thinking", "thinking": "hm " * 9, "signature": "c2ln"}
        names = [f"c{number}{name}" for name in ("ab" if parallel else "a")]
        calls = [{"type": "tool_use", "id": name, "name": "read", "input": {"path": name}} for name in names]
        results = [{"type": "tool_result", "tool_use_id": name, "content": SMALL} for name in names]
        messages += [{"role": "assistant", "content": [thinking, *calls]}, {"role": "user", "content": results}]
    messages += [{"role": role, "content": "go on"} for _ in range(5) for role in ("assistant", "user")]
    graph = build(read(messages), session_id="s")
    [candidate] = CollapseToolChains().propose(scope_of(graph, Preserve()))
    assert sum(node.kind == "thinking" for node in candidate.nodes) == 4
    target = window(graph).tokens - candidate.tokens_saved // 2
    CompressionPipeline([CollapseToolChains()]).compress(graph, target_tokens=target)
    check_anthropic(render(graph, "anthropic"), alternate=False)


def test_a_folded_chain_is_valid_and_comes_back():
    """Within its target, accepted by both providers, and restored to the byte."""
    graph = graph_of(*[("read", f"src/part_{number}.py", f"value_{number} = {number}\n" * 9) for number in range(12)])
    before, target = graph_bytes(graph), window(graph).tokens // 3
    result = CompressionPipeline([ExternalizePayloads(), CollapseToolChains()]).compress(graph, target_tokens=target)
    assert "collapse-tool-chains" in {outcome.strategy for outcome in result.outcomes}
    assert window(graph).tokens <= target
    check_openai(render(graph))
    check_anthropic(render(graph, "anthropic"), alternate=False)
    [reference] = [node.elided for node in window(graph) if node.type == "summary"]
    assert "value_7 = 7" in expand(result.manifest, result.store, reference)
    restore(graph, result.manifest, result.store)
    assert graph_bytes(graph) == before
