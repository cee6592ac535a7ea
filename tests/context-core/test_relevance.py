import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    Bm25Scorer,
    DenseScorer,
    MissingExtraError,
    Node,
    NodeType,
    Scorer,
    TfidfScorer,
    decay,
    recency,
    relevance,
)
from context_core.passages import passages, spans
from context_core.terms import compounds, humps, words

TEXTS = st.lists(st.text(max_size=80), max_size=8)
SCORERS = [Bm25Scorer(), TfidfScorer()]


class LetterEncoder:
    """A vector of two numbers: how much a text is of the letter a, and how much of others."""

    model_id = "letters"
    dimensions = 2

    def encode(self, texts):
        numpy = pytest.importorskip("numpy", reason="needs the extra context-core[semantic]")
        rows = [(text.count("a"), sum(c.isalpha() and c != "a" for c in text)) for text in texts]
        vectors = numpy.array(rows, dtype=numpy.float32).reshape(len(texts), 2)
        return vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def node(content, type=NodeType.MESSAGE, role="user", node_id="n/0", **fields):
    return Node(node_id, type, role, content, tokens=1, **fields)


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: type(scorer).__name__)
class TestScorers:
    def test_it_is_a_scorer(self, scorer):
        """The scorer has the method of the protocol."""
        assert isinstance(scorer, Scorer)

    @given(query=st.text(max_size=60), texts=TEXTS)
    def test_scores_are_shares_and_repeat(self, scorer, query, texts):
        """Any texts score from 0 to 1, one number each, and the same when asked again."""
        scores = scorer.score(query, texts)
        assert len(scores) == len(texts)
        assert all(0 <= score <= 1 for score in scores)
        assert scorer.score(query, texts) == scores

    @given(texts=st.lists(st.text(alphabet="bcd ", max_size=30), min_size=1, max_size=6), place=st.integers(0, 6))
    def test_only_what_has_a_term_scores(self, scorer, texts, place):
        """The one text that has a term of the query scores, and no other."""
        place = min(place, len(texts))
        scores = scorer.score("zebra", [*texts[:place], "a zebra", *texts[place:]])
        assert [score > 0 for score in scores] == [number == place for number in range(len(texts) + 1)]

    def test_a_rare_term_weighs_more_than_a_common_one(self, scorer):
        """A text with the query's rare word stands above one with its common word."""
        texts = ["report of today", "report of monday", "report of friday", "zebra of friday"]
        scores = scorer.score("report zebra", texts)
        assert scores[3] > max(scores[:3])

    def test_names_are_found_inside_longer_names(self, scorer):
        """A word finds the camel-case name and the plural that contain it, and a short word only itself."""
        assert all(score > 0 for score in scorer.score("index", ["class SearchIndex", "two indexes"]))
        assert scorer.score("go", ["a goal"]) == [0.0]

    def test_a_query_of_stop_words_scores_nothing(self, scorer):
        """What stands everywhere is no reason to prefer a text."""
        assert scorer.score("what is it", ["what is it", "else"]) == [0.0, 0.0]


def test_relevance_keeps_the_order_of_nodes_and_passes_images_over():
    """Each node gets its score in its place; an image, which has no words, gets 0."""
    image = node("parse", metadata={"kind": "image"})
    scores = relevance([node("nothing here"), image, node("parse it")], "parse")
    assert scores[:2] == [0.0, 0.0]
    assert scores[2] > 0
    assert relevance([], "parse") == []


def test_relevance_takes_any_scorer():
    """A scorer of the caller's takes the place of the default."""

    class Length:
        def score(self, query, texts):
            return [1 / (1 + len(text)) for text in texts]

    assert relevance([node("ab"), node("")], "x", Length()) == [1 / 3, 1.0]


def test_dense_relevance_is_that_of_the_best_passage():
    """A long text counts by the passage that is nearest to the query, an empty one by 0."""
    scores = DenseScorer(LetterEncoder()).score("aaa", ["b" * 2_000 + "\n" + "a" * 900, "bbb", ""])
    assert scores == pytest.approx([1.0, 0.0, 0.0], abs=0.01)


class TestDecay:
    @given(age=st.floats(0, 1e7), later=st.floats(0, 1e7))
    def test_it_falls_with_time_to_the_floor(self, age, later):
        """The longer ago, the less, never below the floor, and the same when asked twice."""
        one = node("x", created_at=0.0)
        assert 0.1 <= decay(one, age + later) <= decay(one, age) <= 1
        assert decay(one, age) == decay(one, age)

    def test_the_rate_is_that_of_a_minute(self):
        """After two minutes 0.95 squared is left."""
        assert decay(node("x", created_at=60.0), 180.0) == pytest.approx(0.95**2)

    @pytest.mark.parametrize("role", ["system", "developer"])
    def test_system_nodes_do_not_decay(self, role):
        """Instructions keep all their weight."""
        assert decay(node("x", role=role, created_at=0.0), 1e9) == 1

    def test_a_node_without_a_time_does_not_decay(self):
        """Without a time nothing is known, so nothing is taken away; it is not recent either."""
        assert decay(node("x"), 1e9) == 1
        assert recency(node("x"), 1e9) == 0

    def test_a_node_of_the_future_is_of_now(self):
        """A clock that runs ahead gives no more than all."""
        assert decay(node("x", created_at=100.0), 0.0) == recency(node("x", created_at=100.0), 0.0) == 1

    def test_bounds_are_checked(self):
        """Rates, floors and half-lives out of bounds are refused."""
        for wrong in ({"rate": 0}, {"rate": 1.1}, {"floor": -0.1}):
            with pytest.raises(ValueError, match="expected a rate"):
                decay(node("x"), 0, **wrong)
        with pytest.raises(ValueError, match="half_life"):
            recency(node("x"), 0, half_life=0)


class TestTerms:
    @given(st.text())
    def test_words_are_lower_case_and_distinct(self, text):
        """No word stands twice, none has a separator."""
        found = words(text)
        assert len(set(found)) == len(found)
        assert all("_" not in word and not word.isspace() for word in found)

    @pytest.mark.parametrize(
        ("name", "parts"),
        [
            ("SearchIndex", ["search", "index"]),
            ("parseHTTPResponse", ["parse", "http", "response"]),
            ("readID3Tags", ["read", "id", "3", "tags"]),
        ],
    )
    def test_humps_split_names(self, name, parts):
        """Camel-case names fall apart at their humps, and words keeps the whole beside them."""
        assert humps(name) == parts
        assert words(name)[0] == name.lower()
        assert set(parts) <= set(words(name))

    @pytest.mark.parametrize("name", ["src/a.py", "a.b.c", "parse_rows", "x@y.org", "2024-05-20", "main.go:12"])
    def test_compounds_keep_names_whole(self, name):
        """Paths, dotted and snake names, addresses, dates and places in files are one name each."""
        assert compounds(f"Look at {name}, please.") == [name]


class TestPassages:
    @given(text=st.text(), size=st.integers(1, 50))
    def test_spans_cover_a_text_without_gaps(self, text, size):
        """Windows follow one another and are at most of their size."""
        found = list(spans(text, size))
        assert "".join(text[start:end] for start, end in found) == text
        assert all(0 < end - start <= size for start, end in found)

    def test_encoded_data_is_left_out(self):
        """Base 64 is no text, and what stands beside it is; an image has no passage at all."""
        [first, *_] = passages(node("before " + "iVBORw0KGgo" * 60 + " after"))
        assert first.text.split() == ["before", "after"]
        assert list(passages(node("words", metadata={"kind": "image"}))) == []


def test_a_missing_extra_is_named():
    """What to install is said, and it is an ImportError, too."""
    error = MissingExtraError("faiss", "semantic")
    assert isinstance(error, ImportError)
    assert 'pip install "context-core[semantic]"' in str(error)
