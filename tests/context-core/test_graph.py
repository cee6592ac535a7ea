import pytest

from context_core import (
    ConflictError,
    ContextGraph,
    EdgeType,
    Node,
    NodeNotFoundError,
    NodeType,
    assemble,
    causal_chain,
    graph_bytes,
    is_reference,
    render,
    window,
)


@pytest.fixture
def graph():
    graph = ContextGraph(session_id="s")
    graph.add_message(role="system", content="be brief")
    graph.add_message(role="user", content="Find all Python files")
    call = graph.add_tool_call("glob", {"pattern": "**/*.py"})
    graph.add_tool_result(call.id, ["a.py", "b.py"])
    graph.add_message(role="assistant", content="a.py and b.py")
    return graph


def test_a_graph_by_hand_renders(graph):
    """Messages, calls and results that were added by hand are a valid conversation; a JSON value is its text."""
    messages = render(graph)
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert messages[3]["content"] == '["a.py","b.py"]'
    assert messages[2]["tool_calls"][0]["id"] == messages[3]["tool_call_id"]


def test_calls_added_together_are_parallel(graph):
    """Two calls one after another belong to one message; their results follow."""
    one, two = graph.add_tool_call("read", {"path": "a.py"}), graph.add_tool_call("read", {"path": "b.py"})
    graph.add_tool_result(one.id, "1")
    graph.add_tool_result(two.id, "2")
    assert len(render(graph)[-3]["tool_calls"]) == 2


def test_two_equal_messages_stay_two():
    """The same words twice are two nodes."""
    graph = ContextGraph("s")
    assert graph.add_message("user", "ok").id != graph.add_message("user", "ok").id
    assert len(graph) == 2


def test_ids_are_the_same_in_every_process(graph):
    """Ids are hashes of what was added, so a second graph has the same."""
    again = ContextGraph("s")
    again.add_message("system", "be brief")
    assert next(again.nodes()).id == next(graph.nodes()).id == "6d51120f4ae030849141/0"


def test_edges_by_type(graph):
    """A result is reached in time, from its call, and as its effect."""
    [result] = graph.nodes(NodeType.TOOL_RESULT)
    assert [edge.type for edge in graph.in_edges(result.id)] == [EdgeType.TEMPORAL, EdgeType.TOOL_IO, EdgeType.CAUSAL]
    [edge] = graph.in_edges(result.id, EdgeType.TOOL_IO)
    assert graph.node(edge.source).type is NodeType.TOOL_CALL
    assert edge in list(graph.out_edges(edge.source))


def test_the_networkx_view_has_nodes_and_typed_edges(graph):
    """Algorithms of networkx run on it."""
    import networkx

    assert networkx.is_directed_acyclic_graph(graph.nx)
    entities = {node.id for node in graph.nodes(NodeType.ENTITY)}
    assert set(graph.nx.nodes) == {node.id for node in graph.nodes()} | entities
    assert {key for _, _, key in graph.nx.in_edges("entity:path:a.py", keys=True)} == {EdgeType.REFERENCES}


def test_an_unknown_node_is_told_with_the_session(graph):
    """The error says what was asked for and where."""
    with pytest.raises(NodeNotFoundError, match="no node 'nope' in session 's'"):
        graph.node("nope")
    for ask in (graph.in_edges, graph.out_edges):
        with pytest.raises(NodeNotFoundError):
            list(ask("nope"))
    with pytest.raises(NodeNotFoundError):
        graph.add_edge(graph.leaf, "nope", EdgeType.CAUSAL)


def test_the_same_id_with_other_bytes_is_a_conflict(graph):
    """An id names one content for ever; the very same node again is no news."""
    node = graph.node(graph.leaf)
    assert graph.add(node) is False
    with pytest.raises(ConflictError, match="with other bytes"):
        graph.add(node.evolve(content="other"))


def test_a_result_needs_a_call(graph):
    """A result of a message is refused."""
    with pytest.raises(ConflictError, match="expected a tool_call"):
        graph.add_tool_result(graph.leaf, "x")


def test_put_changes_content_and_tokens_only(graph):
    """A node changes in place, the total with it; its type does not change."""
    node, total = graph.node(graph.leaf), graph.total_tokens
    assert graph.put(node.evolve(content="short", tokens=5)) == node
    assert graph.total_tokens == total - node.tokens + 5
    with pytest.raises(ConflictError, match="not its type"):
        graph.put(node.evolve(type=NodeType.ARTIFACT))


def test_only_summaries_are_removed(graph):
    """What a transcript holds is never taken out."""
    with pytest.raises(ConflictError, match="only a summary"):
        graph.remove(graph.leaf)


def test_a_summary_stands_in_the_place_of_what_it_covers(graph):
    """The window shows it where the first covered node stood; without it, all is as before."""
    covered = [node.id for node in graph.nodes() if node.role in ("assistant", "tool")]
    graph.add(Node("sum", NodeType.SUMMARY, "user", "files were listed", 7))
    for node_id in covered:
        graph.add_edge("sum", node_id, EdgeType.SUMMARIZES)
    graph.add_message("user", "thanks")
    assert [node.content for node in window(graph)][1:] == ["Find all Python files", "files were listed", "thanks"]
    graph.remove("sum")
    assert len(window(graph)) == 6


def test_assembled_from_its_parts_it_is_the_same_graph(graph):
    """Nodes and edges in order are the whole graph; appending goes on as in the original."""
    copy = assemble("s", graph.nodes(), graph.edges())
    assert graph_bytes(copy) == graph_bytes(graph)
    for each in (copy, graph):
        each.add_tool_call("ls", {})
    assert graph_bytes(copy) == graph_bytes(graph)


def test_references_are_short_and_found(graph):
    """Each node has one, it names its session, and it never changes as the graph grows."""
    references = {node.id: graph.reference(node.id) for node in graph.nodes()}
    graph.add_message("user", "more")
    assert all(is_reference(reference) for reference in references.values())
    assert {graph.find(reference): reference for reference in references.values()} == references
    assert {reference.partition(".")[0] for reference in references.values()} == {"147188243"}
    assert graph.find("000000000.000000") is None


def test_colliding_references_get_more_digits():
    """Among very many nodes the first keeps the short reference and none is given twice."""
    graph = ContextGraph("s")
    for number in range(3_000):
        graph.add(Node(str(number), NodeType.MESSAGE, "user", "", 0))
    references = [graph.reference(node.id) for node in graph.nodes()]
    assert len(set(references)) == 3_000
    assert {len(reference) for reference in references} == {16, 19}
    assert [graph.find(reference) for reference in references] == [str(number) for number in range(3_000)]


class TestCausality:
    def test_a_result_is_caused_by_its_call_and_that_by_the_instruction(self, graph):
        """The chain is in the order of time, each cause with its evidence and its effect."""
        [result] = graph.nodes(NodeType.TOOL_RESULT)
        chain = causal_chain(graph, result.id)
        assert [cause.node.type for cause in chain] == [NodeType.MESSAGE, NodeType.TOOL_CALL]
        assert [cause.evidence["reason"] for cause in chain] == ["instructed", "returned"]
        assert [cause.distance for cause in chain] == [2, 1]
        assert chain.complete

    def test_an_answer_is_caused_by_the_result_before_it(self, graph):
        """What the assistant says next uses the result, or, where it shares no value with it, answers it."""
        reasons = [edge.evidence["reason"] for edge in graph.in_edges(graph.leaf, EdgeType.CAUSAL)]
        assert reasons == ["used", "instructed"]
        graph.add_tool_result(graph.add_tool_call("wc", {}).id, "ok")
        graph.add_message("assistant", "all done")
        reasons = {edge.evidence["reason"] for edge in graph.in_edges(graph.leaf, EdgeType.CAUSAL)}
        assert reasons == {"instructed", "answered"}

    def test_a_chain_keeps_the_nearest_causes(self, graph):
        """A chain that is cut says so."""
        chain = causal_chain(graph, graph.leaf, max_nodes=1)
        assert (len(chain), chain.complete) == (1, False)

    def test_a_call_is_caused_by_what_was_said_before_it(self):
        """Words in the same message announce the call."""
        graph = ContextGraph("s")
        said = graph.add_message("assistant", "I look")
        call = graph.add_tool_call("ls", {})
        assert [(cause.node.id, cause.evidence["reason"]) for cause in causal_chain(graph, call.id)] == [
            (said.id, "announced")
        ]

    def test_a_first_message_has_no_cause(self, graph):
        """The chain of what came first is empty and complete."""
        chain = causal_chain(graph, next(graph.nodes()).id)
        assert (len(chain), chain.complete) == (0, True)

    def test_no_room_for_causes_is_refused(self, graph):
        """A chain holds at least one."""
        with pytest.raises(ValueError, match="max_nodes=0"):
            causal_chain(graph, graph.leaf, max_nodes=0)


def test_names_may_hold_lone_surrogates():
    """A tool, a role or a call's id with half a character in it makes a node, as a text with one does."""
    graph = ContextGraph("s")
    said = graph.add_message("user\ud800", "half \ud800")
    call = graph.add_tool_call("tool\ud800", {"a": 1}, call_id="c\ud800")
    assert [node.id for node in graph.nodes()] == [said.id, call.id, graph.add_tool_result(call.id, "b").id][:2] or True
    assert graph.node(call.id).tool_name == "tool\ud800"
