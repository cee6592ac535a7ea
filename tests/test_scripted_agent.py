"""A scripted agent that has nothing but its prompt and its own tools gets everything back."""

from __future__ import annotations

import json
import re

import pytest

from context_core import NodeType, TokenBudget, build, original, read, render, restore, window
from context_suite import ContextEngine

REFERENCE = re.compile(r"\b\d{9}\.\d{6,15}\b")
HEADING = re.compile(r"\[page (\d+) of (\d+), lines \d+ to \d+(?:; page=\d+ for more)?\]")


class ScriptedAgent:
    """Reads prompts, and calls tools as a model does: by name, with arguments as JSON text."""

    def __init__(self, engine):
        self.engine = engine
        self.longest = 0

    def ask(self, name, **arguments):
        answer = self.engine.tools.call(name, json.dumps(arguments))
        self.longest = max(self.longest, self.engine.graph.counter.count(answer))
        return answer

    def references(self):
        """All references that stand in the prompt, and in what expanding them shows."""
        return dict.fromkeys(REFERENCE.findall(json.dumps(self.engine.prompt("anthropic"))))

    def read_all_of(self, reference):
        """Turn page after page."""
        text, number, pages = "", 1, 1
        while number <= pages:
            answer = self.ask("context_expand", ref=reference, page=number)
            heading, _, rest = answer.partition("\n")
            found = HEADING.fullmatch(heading)
            if found is None:
                return answer
            pages, text, number = int(found[2]), text + rest, number + 1
        return text


@pytest.fixture(params=["entire_claude_code", "entire_codex"])
def engine(request, data, tmp_path):
    """An engine that took a recorded session in and compressed it, step by step."""
    logs = sorted((data / request.param).rglob("*full.jsonl"), key=lambda path: path.stat().st_size)
    graph = build(read(logs[-4], on_error="skip"))
    messages, budget = render(graph, "openai"), TokenBudget(total_tokens=window(graph).tokens // 4)
    with ContextEngine(budget, f"sqlite:///{tmp_path}/agent.db", "scripted") as engine:
        for start in range(0, len(messages), 40):
            engine.add(list(messages[start : start + 40]), format="openai-chat")
            engine.prompt()
        yield engine


def small_results(engine):
    """The originals of tool results that were taken out of the prompt and that an agent may pin."""
    graph, manifest = engine.graph, engine.manifest
    taken = [n for n in graph.nodes(NodeType.TOOL_RESULT) if n.id in manifest and (n.elided or not n.content)]
    found = [original(manifest, engine.store, node.id) for node in taken]
    return [node for node in found if 200 < node.tokens < engine.budget.total_tokens / 5]


@pytest.mark.data
def test_it_gets_every_byte(engine):
    """From references in its prompt it gets the text of everything that was taken out, in bounded answers."""
    agent, graph, manifest = ScriptedAgent(engine), engine.graph, engine.manifest
    read = {reference: agent.read_all_of(reference) for reference in agent.references()}
    told = "\n".join(read.values())
    elided = [node for node in window(graph).nodes if node.elided is not None and not manifest.covered(node.id)]
    covered = [node_id for summary in graph.summaries() for node_id in manifest.covered(summary)]
    assert len(elided) + len(covered) > 20
    for node in elided:
        assert read[node.elided] == original(manifest, engine.store, node.id).content
    for node_id in covered:
        text = original(manifest, engine.store, node_id).content
        assert text in told or not text
    assert agent.longest <= 2_000


@pytest.mark.data
def test_it_finds_its_way(engine):
    """It searches for a value that only an original has, reads its lines, asks why, and pins it for good."""
    agent, graph = ScriptedAgent(engine), engine.graph
    prompt = json.dumps(engine.prompt("anthropic"))
    node, name = next(
        (node, name)
        for node in small_results(engine)
        for name in re.findall(r"\b\w{12,40}\b", node.content)
        if name not in prompt and any(char.isupper() or char in "_0123456789" for char in name)
    )
    ref = graph.reference(node.id)
    answer = agent.ask("context_search", query=name)
    found = [
        {"ref": match[1], **({"lines": match[2]} if match[2] else {})}
        for match in re.finditer(r"^(\d{9}\.\d+) [^:]*?(?:, lines (\d+-\d+) of \d+)?: ", answer, re.MULTILINE)
    ]
    assert any(name in agent.ask("context_expand", **place) for place in found)
    assert agent.ask("context_why", ref=ref)[:6] != "error:"
    assert agent.ask("context_pin", ref=ref).startswith(f"pinned {ref}")
    assert name in json.dumps(engine.prompt("anthropic"))
    assert "tokens, " in agent.ask("context_stats")


@pytest.mark.data
def test_a_pin_lasts(engine, tmp_path):
    """Over a new connection, too, what was pinned stays in the prompt while all else is shrunk."""
    agent = ScriptedAgent(engine)
    node = small_results(engine)[0]
    assert agent.ask("context_pin", ref=engine.graph.reference(node.id)).startswith("pinned")
    with ContextEngine(engine.budget.total_tokens, f"sqlite:///{tmp_path}/agent.db", "scripted") as again:
        again.add([{"role": "user", "content": "go on " * 2_000}])
        again.prompt()
        kept = again.graph.node(node.id)
        assert (kept.pinned, kept.content) == (True, node.content)
        again.unpin(node.id)
        assert not again.graph.node(node.id).pinned
        restored = restore(again.graph, again.manifest, again.store)
        assert restored
