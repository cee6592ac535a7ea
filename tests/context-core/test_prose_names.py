"""Names in prose: an extra, judged by forms."""

import pytest

from context_core import ContextGraph, mentions, prose_names

pytest.importorskip("probablepeople", reason='needs pip install "context-core[names]"')


def names(text):
    return [(name.kind.value, name.text) for name in prose_names(text)]


def test_persons_and_organizations_are_told_apart():
    """With titles, and with what stands between the words of a name."""
    text = "Hi, I'm Sofia Kim. Dr. Jane van Dyke of Acme Corporation asked José García."
    assert next(name for kind, name in names(text) if kind == "person") == "Sofia Kim"
    assert ("person", "José García") in names(text)
    assert any("Acme Corporation" in name for kind, name in names(text))


def test_headings_of_common_words_are_none():
    """A word that the text also has in lower case is no name."""
    assert names("Error Message\nthe error message says nothing") == []
    assert names("all in lower case, no name at all") == []


def test_places_are_those_of_the_text():
    """Each name as often as it stands there."""
    text = "Mei Ahmed wrote to Mei Ahmed."
    found = prose_names(text)
    assert [text[name.start : name.end] for name in found] == ["Mei Ahmed", "Mei Ahmed"]


def test_a_name_of_several_words_is_found_where_it_stands():
    """Its words apart do not mention it."""
    graph = ContextGraph("s")
    for text in ("I am Yusuf Rossi.", "Yusuf likes Rossi more", "Yusuf\nRossi", "order of Yusuf Rossi"):
        graph.add_message("user", text)
    assert [mention.node.content for mention in mentions(graph, "Yusuf Rossi")] == [
        "I am Yusuf Rossi.",
        "order of Yusuf Rossi",
    ]
