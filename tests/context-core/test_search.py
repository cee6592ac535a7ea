import sqlite3
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from context_core import ContextGraph, EdgeType, Node, NodeType, SearchIndex, StoreError, search
from context_core.fusion import fuse
from context_core.index import lexical
from context_core.index.vectors import VectorScan, pack
from context_core.spread import spread

WORDS = ["alpha", "beta", "gamma", "delta"]


def node(node_id, content, type=NodeType.MESSAGE, **fields):
    return Node(node_id, type, "user", content, tokens=1, **fields)


def found(index, query, **options):
    return [match.node_id for match in index.lexical(query, **options)]


@pytest.fixture
def index():
    with SearchIndex() as index:
        yield index


@pytest.fixture
def graph():
    """A session in which an agent reads two files and says a word about each."""
    graph = ContextGraph("s")
    graph.add_message("system", "You are careful.")
    graph.add_message("user", "Which port does the server use?", created_at=0.0)
    for name, body in (("server", "PORT = 8080"), ("client", "RETRIES = 3")):
        graph.add_message("assistant", f"I open {name}.")
        call = graph.add_tool_call("read", {"path": f"src/{name}.py"}, created_at=600.0)
        graph.add_tool_result(call.id, body, created_at=601.0)
    return graph


class IndexMachine(RuleBasedStateMachine):
    """An index finds what a dict of the same nodes has, however nodes come, change and go."""

    def __init__(self):
        super().__init__()
        self.index = SearchIndex()
        self.model: dict[str, str] = {}

    @rule(node_id=st.sampled_from("abcd"), text=st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join))
    def add(self, node_id, text):
        changed = self.model.get(node_id) != text
        assert self.index.add([node(node_id, text)]) == changed
        self.model[node_id] = text

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def remove(self, data):
        node_id = data.draw(st.sampled_from(sorted(self.model)))
        assert self.index.remove([node_id, "unknown"]) == 1
        del self.model[node_id]

    @invariant()
    def finds_the_same(self):
        assert len(self.index) == len(self.model)
        for word in WORDS:
            assert sorted(found(self.index, word)) == sorted(n for n, text in self.model.items() if word in text)

    def teardown(self):
        self.index.close()


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


class TestLexical:
    def test_it_finds_names_whole_and_by_their_parts(self, index):
        """A path, a snake name and a camel-case name are found whole, by a part, and by their words."""
        index.add([node("a", "see src/io/row_parser.py"), node("b", "class RowParser: ..."), node("c", "else")])
        for query in ("src/io/row_parser.py", "row_parser", "parser", "row parser"):
            assert "a" in found(index, query)
        for query in ("RowParser", "rowparser", "row parser"):
            assert "b" in found(index, query)
        assert "c" not in found(index, "row parser")

    def test_a_whole_name_beats_its_scattered_parts(self, index):
        """Of two texts with the same words, the one that has them as the name stands first."""
        index.add([node("parts", "rows main parse a test py"), node("whole", "open test/parse_rows.py main a")])
        assert found(index, "test/parse_rows.py")[0] == "whole"

    def test_endings_do_not_matter(self, index):
        """A word is found in another form."""
        index.add([node("a", "the migrations failed")])
        assert found(index, "failing migration") == ["a"]

    @given(query=st.text(max_size=40))
    def test_a_query_is_never_syntax(self, query):
        """No query raises, whatever its characters."""
        with SearchIndex() as index:
            index.add([node("a", "alpha")])
            assert found(index, query) in ([], ["a"])

    @pytest.mark.parametrize("query", ['alpha"', "alpha AND", "text:alpha", "alpha*", "NEAR(alpha", "-alpha", "(alpha"])
    def test_operators_are_words(self, index, query):
        """What FTS5 would read as an operator only leaves the words to search for."""
        index.add([node("a", "alpha")])
        assert found(index, query) == ["a"]

    def test_a_fact_deep_in_a_long_text_is_found_with_its_place(self, index):
        """The hit is the node, and its span is the passage around the fact."""
        content = "filler line of text\n" * 20_000 + "the launch code is zebra\n" + "more filler\n" * 1_000
        index.add([node("a", content), node("b", "filler")])
        [match] = index.lexical("zebra")
        assert "launch code is zebra" in content[match.start : match.end]
        assert match.end - match.start <= 1_000

    def test_odd_characters_are_indexed(self, index):
        """Lone surrogates, NUL and text of other scripts do no harm."""
        index.add([node("a", "größe \ud83d zebra\x00stripe 日本語"), node("b", "")])
        assert found(index, "zebra") == found(index, "größe") == found(index, "日本語") == ["a"]

    def test_common_terms_give_way_to_rare_ones(self, index, monkeypatch):
        """Past the budget the rare word alone is searched for; if all are common, the latest rows are."""
        monkeypatch.setattr(lexical, "BUDGET", 5)
        index.add([node(str(number), f"common {'zebra' if number == 7 else ''}") for number in range(20)])
        assert found(index, "common zebra") == ["7"]
        assert set(found(index, "common")) == {"15", "16", "17", "18", "19"}


class TestPersistence:
    def test_another_process_finds_what_was_added(self, tmp_path):
        """A file that was never closed opens in a new process."""
        path = tmp_path / "index.db"
        code = (
            "import os, sys; from context_core import *; index = SearchIndex(sys.argv[1]);"
            "index.add([Node('a', NodeType.MESSAGE, 'user', 'a zebra', tokens=1)]); os._exit(0)"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
        with SearchIndex(path) as index:
            assert found(index, "zebra") == ["a"]
            assert "a" in index
            assert "b" not in index

    def test_adding_is_all_or_nothing(self, index):
        """An error among the nodes leaves the index as it was."""
        index.add([node("a", "alpha")])

        def nodes():
            yield node("a", "beta")
            yield node("b", "beta")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            index.add(nodes())
        assert (found(index, "beta"), found(index, "alpha")) == ([], ["a"])

    def test_a_file_of_another_kind_is_refused(self, tmp_path):
        """Neither text nor another program's database is taken for an index, or written to."""
        text, other = tmp_path / "notes.txt", tmp_path / "other.db"
        text.write_text("no database at all, but long enough to have a header " * 20)
        with sqlite3.connect(other) as db:
            db.execute("create table mine (x)")
        db.close()
        for path in (text, other):
            with pytest.raises(StoreError, match="SearchIndex"):
                SearchIndex(path)
        with sqlite3.connect(other) as db:
            assert [row[0] for row in db.execute("select name from sqlite_master")] == ["mine"]
        db.close()

    def test_a_newer_version_is_refused(self, tmp_path):
        """An index of a version to come is left alone."""
        path = tmp_path / "index.db"
        SearchIndex(path).close()
        with sqlite3.connect(path) as db:
            db.execute("update meta set value = 99 where key = 'version'")
        db.close()
        with pytest.raises(StoreError, match="version 99"):
            SearchIndex(path)

    def test_threads_share_an_index(self, tmp_path):
        """One thread adds while others search, and nothing is lost or raised."""
        errors: list[Exception] = []
        with SearchIndex(tmp_path / "index.db") as index:

            def read():
                try:
                    for _ in range(50):
                        found(index, "zebra")
                except Exception as error:
                    errors.append(error)

            readers = [threading.Thread(target=read) for _ in range(3)]
            for reader in readers:
                reader.start()
            for number in range(50):
                index.add([node(str(number), "zebra")])
            for reader in readers:
                reader.join()
            assert errors == []
            assert len(found(index, "zebra")) == 50


class TestSearch:
    def test_a_hit_brings_its_call_and_its_result(self, graph):
        """The result has no word of the query; its call has, and brings it, and says so."""
        hits = search(graph, "server.py", limit=3)
        by_content = {hit.node.content: hit for hit in hits}
        brought = by_content["PORT = 8080"]
        call = next(hit for hit in hits if hit.node.type is NodeType.TOOL_CALL)
        assert (brought.brought_by, brought.relation) == (call.node.id, EdgeType.TOOL_IO)
        assert brought.span is None
        assert brought.lexical_rank is None
        assert (call.lexical_rank, call.span, call.why) == (1, (0, len(call.node.content)), "no. 1 by words")

    def test_without_expansion_only_matches_are_hits(self, graph):
        """Nothing is brought, and no neighbour is among the hits."""
        hits = search(graph, "server", expand=False)
        assert hits
        assert all("server" in hit.node.content and hit.brought_by is None for hit in hits)

    def test_types_and_limit_hold(self, graph):
        """Only the types asked for are returned, and no more than the limit."""
        hits = search(graph, "server port", types={NodeType.TOOL_RESULT}, limit=1)
        assert [hit.node.content for hit in hits] == ["PORT = 8080"]
        with pytest.raises(ValueError, match="limit=0"):
            search(graph, "server", limit=0)

    def test_an_index_of_more_than_the_graph_gives_only_its_nodes(self, graph, index):
        """Nodes of other sessions in the index are passed over; a session's own are found as without an index."""
        index.add(graph.nodes())
        index.add([node("stranger", "server port")])
        hits = search(graph, "server port", index=index)
        assert {hit.node.id for hit in hits} == {hit.node.id for hit in search(graph, "server port")}

    def test_searching_twice_gives_the_same(self, graph):
        """Scores, order and reasons repeat, and the graph is not changed."""
        assert search(graph, "which port", now=700.0) == search(graph, "which port", now=700.0)

    def test_recent_nodes_are_favoured_at_a_time(self):
        """Of two nodes with the same words the older wins without a time by its fewer words, the recent one with it."""
        graph = ContextGraph("s")
        old = graph.add_message("user", "zebra stripes", created_at=0.0)
        for number in range(5):
            graph.add_message("user", f"nothing {number}", created_at=1.0)
        new = graph.add_message("user", "zebra stripes and more", created_at=6_000.0)
        assert search(graph, "zebra stripes", expand=False)[0].node == old
        assert search(graph, "zebra stripes", expand=False, now=6_000.0)[0].node == new

    def test_nothing_is_found_for_nothing(self, graph):
        """A query that matches no word, an empty one, and an empty graph have no hits."""
        assert search(graph, "zzz") == search(graph, "") == search(ContextGraph("e"), "server") == []


class TestFusion:
    @given(st.lists(st.permutations(range(5)), min_size=1, max_size=4))
    def test_what_all_rank_first_is_first(self, rankings):
        """An item that leads every ranking leads the fused one, and no item is lost."""
        led = [[99, *ranking] for ranking in rankings]
        fused = fuse((1.0, ranking) for ranking in led)
        assert next(iter(fused)) == 99
        assert set(fused) == {99, *range(5)}
        assert list(fused.values()) == sorted(fused.values(), reverse=True)

    def test_a_weight_of_nothing_changes_nothing(self):
        """A ranking of weight 0 leaves the order of the others."""
        assert list(fuse([(1.0, "ab"), (0.0, "ba")])) == ["a", "b"]


class TestSpread:
    def test_it_never_takes_away(self, graph):
        """Nodes keep their own score, and only neighbours of nodes with one are given any."""
        scores = {hit.id: 1.0 for hit in graph.nodes(NodeType.TOOL_CALL)}
        active = spread(graph, scores)
        assert all(active[node_id].score >= active[node_id].own == 1.0 for node_id in scores)
        assert all(other.gift is not None for node_id, other in active.items() if node_id not in scores)

    def test_unknown_nodes_are_passed_over(self, graph):
        """A score of a node that is not in the graph spreads nowhere."""
        assert spread(graph, {"unknown": 1.0}) == {}


def test_vectors_among_some():
    """The scan of vectors returns those that it may, nearest first, however few they are."""
    pytest.importorskip("faiss")
    numpy = pytest.importorskip("numpy")
    vectors = numpy.eye(16, dtype=numpy.float32)
    scan = VectorScan(16)
    scan.add([10 * number for number in range(1, 17)], pack(vectors))
    some = numpy.array([20, 130, 999], dtype=numpy.int64)
    assert [rowid for rowid, _ in scan.search(vectors[1], 5, among=some)] == [20, 130]
    assert scan.search(vectors[1], 5, among=some[:0]) == []
    assert scan.search(vectors[1], 1) == [(20, pytest.approx(1.0, abs=0.02))]
