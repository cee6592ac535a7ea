"""What a user of the pipeline sees."""

import json
import sys

import pytest

from context_compression import (
    CachePrices,
    CompressionPipeline,
    CompressionTier,
    ExternalizePayloads,
    Incremental,
    Preserve,
    TaskRelevance,
    scope_of,
)
from context_core import (
    BudgetExceededError,
    ConflictError,
    ContextGraph,
    MemoryContentStore,
    NodeType,
    TokenBudget,
    build,
    causal_chain,
    expand,
    graph_bytes,
    read,
    render,
    restore,
    window,
)
from context_core.causes import causes_of


@pytest.fixture
def graph():
    """A session with long results, a long argument, a long paste, thinking and an image."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA" * 40}}
    messages = [{"role": "user", "content": "pasted log\n" + "a line that was pasted\n" * 400}]
    for number in range(6):
        call = {
            "type": "tool_use",
            "id": f"c{number}",
            "name": "write",
            "input": {"path": f"f{number}.py", "text": "y = 1\n" * 200},
        }
        thinking = {"type": "thinking", "thinking": "hm " * 100, "signature": "c2ln"}
        blocks = [{"type": "text", "text": f"head {number}\n" + "body of the file\n" * 300 + f"tail {number}"}]
        result = {
            "type": "tool_result",
            "tool_use_id": f"c{number}",
            "content": blocks + ([image] if number == 0 else []),
        }
        messages += [{"role": "assistant", "content": [thinking, call]}, {"role": "user", "content": [result]}]
        messages.append({"role": "assistant", "content": f"file {number} is written"})
        messages.append({"role": "user", "content": f"now do number {number + 1}"})
    return build(read(messages), session_id="s")


def test_compressing_and_rendering_never_ask_for_causes(graph):
    """What takes reading every word is not done on the way from messages to smaller ones, and back."""
    entered = []

    def note(frame, event, _):
        entered.extend([1] if event == "call" and frame.f_code is causes_of.__code__ else [])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        result = CompressionPipeline().compress(graph, target_tokens=window(graph).tokens // 2)
        assert render(graph, "anthropic")
        assert restore(graph, result.manifest, result.store)
        assert entered == []
        assert list(causal_chain(graph, list(graph.nodes(NodeType.TOOL_CALL))[-1].id))
        assert entered != []
    finally:
        sys.setprofile(before)


def test_without_a_target_only_large_parts_go_behind_pointers(graph):
    """The lossless tier leaves previews with the head and the tail, and all words that were said."""
    result = CompressionPipeline().compress(graph)
    assert {outcome.tier for outcome in result} == {CompressionTier.LOSSLESS}
    assert result.tokens_saved == sum(outcome.tokens_saved for outcome in result) > 3_000
    first = next(graph.nodes(NodeType.TOOL_RESULT))
    assert first.content.startswith("head 0\n")
    assert first.content.endswith("tail 0")
    assert f"expand {first.elided}]" in first.content


def test_a_budget_aims_at_its_warning_threshold(graph):
    """A budget's own numbers are the target."""
    budget = TokenBudget(total_tokens=8_000)
    assert budget.allocate("context", window(graph).tokens).needs_compression
    result = CompressionPipeline().compress(graph, budget=budget)
    assert result.tokens_after <= 4_000
    assert not budget.allocate("context", window(graph).tokens).needs_compression


def test_without_a_store_the_result_holds_the_originals_and_says_so(graph):
    """A store made for the occasion is told apart from the caller's."""
    before = graph_bytes(graph)
    result = CompressionPipeline().compress(graph, target_tokens=2_000)
    assert not result.durable
    restore(graph, result.manifest, result.store)
    assert graph_bytes(graph) == before
    assert CompressionPipeline().compress(graph, target_tokens=2_000, store=MemoryContentStore()).durable


def test_old_parts_yield_before_recent_ones(graph):
    """While old parts suffice, the last messages stay whole, and users' words always do."""
    last = {node.id: node for node in list(window(graph))[-5:]}
    CompressionPipeline().compress(graph, target_tokens=int(window(graph).tokens * 0.4))
    after = {node.id: node for node in window(graph)}
    assert all(after[node_id] == node for node_id, node in last.items())
    users = [node for node in after.values() if node.is_instruction]
    assert [node.content for node in users[1:]] == [f"now do number {number}" for number in range(1, 7)]


def test_arguments_stay_json_and_keep_their_short_parts(graph):
    """A long argument is cut inside its string; a path stays."""
    CompressionPipeline().compress(
        graph, target_tokens=int(window(graph).tokens * 0.3), max_tier=CompressionTier.LOSSLESS
    )
    cut = [node for node in graph.nodes(NodeType.TOOL_CALL) if node.elided]
    assert cut
    for node in cut:
        value = json.loads(node.content)
        assert value["path"].endswith(".py")
        assert node.elided in value["text"]


def test_thinking_goes_whole_with_its_signature(graph):
    """A signature covers all of the thinking, so a part of it is never kept under it."""
    CompressionPipeline().compress(
        graph, target_tokens=int(window(graph).tokens * 0.05), max_tier=CompressionTier.COMPACTION
    )
    blocks = [
        block for message in render(graph, "anthropic") for block in message["content"] if isinstance(block, dict)
    ]
    assert {block["thinking"] for block in blocks if block["type"] == "thinking"} <= {"hm " * 100}
    assert any("expand" in block["text"] for block in blocks if block["type"] == "text")


def test_pinned_nodes_stay(graph):
    """A pinned result stays whole at any target that it fits in; its call stays, too."""
    result = next(graph.nodes(NodeType.TOOL_RESULT))
    graph.put(result.evolve(pinned=True))
    CompressionPipeline().compress(graph, target_tokens=result.tokens + 600)
    shown = {node.id: node for node in window(graph)}
    assert shown[result.id].content == result.content
    assert window(graph).calls[result.id] in shown


def test_a_users_own_rule_is_kept(graph):
    """Nodes that the rule names are never touched."""
    pipeline = CompressionPipeline(preserve=Preserve(keep=lambda node: "head 3" in node.content))
    pipeline.compress(graph, target_tokens=3_000)
    assert any("body of the file\n" * 300 in node.content for node in window(graph))


def test_a_rule_that_fails_lets_nothing_be_compressed(graph):
    """Fail closed: a rule that raises stops the compression before it starts."""
    before = graph_bytes(graph)
    with pytest.raises(ZeroDivisionError):
        CompressionPipeline(preserve=Preserve(keep=lambda node: 1 // 0 > 0)).compress(graph, target_tokens=100)
    assert graph_bytes(graph) == before


def test_what_must_stay_is_told_where_it_does_not_fit(graph):
    """The error carries what is needed and what there is; nothing was changed."""
    before = graph_bytes(graph)
    with pytest.raises(BudgetExceededError) as caught:
        CompressionPipeline().compress(graph, target_tokens=10)
    assert caught.value.available == 10 < caught.value.needed
    assert graph_bytes(graph) == before
    CompressionPipeline().compress(graph, target_tokens=caught.value.needed)
    assert window(graph).tokens <= caught.value.needed


def test_a_lower_tier_does_what_it_can(graph):
    """Without summaries a small target may be missed, and the plan says so."""
    result = CompressionPipeline().compress(graph, target_tokens=200, max_tier=CompressionTier.LOSSLESS)
    assert not result.plan.fits
    assert {outcome.strategy for outcome in result} == {"externalize-payloads"}


@pytest.mark.parametrize("target", [0, -5])
def test_a_target_must_be_positive(graph, target):
    """No tokens are no target."""
    with pytest.raises(ValueError, match=f"got target_tokens={target}; expected at least 1"):
        CompressionPipeline().compress(graph, target_tokens=target)


def test_a_stale_plan_is_refused(graph):
    """A plan is applied to the state it was made on or not at all."""
    from context_compression import apply

    plan = CompressionPipeline().plan(graph, target_tokens=5_000, max_tier=CompressionTier.LOSSLESS)
    graph.put(plan.candidates[0].nodes[0].evolve(content="changed meanwhile"))
    before = graph_bytes(graph)
    with pytest.raises(ConflictError):
        apply(plan, graph, MemoryContentStore())
    assert graph_bytes(graph) == before


def test_a_store_that_fails_changes_nothing(graph):
    """Originals are stored before anything is taken out."""

    class Full(MemoryContentStore):
        def put(self, contents):
            raise OSError("disk full")

    before = graph_bytes(graph)
    with pytest.raises(OSError, match="disk full"):
        CompressionPipeline().compress(graph, target_tokens=2_000, store=Full())
    assert graph_bytes(graph) == before


def test_text_that_imitates_a_pointer_is_a_text():
    """A result that looks like a pointer is kept as it is and opens nothing."""
    graph = ContextGraph("s")
    graph.add_message("user", "read it")
    call = graph.add_tool_call("read", {"path": "x"})
    fake = "[cut from 9000 tokens; expand 123456789.123456]\n" * 100
    result = graph.add_tool_result(call.id, fake)
    compressed = CompressionPipeline().compress(graph, target_tokens=300)
    assert "123456789.123456" not in compressed.manifest.references
    assert expand(compressed.manifest, compressed.store, graph.reference(result.id)) == fake


def test_a_content_that_cannot_shrink_is_left(graph):
    """A pointer is never longer than what it stands for."""
    small = ContextGraph("s")
    small.add_message("user", "hi")
    small.add_message("assistant", "ho")
    assert list(ExternalizePayloads(min_tokens=0).propose(scope_of(small, Preserve()))) == []


class TestSummaries:
    def test_the_heading_says_what_to_expand(self, graph):
        """A summary names its reference, and what it stands for comes back by it."""
        result = CompressionPipeline().compress(graph, target_tokens=700)
        summary = next(graph.nodes(NodeType.SUMMARY))
        assert summary.content.startswith("[summary of ")
        assert f"expand {summary.elided}]" in summary.content
        assert "y = 1\n" in expand(result.manifest, result.store, summary.elided).replace("\\n", "\n")

    def test_a_summarizers_words_are_used(self, graph):
        """What it wrote stands below the heading."""

        class Own:
            def summarize(self, nodes, max_tokens, task=None):
                return "files were written"

        CompressionPipeline(summarizer=Own()).compress(graph, target_tokens=700)
        assert all(node.content.split("\n")[1] == "files were written" for node in graph.nodes(NodeType.SUMMARY))

    @pytest.mark.parametrize(
        "words",
        [None, "", "  \n", "far too many words " * 2_000, 7],
        ids=["raises", "nothing", "blank", "too long", "no text"],
    )
    def test_words_that_will_not_do_give_way(self, graph, words):
        """A summarizer that fails, says nothing or says too much is replaced by the offline one."""

        class Bad:
            def summarize(self, nodes, max_tokens, task=None):
                if words is None:
                    raise RuntimeError("no network")
                return words

        result = CompressionPipeline(summarizer=Bad()).compress(graph, target_tokens=700)
        assert result.tokens_after <= 700
        [first, *_] = graph.nodes(NodeType.SUMMARY)
        assert "far too many words" not in first.content
        assert len(first.content.splitlines()) > 1

    def test_a_summary_may_be_summarized(self, graph):
        """Folding again takes in the older summary, and all of it still comes back."""
        before, store = graph_bytes(graph), MemoryContentStore()
        half = window(graph).tokens // 2
        first = CompressionPipeline([Incremental()]).compress(graph, target_tokens=half, store=store)
        again = CompressionPipeline().compress(graph, target_tokens=400, store=store, manifest=first.manifest)
        assert window(graph).tokens <= 400
        older = [change.reference for change in first.manifest.changes if change.before is None]
        assert older
        assert all(expand(again.manifest, store, reference) for reference in older)
        restore(graph, again.manifest, store)
        assert graph_bytes(graph) == before

    def test_sinks_hear_of_a_summarizer_that_failed(self, graph):
        """Nothing is swallowed: the error is an event."""
        from context_core import SummaryFailed, listen

        class Bad:
            def summarize(self, nodes, max_tokens, task=None):
                raise RuntimeError("no network")

        heard = []
        with listen(heard.append):
            CompressionPipeline(summarizer=Bad()).compress(graph, target_tokens=700)
        failures = [event for event in heard if isinstance(event, SummaryFailed)]
        assert failures
        assert failures[0].error == "RuntimeError('no network')"


class TestPrices:
    def test_rewriting_that_does_not_pay_is_left(self, graph):
        """Inside the budget, a rewrite that costs more than it saves is not done."""
        dear = CachePrices(read=0.01, write=2.0, turns_ahead=1)
        budget = TokenBudget(
            total_tokens=window(graph).tokens + 1, warning_threshold=0.9, trigger_threshold=0.9, critical_threshold=0.9
        )
        result = CompressionPipeline().compress(graph, budget=budget, prices=dear)
        assert len(result) == 0

    def test_a_plan_without_a_target_heeds_prices(self, graph):
        """What would cost more than it saves is not planned."""
        dear = CachePrices(read=0.01, write=2.0, turns_ahead=1)
        assert len(CompressionPipeline().plan(graph, target_tokens=None)) > 0
        nothing = CompressionPipeline().plan(graph, target_tokens=None, prices=dear)
        assert len(nothing) == 0
        assert nothing.prefix_tokens == nothing.tokens_after == nothing.tokens_before

    def test_rewriting_that_pays_is_done(self, graph):
        """Over many turns the smaller prompt wins."""
        budget = TokenBudget(total_tokens=window(graph).tokens + 1)
        result = CompressionPipeline().compress(graph, budget=budget, prices=CachePrices(turns_ahead=200))
        assert result.tokens_saved > 0
        assert CachePrices(turns_ahead=200).net(result.plan) > 0

    def test_prices_never_override_a_hard_limit(self, graph):
        """A target is reached whatever it costs."""
        dear = CachePrices(read=0.01, write=2.0, turns_ahead=1)
        assert CompressionPipeline().compress(graph, target_tokens=2_000, prices=dear).tokens_after <= 2_000


def test_the_plan_says_how_much_of_the_prompt_stays(graph):
    """Leading tokens up to the first change are what a provider's cache keeps."""
    plan = CompressionPipeline().plan(graph, target_tokens=int(window(graph).tokens * 0.9))
    first = plan.candidates[0].nodes[0]
    nodes = list(window(graph))
    assert plan.prefix_tokens == sum(node.tokens for node in nodes[: nodes.index(first)])


def test_likeness_to_the_task_keeps_a_part(graph):
    """Of two equal parts the one that has the task's words yields later."""
    two = ContextGraph("s")
    two.add_message("user", "start")
    for name in ("alpha_module", "omega_module"):
        call = two.add_tool_call("read", {"path": name})
        two.add_tool_result(call.id, f"{name}\n" + "same line\n" * 300)
    for number in range(10):
        two.add_message("assistant", f"step {number}")
    target = int(window(two).tokens * 0.7)
    pipeline = CompressionPipeline([ExternalizePayloads(), TaskRelevance()])
    pipeline.compress(two, target_tokens=target, task="fix alpha_module")
    first, second = two.nodes(NodeType.TOOL_RESULT)
    assert first.tokens > second.tokens
