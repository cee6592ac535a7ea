"""What an engine does beside the loop: pins, the agent's tools, filters of results, and taking up what others wrote."""

import json
from contextlib import suppress

import pytest

from context_core import (
    BudgetExceededError,
    MemoryStore,
    NodeType,
    StoreError,
    UnknownReferenceError,
    graph_bytes,
)
from context_suite import ContextEngine
from context_toolkit import ResultFilter


class TestPins:
    def engine(self, tmp_path, budget=3_000):
        engine = ContextEngine(budget, f"sqlite:///{tmp_path}/s.db", "s")
        engine.add([{"role": "user", "content": "Read the log."}])
        for number in range(3):
            call = {"id": f"c{number}", "type": "function", "function": {"name": "log", "arguments": "{}"}}
            engine.add({"role": "assistant", "content": None, "tool_calls": [call]})
            text = f"line {number} of the log\n" * 90
            engine.add({"role": "tool", "tool_call_id": f"c{number}", "content": text})
        return engine

    def test_a_pin_survives_compression_and_the_process(self, tmp_path):
        """A pinned result is word for word in every prompt, also of an engine that opens the session later."""
        with self.engine(tmp_path) as engine:
            result = next(engine.graph.nodes(NodeType.TOOL_RESULT))
            assert engine.pin(engine.graph.reference(result.id)).pinned
            engine.add({"role": "user", "content": "go on " * 900})
            assert result.content in str(engine.prompt()).replace("\\n", "\n")
        with ContextEngine(3_000, f"sqlite:///{tmp_path}/s.db", "s") as engine:
            assert engine.graph.node(result.id) == result.evolve(pinned=True)
            assert not engine.unpin(result.id).pinned

    def test_more_than_the_budget_holds(self, tmp_path):
        """A pin that would leave no prompt possible is refused, and nothing is changed."""
        with self.engine(tmp_path, budget=1_000) as engine:
            results = list(engine.graph.nodes(NodeType.TOOL_RESULT))
            engine.pin(results[0].id)
            with pytest.raises(BudgetExceededError):
                engine.pin(results[1].id)
            assert [node.pinned for node in engine.graph.nodes(NodeType.TOOL_RESULT)] == [True, False, False]
            engine.prompt()

    def test_what_must_stay_with_a_pin_counts(self, store):
        """After the last pin that is taken a prompt can still be made: what stands beside the pins needs room, too."""
        engine = ContextEngine(3_000, store, "s")
        engine.add({"role": "user", "content": "go"})
        for number in range(10):
            call = {"id": f"c{number}", "type": "function", "function": {"name": "read", "arguments": '{"page": 1}'}}
            engine.add({"role": "assistant", "content": None, "tool_calls": [call]})
            engine.add({"role": "tool", "tool_call_id": f"c{number}", "content": "words of the page\n" * 82})
        engine.prompt()
        results = [node.id for node in engine.graph.nodes(NodeType.TOOL_RESULT)]
        for result in results:
            with suppress(BudgetExceededError):
                engine.pin(result)
        pinned = [engine.graph.node(result).pinned for result in results]
        assert any(pinned)
        assert not all(pinned)
        assert graph_bytes(engine.graph) == graph_bytes(store.load("s"))
        engine.prompt()
        assert engine.status.used_tokens <= 3_000

    def test_the_agents_tools_are_at_hand(self, tmp_path):
        """They look at the session as it is, whatever came since."""
        with self.engine(tmp_path, budget=1_500) as engine:
            engine.prompt()
            reference = next(node.elided for node in engine.graph.nodes() if node.elided)
            assert "of the log" in engine.tools.call("context_expand", {"ref": reference})
            assert engine.tools.call("context_stats").startswith("context: ")
            assert len(engine.tools.definitions("anthropic")) == 5


class TestResultFilter:
    def test_results_are_filtered_as_they_come(self, tmp_path):
        """What a server dumps is left out before the first prompt, is stored so, and comes back."""
        rows = [{"id": number, "note": None, "tags": [], "shop": "north"} for number in range(50)]
        call = {"id": "c", "type": "function", "function": {"name": "orders", "arguments": "{}"}}
        messages = [
            {"role": "user", "content": "Which orders are there?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": json.dumps(rows)},
        ]
        with ContextEngine(50_000, f"sqlite:///{tmp_path}/s.db", "s", result_filter=ResultFilter()) as engine:
            *_, result = engine.add(messages)
            assert "empty fields (100)" in result.content
            assert engine.prompt()[2]["content"] == result.content
            assert engine.expand(result.elided) == json.dumps(rows)
        with ContextEngine(50_000, f"sqlite:///{tmp_path}/s.db", "s") as engine:
            assert engine.graph.node(result.id) == result
            engine.add({"role": "user", "content": "thanks"})
            assert len(engine.prompt()) == 4


class TestRefresh:
    def test_what_another_engine_did(self, tmp_path):
        """The agent's tools and a look at an original go by what the store holds now, whoever wrote it."""
        url = f"sqlite:///{tmp_path}/s.db"
        with ContextEngine(50_000, url, "s") as one, ContextEngine(50_000, url, "s") as other:
            [first] = one.add({"role": "user", "content": "The zebra server is down."})
            assert "zebra" in other.tools.call("context_search", {"query": "zebra"})
            [second] = one.add({"role": "assistant", "content": "The lion server is down, too."})
            assert other.expand(second.id) == second.content
            assert "lion" in other.tools.call("context_search", {"query": "lion"})
            one.store.purge("s")
            with pytest.raises(UnknownReferenceError):
                other.expand(first.id)
            assert "zebra server" not in other.tools.call("context_search", {"query": "zebra"})

    def test_a_filter_whose_change_cannot_be_stored(self, tmp_path):
        """The message is stored and is returned whole: raising would have it added twice."""

        class Stubborn(MemoryStore):
            def commit(self, session_id, changes):
                raise StoreError("no space left")

        call = {"id": "c", "type": "function", "function": {"name": "orders", "arguments": "{}"}}
        rows = json.dumps([{"id": number, "note": None, "tags": []} for number in range(50)])
        engine = ContextEngine(50_000, Stubborn(), "s", result_filter=ResultFilter())
        engine.add({"role": "assistant", "content": None, "tool_calls": [call]})
        [result] = engine.add({"role": "tool", "tool_call_id": "c", "content": rows})
        assert result.content == rows
        assert engine.graph.node(result.id) == result
