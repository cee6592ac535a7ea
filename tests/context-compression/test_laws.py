"""The laws of compression, on generated conversations: valid, within the target, and all of it comes back."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from context_compression import (
    CompressionPipeline,
    CompressionTier,
    ExternalizePayloads,
    Hierarchical,
    Incremental,
    Preserve,
    TaskAware,
    Yield,
    scope_of,
)
from context_core import (
    BudgetExceededError,
    Manifest,
    MemoryContentStore,
    NodeType,
    append,
    build,
    causal_chain,
    close,
    expand,
    graph_bytes,
    read,
    read_next,
    render,
    restore,
    window,
)
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments

POINTER_TOKENS = 48
"""More than the smallest summary costs: where a target is this much above what must stay, it is reached."""


@st.composite
def graphs(draw):
    if draw(st.booleans()):
        return build(read(draw(openai_conversations()), format="openai-chat"), session_id="s")
    return build(read(draw(anthropic_conversations()), format="anthropic-messages"), session_id="s")


def hard_tokens(graph):
    """Sum what must stay, told apart from the planner: system prompt, open calls, the last of the users' messages."""
    shown = window(graph)
    users = [n for n in shown if n.role == "user" and n.type is NodeType.MESSAGE]
    task = users[-1].metadata["message"] if users else None
    answered = {node.call_id for node in shown if node.type is NodeType.TOOL_RESULT}
    last = shown.nodes[-1].metadata["message"]
    return sum(
        node.tokens
        for node in shown
        if node.role in ("system", "developer")
        or (node.metadata["message"] == task and node.type is NodeType.MESSAGE)
        or (node.type is NodeType.TOOL_CALL and node.call_id not in answered and node.metadata["message"] == last)
    )


def compress(graph, share, **options):
    target = max(1, int(window(graph).tokens * share))
    return CompressionPipeline().compress(graph, target_tokens=target, **options), target


@given(graphs(), st.floats(0.02, 0.95))
def test_any_target_above_what_must_stay_is_reached(graph, share):
    """The window is within its target, or the error comes exactly where what must stay does not fit."""
    before = graph_bytes(graph)
    try:
        result, target = compress(graph, share)
    except BudgetExceededError as error:
        available = error.available
    else:
        assert result.tokens_after == window(graph).tokens <= target
        assert hard_tokens(graph) <= target
        return
    assert hard_tokens(graph) + POINTER_TOKENS > available
    assert graph_bytes(graph) == before


@given(graphs(), st.floats(0.02, 0.95))
def test_what_is_rendered_is_valid(graph, share):
    """Both providers accept the compressed messages; arguments stay JSON objects."""
    try:
        compress(graph, share)
    except BudgetExceededError:
        assume(False)
    check_openai(render(graph))
    check_openai_arguments(render(graph))
    check_anthropic(render(close(window(graph), graph), "anthropic"), alternate=False)


@given(graphs(), st.floats(0.02, 0.95), st.floats(0.02, 0.95))
def test_all_comes_back(graph, first, second):
    """Whatever was done, and done again, is undone to the last byte, through the manifest's JSON."""
    before, store, manifest = graph_bytes(graph), MemoryContentStore(), Manifest("s")
    for share in (first, second):
        try:
            manifest = compress(graph, share, store=store, manifest=manifest)[0].manifest
        except BudgetExceededError:
            continue
    restore(graph, Manifest.from_json(manifest.to_json()), store)
    assert graph_bytes(graph) == before


@given(graphs(), st.floats(0.02, 0.95), st.sampled_from(list(CompressionTier)))
def test_every_original_is_behind_a_reference_in_the_prompt(graph, share, tier):
    """For each changed node a reference stands in the rendered messages, and expanding it gives the original."""
    contents = {node.id: node.content for node in graph.nodes()}
    try:
        result, _ = compress(graph, share, max_tier=tier)
    except BudgetExceededError:
        assume(False)
    shown = json.dumps(render(graph))
    expanded = {
        node.elided: expand(result.manifest, result.store, node.elided) for node in window(graph) if node.elided
    }
    assert all(reference in shown for reference in expanded)
    for change in result.manifest.changes:
        if change.before is not None:
            assert any(contents[change.node_id] in text for text in expanded.values())


@given(graphs(), st.floats(0.02, 0.95))
def test_what_must_stay_is_untouched(graph, share):
    """System prompt, open calls and the task are byte-identical, and the order of what is left is kept."""
    shown = window(graph)
    hard = [node for node in shown if scope_of(graph, Preserve()).yields[node.id] is Yield.NEVER]
    order = [node.id for node in shown]
    try:
        compress(graph, share)
    except BudgetExceededError:
        assume(False)
    after = window(graph)
    kept = {node.id: node for node in after}
    assert all(kept[node.id] == node for node in hard)
    left = [node.id for node in after if node.id in set(order)]
    assert left == [node_id for node_id in order if node_id in set(left)]


@given(graphs(), st.floats(0.02, 0.95))
def test_causal_chains_are_kept(graph, share):
    """Every chain names the same nodes before and after."""
    chains = {node.id: [cause.node.id for cause in causal_chain(graph, node.id)] for node in graph.nodes()}
    try:
        compress(graph, share)
    except BudgetExceededError:
        assume(False)
    assert all([c.node.id for c in causal_chain(graph, node_id)] == chain for node_id, chain in chains.items())


@given(graphs(), st.floats(0.02, 0.95))
def test_a_plan_is_pure_and_deterministic(graph, share):
    """Planning twice gives the same plan and changes nothing; a dry run changes nothing either."""
    before, target = graph_bytes(graph), max(1, int(window(graph).tokens * share))
    pipeline = CompressionPipeline()
    try:
        assert pipeline.plan(graph, target_tokens=target) == pipeline.plan(graph, target_tokens=target)
        result = pipeline.compress(graph, target_tokens=target, dry_run=True)
    except BudgetExceededError:
        assume(False)
    assert graph_bytes(graph) == before
    assert len(result.manifest) == 0


@given(graphs(), st.floats(0.02, 1.5))
def test_compressing_again_changes_nothing_more(graph, share):
    """A window within its target is left alone; so a second run to the same target does nothing."""
    try:
        _, target = compress(graph, share)
    except BudgetExceededError:
        assume(False)
    once = graph_bytes(graph)
    again = CompressionPipeline().compress(graph, target_tokens=target)
    assert (len(again), graph_bytes(graph)) == (0, once)


@given(graphs())
def test_without_a_target_a_second_run_changes_nothing(graph):
    """What stands behind a pointer is not put behind another."""
    CompressionPipeline().compress(graph)
    once = graph_bytes(graph)
    CompressionPipeline().compress(graph)
    assert graph_bytes(graph) == once


@given(openai_conversations(), st.floats(0.02, 0.6), st.data())
def test_restoring_after_later_messages_equals_never_compressing(messages, share, data):
    """Appends between compressing and restoring give the graph that they give without compression."""
    cut = data.draw(st.integers(1, len(messages)))
    plain = build(read(messages, format="openai-chat"), session_id="s")
    graph = build(read(messages[:cut], format="openai-chat"), session_id="s")
    try:
        result, _ = compress(graph, share)
    except BudgetExceededError:
        assume(False)
    for message in messages[cut:]:
        append(graph, read_next([message], graph.leaf.rpartition("/")[0], format="openai-chat"))
    restore(graph, result.manifest, result.store)
    assert graph_bytes(graph) == graph_bytes(plain)


@pytest.mark.parametrize(
    "strategy", [ExternalizePayloads(), Incremental(), Hierarchical(), TaskAware()], ids=lambda strategy: strategy.name
)
@given(graph=graphs())
def test_candidates_tell_the_truth(strategy, graph):
    """A candidate's tokens are those its nodes have, and it saves some, unless it is a node that cannot shrink."""
    scope = scope_of(graph, Preserve())
    for candidate in strategy.propose(scope):
        assert candidate.is_open
        assert candidate.tokens_before == sum(node.tokens for node in candidate.nodes) > candidate.tokens_after
        assert all(scope.yields[node.id] is not Yield.NEVER for node in candidate.nodes)
        assert candidate.is_summary is (candidate.after.type is NodeType.SUMMARY and not candidate.after.content)
