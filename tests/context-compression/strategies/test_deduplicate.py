"""Deduplicate: of equal and nearly equal texts the latest stays."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_compression import Deduplicate, Preserve, scope_of
from context_compression.strategies._near import MinHashIndex, PieceIndex
from context_compression.strategies._pieces import edits, pieces
from context_compression.testing.sessions import sessions
from context_compression.testing.strategy import StrategyContract
from context_core import ContextGraph

TEXT = "".join(f"def function_{number}(value):  # line {number}\n" for number in range(40))


class TestContract(StrategyContract):
    strategy = Deduplicate()


def graph_of(*results, tool="read"):
    graph = ContextGraph("s")
    for number, text in enumerate(results):
        call = graph.add_tool_call(tool, {"path": f"src/part_{number}.py"})
        graph.add_tool_result(call.id, text)
    graph.add_message("user", "and now?")
    return graph


def proposed(graph, **options):
    return list(Deduplicate(**options).propose(scope_of(graph, Preserve())))


def test_the_latest_of_equal_texts_stays():
    """Of three equal results the first two become one line each, which names the last."""
    graph = graph_of(TEXT, TEXT, "between", TEXT)
    found = proposed(graph)
    results = [node for node in graph.nodes() if node.content == TEXT]
    assert [candidate.nodes[0].id for candidate in found] == [results[0].id, results[1].id]
    for candidate in found:
        reference = graph.reference_of(candidate.nodes[0])
        assert candidate.after.content == f"[same as the later result of read src/part_3.py; expand {reference}]"


def test_what_differs_a_little_keeps_the_difference_in_sight():
    """Of a text of which one line changed, that line stands below the pointer, as it was and as it is."""
    [candidate] = proposed(graph_of(TEXT, TEXT.replace("line 7\n", "line seven\n")))
    assert candidate.after.content.splitlines()[1:] == [
        "@@ -8,1 +8,1 @@",
        "-def function_7(value):  # line seven",
        "+def function_7(value):  # line 7",
    ]


def test_what_differs_much_is_left_alone():
    """Texts that share half of their lines both stay."""
    assert proposed(graph_of(TEXT, TEXT[: len(TEXT) // 2] + TEXT[len(TEXT) // 2 :].upper())) == []


def test_short_texts_are_left_alone():
    """A text below the least number of tokens is not worth a pointer."""
    assert proposed(graph_of("ok, done\n", "ok, done\n")) == []


def test_the_task_is_never_rewritten_but_may_be_pointed_to():
    """A result that the user's latest message says again points to the message."""
    graph = graph_of(TEXT)
    graph.add_message("user", TEXT)
    [candidate] = proposed(graph)
    assert candidate.after.content.startswith("[same as the later message of the user; expand ")


def test_a_text_that_is_pointed_to_stays_for_good():
    """What an earlier compression's pointer names is not itself rewritten by a later one."""
    graph = graph_of(TEXT, TEXT)
    [first] = proposed(graph)
    graph.put(first.after)
    call = graph.add_tool_call("read", {"path": "again.py"})
    graph.add_tool_result(call.id, TEXT)
    assert proposed(graph) == []


@given(sessions())
def test_no_pointer_leads_to_a_pointer(graph):
    """What a rewrite points to is not rewritten, and comes later."""
    place = {node.id: number for number, node in enumerate(graph.nodes())}
    found = {candidate.nodes[0].id: candidate.after.metadata["same_as"] for candidate in proposed(graph)}
    assert not set(found) & set(found.values())
    assert all(place[node] < place[kept] for node, kept in found.items())


class Bags:
    """An encoder whose vectors count letters, so that the order of words means nothing."""

    model_id = "bags"
    dimensions = 26

    def encode(self, texts):
        counts = np.array([[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts], np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def test_with_an_encoder_what_means_the_same_goes_and_its_own_values_stay():
    """A text in other words points to the later one, and names the values that only it says."""
    words = [f"the word_{chr(97 + at)} is said" for at in range(20)]
    graph = graph_of(", ".join(words) + " in ORD-1771", ", ".join(reversed(words)) + " again")
    assert proposed(graph) == []
    [candidate] = proposed(graph, encoder=Bags(), likeness=0.9)
    assert candidate.after.content.startswith("[means the same as the later result of read src/part_1.py; expand ")
    assert candidate.after.content.endswith("\nand says ORD-1771")


@given(sessions())
def test_with_an_encoder_no_pointer_leads_to_a_pointer(graph):
    """Nor do pointers to what means the same."""
    found = proposed(graph, encoder=Bags(), likeness=0.8)
    targets = {candidate.after.metadata["same_as"] for candidate in found}
    assert not {candidate.nodes[0].id for candidate in found} & targets


def test_without_rensa_it_finds_the_same_here(monkeypatch):
    """The index that needs nothing installed finds equal and nearly equal texts too."""
    graph = graph_of(TEXT, TEXT.replace("line 7\n", "line seven\n"), "between\n" * 90)
    expected = proposed(graph)
    monkeypatch.setitem(sys.modules, "rensa", None)
    monkeypatch.setattr("context_compression.strategies._near.find_spec", lambda name: None)
    assert proposed(graph) == expected != []


@pytest.mark.parametrize("index", [MinHashIndex, PieceIndex])
def test_both_indexes_find_what_is_near(index):
    """A text with one of its forty lines changed is found, one with other lines is not."""
    if index is MinHashIndex:
        pytest.importorskip("rensa", reason="needs the extra near")
    lines = TEXT.splitlines(keepends=True)
    held = index([lines, [*lines[:9], "another line\n", *lines[10:]], ["else\n"] * 30])
    held.add(1)
    held.add(2)
    assert held.near(0) == [1]


@given(st.text(alphabet="ab,\n\r", max_size=400))
def test_pieces_are_the_text(text):
    """Joined, the pieces of a text are the text."""
    assert "".join(pieces(text)) == text


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")), st.integers(0, 40))
def test_a_difference_gives_the_other_text(old, new, most):
    """Carrying out the edits gives the other sequence, and there are no more of them than asked for."""
    hunks = edits(old, new, most)
    if hunks is None:
        assert most < len(old) + len(new)
        return
    built, at = [], 0
    for a, b, c, d in hunks:
        built += [*old[at:a], *new[c:d]]
        at = b
    assert built + old[at:] == new
    assert sum(b - a + d - c for a, b, c, d in hunks) <= most
