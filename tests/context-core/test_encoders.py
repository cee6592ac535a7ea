import subprocess
import sys

import pytest

from context_core import (
    ContextGraph,
    DenseScorer,
    Encoder,
    EncoderMismatchError,
    MissingExtraError,
    Node,
    NodeType,
    SearchIndex,
    StaticEncoder,
    search,
)

numpy = pytest.importorskip("numpy", reason="needs the extra context-core[semantic]")
pytest.importorskip("faiss", reason="needs the extra context-core[semantic]")
pytest.importorskip("model2vec", reason="needs the extra context-core[semantic]")

TEXTS = ["the cat sits on the mat", "a kitten rests on the rug", "quarterly revenue rose by 4 %"]


def node(node_id, content):
    return Node(node_id, NodeType.MESSAGE, "user", content, tokens=1)


class HashEncoder:
    """Directions drawn from a text's words: texts that share words are near one another."""

    def __init__(self, model_id="hash", dimensions=64):
        self.model_id = model_id
        self.dimensions = dimensions
        self.encoded = 0

    def encode(self, texts):
        self.encoded += len(texts)
        rows = numpy.zeros((len(texts), self.dimensions), dtype=numpy.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row += numpy.random.default_rng(sum(map(ord, word))).normal(size=self.dimensions)
        return rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@pytest.fixture(scope="module")
def static():
    return StaticEncoder()


class TestStaticEncoder:
    def test_it_is_an_encoder_of_unit_vectors(self, static):
        """Vectors are float32, of the dimensions said, of length 1, and the same each time."""
        assert isinstance(static, Encoder)
        vectors = static.encode(TEXTS)
        assert vectors.dtype == numpy.float32
        assert vectors.shape == (3, static.dimensions) == (3, 128)
        assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert numpy.array_equal(vectors, static.encode(TEXTS))

    def test_meaning_is_direction(self, static):
        """Texts that mean the same are nearer than texts that do not."""
        cat, kitten, revenue = static.encode(TEXTS)
        assert cat @ kitten > cat @ revenue + 0.2

    def test_odd_texts_are_encoded(self, static):
        """No texts give no rows; empty, very long and odd texts give finite ones."""
        assert static.encode([]).shape == (0, 128)
        assert numpy.isfinite(static.encode(["", "x " * 100_000, "\x00日本語"])).all()

    def test_it_loads_neither_torch_nor_transformers(self):
        """Encoding needs no deep learning framework."""
        code = (
            "import sys; from context_core import StaticEncoder; StaticEncoder().encode(['x']);"
            "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
        )
        assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"

    def test_without_the_extra_it_says_what_to_install(self, monkeypatch):
        """Making an encoder works, using it names the extra."""
        monkeypatch.setitem(sys.modules, "model2vec", None)
        encoder = StaticEncoder()
        assert encoder.dimensions == 128
        with pytest.raises(MissingExtraError, match=r"context-core\[semantic\]"):
            encoder.encode(["x"])

    def test_the_licence_stands_beside_the_model(self):
        """The model is another's, and its licence and origin are in the package."""
        folder = StaticEncoder()._path
        assert "Apache License" in (folder / "LICENSE").read_text()
        assert "all-MiniLM-L6-v2" in (folder / "NOTICE").read_text()


def test_dense_relevance_ranks_by_meaning(static):
    """The text that shares the meaning and no word scores above the one that does not."""
    scores = DenseScorer(static).score("kitten", ["cats and other pets", "tax law of 1998"])
    assert scores[0] > scores[1]
    assert all(0 <= score <= 1 for score in scores)


class TestDenseIndex:
    def test_it_agrees_with_an_exact_scan(self):
        """The nearest by bytes are the nearest by numbers, with cosines right to a hundredth."""
        encoder = HashEncoder()
        contents = {f"n{number}": f"word{number} word{number + 1} word{number * 7 % 50}" for number in range(300)}
        with SearchIndex(encoder=encoder) as index:
            index.add(node(node_id, content) for node_id, content in contents.items())
            exact = encoder.encode(list(contents.values())) @ encoder.encode(["word5 word6"])[0]
            matches = index.dense("word5 word6", limit=10)
        best = sorted(zip(exact, contents, strict=True), reverse=True)
        assert [match.score for match in matches] == pytest.approx([score for score, _ in best[:10]], abs=0.02)
        assert len({match.node_id for match in matches} & {name for _, name in best[:12]}) >= 9

    def test_what_changes_and_goes_is_not_found_as_it_was(self):
        """A changed node is found by its new content only, a removed one not at all."""
        with SearchIndex(encoder=HashEncoder()) as index:
            index.add([node("a", "alpha beta"), node("b", "gamma delta")])
            assert index.dense("alpha beta", limit=1)[0].node_id == "a"
            index.add([node("a", "omega")])
            index.remove(["b"])
            assert [match.node_id for match in index.dense("gamma delta")] == ["a"]
            assert index.dense("omega")[0].score == pytest.approx(1, abs=0.02)

    def test_a_failed_change_leaves_the_vectors(self):
        """After an addition that was rolled back, the vectors of before are searched."""
        with SearchIndex(encoder=HashEncoder()) as index:
            index.add([node("a", "alpha")])
            index.dense("alpha")

            def nodes():
                yield node("a", "beta")
                raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                index.add(nodes())
            assert index.dense("alpha")[0].score == pytest.approx(1, abs=0.02)

    def test_a_file_is_opened_again_without_encoding_anew(self, tmp_path):
        """Vectors are read from the file; only what was added since is encoded."""
        path, encoder = tmp_path / "index.db", HashEncoder()
        with SearchIndex(path, encoder=HashEncoder()) as index:
            index.add(node(f"n{number}", f"word{number}") for number in range(20))
            before = index.dense("word3")
        with SearchIndex(path) as lexical_alone:
            lexical_alone.add([node("late", "zebra")])
        with SearchIndex(path, encoder=encoder) as index:
            assert index.dense("word3", limit=1) == before[:1]
            assert encoder.encoded == 2
            assert index.dense("zebra", limit=1)[0].node_id == "late"

    def test_two_openings_of_a_file_see_one_another(self, tmp_path):
        """What one of two adds and encodes, the other finds."""
        path = tmp_path / "index.db"
        with SearchIndex(path, encoder=HashEncoder()) as one, SearchIndex(path, encoder=HashEncoder()) as two:
            one.add([node("a", "alpha")])
            assert two.dense("alpha")[0].node_id == "a"
            two.add([node("b", "beta")])
            two.dense("beta")
            assert one.dense("beta", limit=1)[0].node_id == "b"

    @pytest.mark.parametrize("other", [HashEncoder("other"), HashEncoder(dimensions=32)], ids=["model", "dimensions"])
    def test_it_refuses_to_mix(self, tmp_path, other):
        """Vectors of another model, or of other dimensions, are refused when the file is opened."""
        path = tmp_path / "index.db"
        with SearchIndex(path, encoder=HashEncoder()) as index:
            index.add([node("a", "alpha")])
            index.dense("alpha")
        with pytest.raises(EncoderMismatchError) as caught:
            SearchIndex(path, encoder=other)
        assert caught.value.held == ("hash", 64)
        assert caught.value.given == (other.model_id, other.dimensions)

    def test_it_refuses_to_mix_while_open(self, tmp_path):
        """Of two openings of a new file with different models, the second to encode is refused."""
        path = tmp_path / "index.db"
        with SearchIndex(path, encoder=HashEncoder()) as one, SearchIndex(path, encoder=HashEncoder("other")) as two:
            one.add([node("a", "alpha")])
            one.dense("alpha")
            with pytest.raises(EncoderMismatchError):
                two.dense("alpha")


def test_search_finds_what_shares_no_word(static):
    """A node that only means what is asked for is found, and the reason says so."""
    graph = ContextGraph("s")
    for text in ("The kitten slept all day.", "Revenue rose.", "The build is green."):
        graph.add_message("user", text)
    with SearchIndex(encoder=static) as index:
        index.add(graph.nodes())
        first, *_ = search(graph, "cats", index=index, expand=False)
    assert first.node.content == "The kitten slept all day."
    assert (first.lexical_rank, first.why) == (None, "no. 1 by meaning")
