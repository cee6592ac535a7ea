"""The curve of the report against the window itself, asked anew at every step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContextGraph,
    Edge,
    EdgeType,
    Manifest,
    MemoryStore,
    Message,
    Node,
    NodeType,
    Part,
    Replacement,
    Revision,
    append,
    replace,
    restoration,
    window,
)
from context_observe.html_report.course import course


def said(number, role="user", text=None, **fields):
    """Return a message of one text, behind the one with the number before unless `parent` says another."""
    parent = fields.pop("parent", f"m{number - 1}" if number else None)
    part = Part(type=NodeType.MESSAGE, content=text or f"word {number} " * (number % 5 + 1))
    return Message(f"m{number}", parent, role, (part,), **fields)


@st.composite
def transcripts(draw):
    """Return messages with parallel calls, late and missing results, branches, new beginnings and side chains."""
    messages, calls = [], []
    for number in range(draw(st.integers(1, 25))):
        known = [message.id for message in messages]
        jumps = known and draw(st.integers(0, 4)) == 0
        parent = draw(st.sampled_from([None, *known])) if jumps else (known[-1] if known else None)
        thread = "side" if draw(st.integers(0, 6)) == 0 else None
        group = draw(st.sampled_from([None, "g0", "g1"]))  # rows of one provider message
        kind = draw(st.sampled_from(["words", "calls", "result", "result"]))
        if kind == "calls":
            made = [f"c{draw(st.integers(0, 9))}" for _ in range(draw(st.integers(1, 3)))]
            calls += made
            parts = tuple(Part(type=NodeType.TOOL_CALL, content="{}", tool_name="ls", call_id=call) for call in made)
            messages.append(Message(f"m{number}", parent, "assistant", parts, group, thread=thread))
        elif kind == "result" and calls:
            some = draw(st.lists(st.sampled_from(calls), min_size=1, max_size=3, unique=True))
            parts = tuple(Part(type=NodeType.TOOL_RESULT, content=f"a.py {number}", call_id=call) for call in some)
            messages.append(Message(f"m{number}", parent, "tool", parts, thread=thread))
        else:
            role = draw(st.sampled_from(["user", "assistant"]))
            messages.append(said(number, role, parent=parent, thread=thread))
    return messages


@given(transcripts())
def test_each_point_is_the_window_at_that_time(messages):
    """After each node the curve tells what `window` says of a graph that holds no more than that."""
    graph = ContextGraph("s")
    append(graph, messages)
    points, grown = course(graph, Manifest("s")).points, ContextGraph("s")
    for message in messages:
        append(grown, [message])
        now = course(grown, Manifest("s")).points
        assert now == points[: len(now)]
        assert (now[-1].tokens, now[-1].tokens) == (window(grown).tokens, now[-1].whole_tokens)


def shrink(node):
    """Return the step that leaves two tokens of a node."""
    after = node.evolve(content="…", tokens=2, metadata={**node.metadata, "elided": "1.2"})
    return Replacement(node, after, "cut", "lossless")


def fold(graph, nodes, number):
    """Return the steps that put a summary in the place of nodes, and of summaries among them."""
    fields = {"message": f"s{number}"}
    summary = Node(f"s{number}/0", NodeType.SUMMARY, "user", "in short", 7, metadata=fields)
    covered = []
    for node in nodes:
        inner = [graph.node(edge.target) for edge in graph.out_edges(node.id, EdgeType.SUMMARIZES)]
        covered += inner if node.type is NodeType.SUMMARY else [node]
    edges = tuple(Edge(summary.id, node.id, EdgeType.SUMMARIZES) for node in covered)
    steps = [Replacement(None, summary, "fold", "summarization", edges_added=edges)]
    for node in nodes:
        if node.type is NodeType.SUMMARY:
            gone = tuple(graph.out_edges(node.id))
            steps.append(Replacement(node, None, "fold", "summarization", edges_removed=gone))
        else:
            folded = node.evolve(content="", tokens=0, metadata={**node.metadata, "folded": True})
            steps.append(Replacement(node, folded, "fold", "summarization"))
    return steps


@st.composite
def sessions(draw):
    """Return a store with a session that was written to, compressed and restored in turns."""
    store, graph, manifest = MemoryStore(), ContextGraph("s"), Manifest("s")
    messages = draw(transcripts())
    while messages:
        count = draw(st.integers(1, len(messages)))
        added = append(graph, messages[:count])
        messages = messages[count:]
        store.append("s", added, [edge for node in added for edge in graph.in_edges(node.id)])
        shown = [node for node in window(graph) if node.tokens > 2]
        deed = draw(st.sampled_from(["nothing", "cut", "fold", "restore"]))
        some = draw(st.lists(st.sampled_from(shown), unique_by=lambda node: node.id)) if shown else []
        if deed == "cut":
            steps = [shrink(node) for node in some if node.type is not NodeType.SUMMARY]
        elif deed == "fold" and some:
            steps = fold(graph, sorted(some, key=lambda node: graph.position(node.id)), len(manifest))
        else:
            steps = restoration(graph, manifest, store) if deed == "restore" else []
        changes = replace(graph, steps, store)
        store.commit("s", changes)
        manifest = manifest.extended(changes)
    return store


@given(sessions())
def test_each_version_of_a_session_is_on_the_curve(store):
    """After each write the curve tells the window of that version, whatever was cut, folded or restored before."""
    revisions = list(store.history("s"))
    for revision in revisions:
        graph, manifest = store.load("s", version=revision.version), store.manifest("s", version=revision.version)
        if graph.leaf is None:
            continue
        told = course(graph, manifest, revisions[: revision.version])
        assert told.points[-1].tokens == window(graph).tokens
        assert "changed" not in {mark.kind for mark in told.marks}


@given(sessions())
def test_without_a_journal_the_end_is_the_same(store):
    """From the manifest alone the curve ends at the same place, and begins as if nothing were compressed."""
    graph, manifest = store.load("s"), store.manifest("s")
    bare, full = course(graph, manifest), course(graph, manifest, store.history("s"))
    assert bare.points[-1].tokens == full.points[-1].tokens == window(graph).tokens
    assert bare.points[-1].whole_tokens == full.points[-1].whole_tokens
    assert (bare.are_marks_dated, full.are_marks_dated) == (False, True)
    grown = [point.tokens for point in bare.points[: bare.steps]]
    assert grown == [point.whole_tokens for point in bare.points[: bare.steps]]


def test_a_restore_in_memory_is_marked_as_a_change():
    """Where the graph is not what the manifest says, the curve ends at the graph and says that it was changed."""
    store, graph = MemoryStore(), ContextGraph("s")
    node = graph.add_message("user", "a long story " * 50)
    changes = replace(graph, [shrink(node)], store)
    graph.put(node)
    told = course(graph, Manifest("s", changes))
    assert [mark.kind for mark in told.marks] == ["compressed", "changed"]
    assert told.points[-1].tokens == window(graph).tokens


def test_what_each_strategy_saved_stands_at_its_mark():
    """A mark tells when, from what to what, and what each strategy did."""
    store, graph = MemoryStore(), ContextGraph("s")
    nodes = [graph.add_message("user", "a long story " * 50) for _ in range(3)]
    store.append("s", graph.nodes(), graph.edges())
    store.commit("s", replace(graph, [shrink(nodes[0]), *fold(graph, nodes[1:], 1)], store))
    graph.add_message("assistant", "and then?")
    [mark] = course(graph, store.manifest("s"), store.history("s")).marks
    assert (mark.kind, mark.step, mark.at is not None) == ("compressed", 3, True)
    assert mark.tokens_before - mark.tokens_after == sum(share.tokens_saved for share in mark.shares)
    assert [(share.strategy, share.nodes) for share in mark.shares] == [("fold", 3), ("cut", 1)]


def test_a_recap_of_the_agent_itself_lets_the_curve_fall():
    """Where the recorded agent began a new window, the curve falls there, and the fall is marked."""
    graph = ContextGraph("s")
    append(graph, [said(0, text="a long story " * 50), said(1, "assistant"), said(2, parent=None)])
    told = course(graph, Manifest("s"))
    assert [(mark.kind, mark.step) for mark in told.marks] == [("recap", 3)]
    assert told.points[2].tokens < told.points[1].tokens


def test_another_branch_is_marked_as_one():
    """Where a user went back and on from an earlier point, what was left behind is not counted."""
    graph = ContextGraph("s")
    append(graph, [said(0), said(1, "assistant", "a long story " * 50), said(2, parent="m0")])
    told = course(graph, Manifest("s"))
    assert [mark.kind for mark in told.marks] == ["branch"]


def test_side_chains_make_no_steps():
    """What a sub-agent says is counted beside the curve, not on it."""
    graph = ContextGraph("s")
    append(graph, [said(0), said(1, "assistant", thread="t"), said(2, "assistant", parent="m0")])
    told = course(graph, Manifest("s"))
    assert [point.node_id for point in told.points] == ["m0/0", "m2/0"]
    assert told.side_tokens == graph.node("m1/0").tokens


def test_times_of_a_store_stand_in_for_those_of_a_transcript():
    """A session written to at an agent's pace is dated by that; one that was written at once is not dated at all."""
    graph = ContextGraph("s")
    nodes = [graph.add_message("user", f"word {number}") for number in range(4)]

    def written(seconds):
        return [Revision(n, 100.0 + n * seconds, nodes=(node,)) for n, node in enumerate(nodes, 1)]

    told = course(graph, Manifest("s"), written(3.0))
    assert told.are_times_of_store
    assert [point.at for point in told.points] == [103.0, 106.0, 109.0, 112.0]
    assert not course(graph, Manifest("s"), written(0.01)).times
    assert not course(graph, Manifest("s")).times


def test_an_empty_session_has_no_course():
    """Where nothing was said, there is nothing to draw."""
    told = course(ContextGraph("s"), Manifest("s"))
    assert (told.points, told.marks, told.steps) == ((), (), 0)
