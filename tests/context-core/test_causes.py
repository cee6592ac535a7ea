"""Causes are made when something first asks: when that is makes no difference, and who does not ask does not pay."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContextGraph,
    Edge,
    EdgeType,
    Manifest,
    MemoryContentStore,
    Node,
    NodeType,
    Replacement,
    append,
    assemble,
    build,
    causal_chain,
    effects,
    graph_bytes,
    mentions,
    read,
    render,
    replace,
    restoration,
    window,
)
from context_core.causes import causes_of
from context_core.testing.conversations import anthropic_conversations
from context_core.testing.item_conversations import item_conversations
from context_core.value_flow import value_sources

WORDS = st.lists(st.sampled_from(["src/a_b.py", "a_b.py", "ORD-48213", "read_all", "ok", "Yusuf"]), max_size=3)
TEXTS = WORDS.map(" ".join)
NUMBERS = st.integers(0, 30)
STEPS = st.one_of(
    st.tuples(st.sampled_from(["user", "assistant", "call", "call", "result", "read"]), TEXTS, NUMBERS),
    st.tuples(st.sampled_from(["point", "fold", "restore", "join", "cut"]), st.just(""), NUMBERS),
)


class Session:
    """A graph to which steps are done, with all that compression needs."""

    def __init__(self):
        self.graph = ContextGraph("s")
        self.store = MemoryContentStore()
        self.changes = []

    def do(self, step):
        kind, text, number = step
        getattr(self, f"_{kind}", lambda *_: self.graph.add_message(kind, text))(text, number)

    def _call(self, text, number):
        self.graph.add_tool_call("do", {"what": text, "number": number})

    def _result(self, text, number):
        calls = list(self.graph.nodes(NodeType.TOOL_CALL))
        if calls:
            self.graph.add_tool_result(calls[-1 - number % min(3, len(calls))].id, text)

    def _read(self, text, number):
        messages = read([{"role": "user", "content": "go"}, {"role": "assistant", "content": text or "-"}]).messages
        append(self.graph, messages)

    def _point(self, _, number):
        node = self._standing(number)
        if node is not None:
            metadata = {**node.metadata, "elided": self.graph.reference(node.id)}
            self._change([Replacement(node, node.evolve(content="…", tokens=1, metadata=metadata), "p", "lossless")])

    def _fold(self, _, number):
        node = self._standing(number)
        if node is not None:
            summary = Node(f"sum{len(self.changes)}", NodeType.SUMMARY, "user", "it was", 3)
            covers = (Edge(summary.id, node.id, EdgeType.SUMMARIZES),)
            empty = node.evolve(content="", tokens=0, metadata={"message": node.message_id, "folded": True})
            self._change([Replacement(None, summary, "f", "summarization", edges_added=covers)])
            self._change([Replacement(node, empty, "f", "summarization")])

    def _restore(self, _, number):
        manifest = Manifest("s", self.changes)
        there = [name for name in manifest.node_ids if name in self.graph]
        self._change(restoration(self.graph, manifest, self.store, there[: 1 + number // 10]))

    def _join(self, _, number):
        nodes = list(self.graph.nodes())
        if nodes:
            type = [EdgeType.CAUSAL, EdgeType.TEMPORAL, EdgeType.REFERENCES][number % 3]
            self.graph.add_edge(nodes[number % len(nodes)].id, nodes[-1 - number % 2 % len(nodes)].id, type, by="hand")

    def _cut(self, _, number):
        nodes = list(self.graph.nodes())
        if len(nodes) > 1:
            edge = Edge(nodes[number % len(nodes)].id, nodes[-1].id, EdgeType.CAUSAL)
            self.graph.remove_edge(edge)

    def _standing(self, number):
        nodes = [n for n in self.graph.nodes() if n.type is not NodeType.SUMMARY and "folded" not in n.metadata]
        return nodes[number % len(nodes)] if nodes else None

    def _change(self, steps):
        self.changes += replace(self.graph, steps, self.store)


ASKS = (
    lambda graph, node_id: list(graph.in_edges(node_id)),
    lambda graph, node_id: list(graph.out_edges(node_id, EdgeType.CAUSAL)),
    lambda graph, node_id: list(graph.edges()),
    lambda graph, node_id: graph.has_edge(Edge(graph.leaf, node_id, EdgeType.CAUSAL)),
    lambda graph, node_id: list(causal_chain(graph, node_id)),
    lambda graph, node_id: list(effects(graph, node_id)),
    lambda graph, node_id: mentions(graph, "a_b.py"),
    lambda graph, node_id: sorted(graph.nx.edges(keys=True)),
    lambda graph, node_id: graph_bytes(graph),
)


def in_order(graph):
    """Return the edges of each node, in the order in which they are told."""
    return [[list(graph.in_edges(node.id)), list(graph.out_edges(node.id))] for node in graph.nodes()]


@given(st.lists(st.tuples(STEPS, st.booleans(), st.sampled_from(ASKS), NUMBERS), max_size=24))
def test_when_causes_are_asked_for_makes_no_difference(steps):
    """Asked for after each step, now and then, or at the end: the answers, the edges and their order are the same."""
    always, sometimes, never = Session(), Session(), Session()
    for step, is_asked, ask, number in steps:
        for session in (always, sometimes, never):
            session.do(step)
        list(always.graph.edges())
        names = [node.id for node in always.graph.nodes()]
        if is_asked and names:
            name = names[number % len(names)]
            assert ask(sometimes.graph, name) == ask(always.graph, name)
    assert in_order(never.graph) == in_order(sometimes.graph) == in_order(always.graph)
    assert graph_bytes(never.graph) == graph_bytes(always.graph)


@given(st.lists(STEPS, max_size=16), st.data())
def test_assembled_before_anything_was_asked(steps, data):
    """A graph that is stored and loaded midway, its originals at hand, goes on as one that never was asked."""
    cut = data.draw(st.integers(0, len(steps)))
    session, whole = Session(), Session()
    for step in steps[:cut]:
        session.do(step)
        whole.do(step)
    appended = {node.id: node for node in _plain(steps[:cut])}
    session.graph = assemble(
        "s", session.graph.nodes(), session.graph.edges(), originals=lambda ids: [appended[name] for name in ids]
    )
    for step in steps[cut:]:
        session.do(step)
        whole.do(step)
    assert graph_bytes(session.graph) == graph_bytes(whole.graph)


@pytest.mark.parametrize(
    ("conversations", "format"),
    [(anthropic_conversations(), "anthropic-messages"), (item_conversations(), "openai-responses")],
    ids=["messages", "items"],
)
def test_asked_for_as_messages_come(conversations, format):
    """A transcript whose causes are asked for after each message has those of one that is asked at the end."""

    @given(conversations)
    def check(messages):
        followed, whole = ContextGraph("s"), ContextGraph("s")
        for message in read(messages, format=format).messages:
            append(followed, [message])
            list(followed.edges())
        append(whole, read(messages, format=format).messages)
        assert in_order(followed) == in_order(whole)

    check()


def test_a_call_follows_from_the_words_before_it():
    """Of a message that says something before each of its calls, each call is announced by its own words."""
    blocks = [
        block
        for name in "ab"
        for block in ({"type": "text", "text": "so"}, {"type": "tool_use", "id": name, "name": "ls", "input": {}})
    ]
    graph = build(read([{"role": "assistant", "content": blocks}], format="anthropic-messages"))
    first, call, second, other = (node.id for node in graph.nodes())
    assert [edge.source for edge in graph.in_edges(call, EdgeType.CAUSAL)] == [first]
    assert [edge.source for edge in graph.in_edges(other, EdgeType.CAUSAL)] == [second]


def _plain(steps):
    session = Session()
    for step in steps:
        if step[0] not in ("point", "fold", "restore"):
            session.do(step)
    return session.graph.nodes()


@pytest.fixture
def graph():
    graph = ContextGraph("s")
    graph.add_message("user", "look into src/io_util.py")
    for number in range(5):
        call = graph.add_tool_call("read", {"path": "src/io_util.py", "part": number})
        graph.add_tool_result(call.id, "ORD-48213 is in src/io_util.py")
    graph.add_message("assistant", "it holds ORD-48213")
    return graph


def entered(ask):
    """Return how often the functions that find causes were entered while something was asked."""
    count = 0

    def note(frame, event, _):
        nonlocal count
        count += event == "call" and frame.f_code in (causes_of.__code__, value_sources.__code__)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        ask()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("type", [type for type in EdgeType if type is not EdgeType.CAUSAL])
def test_other_edges_do_not_ask_for_causes(graph, type):
    """Edges of other types are there as soon as their nodes."""
    names = [node.id for node in graph.nodes()]
    assert entered(lambda: [list(graph.in_edges(name, type)) for name in names]) == 0
    if type not in (EdgeType.SAME_ENTITY, EdgeType.REFERENCES):  # these are projected from values
        assert entered(lambda: [list(graph.out_edges(name, type)) for name in names]) == 0
        assert entered(lambda: list(graph.edges(type))) == 0


def test_windows_renderings_and_what_is_printed_do_not_ask(graph):
    """What stands in the prompt is known without causes."""
    assert entered(lambda: (window(graph), render(graph), render(graph, "anthropic"), repr(graph), len(graph))) == 0


def test_what_is_known_at_once_does_not_ask(graph):
    """The causes of a result and of a user's words do not wait for anything."""
    names = [node.id for node in graph.nodes() if node.role != "assistant"]
    assert entered(lambda: [list(graph.in_edges(name)) for name in names]) == 0


def test_they_are_made_once(graph):
    """The first question finds the causes of all nodes, and the next ones nothing more to do."""
    assert entered(lambda: causal_chain(graph, graph.leaf)) > 0
    assert entered(lambda: (list(graph.edges()), causal_chain(graph, graph.leaf), mentions(graph, "ORD-48213"))) == 0


def test_asking_while_iterating(graph):
    """Edges that are being walked stay what they were when causes are made in between."""
    first = next(graph.nodes()).id
    walked = [(edge, list(graph.edges(EdgeType.CAUSAL))) for edge in graph.out_edges(first, EdgeType.TEMPORAL)]
    assert len(walked) == 1
    call = next(graph.nodes(NodeType.TOOL_CALL)).id
    again = ContextGraph("s")
    again.add_message("user", "look into src/io_util.py")
    again.add_tool_call("read", {"path": "src/io_util.py", "part": 0})
    again.add_tool_result(call, "one")
    again.add_tool_result(call, "two")
    told = [edge.type for edge in again.out_edges(call, EdgeType.TOOL_IO) if list(again.edges())]
    assert told == [EdgeType.TOOL_IO, EdgeType.TOOL_IO]


def test_originals_that_cannot_be_had_are_asked_for_again():
    """Where originals fail to come, the question fails, and the next one that succeeds has all causes."""
    whole = ContextGraph("s")
    source = whole.add_message("user", "the order is ORD-48213")
    elided = source.evolve(content="…", metadata={"elided": "1.2"})
    answers = iter([OSError("no disk"), [source]])

    def originals(_):
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    graph = assemble("s", [elided], [], originals=originals)
    call = graph.add_tool_call("get_order", {"id": "ORD-48213"})
    with pytest.raises(OSError, match="no disk"):
        causal_chain(graph, call.id)
    [cause] = causal_chain(graph, call.id)
    assert cause.evidence["value"] == "ORD-48213"
