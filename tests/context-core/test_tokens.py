import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import EncodingCounter, counter_for

SAMPLES = [
    "",
    "hello world",
    "naïve café 🤖",
    "<|endoftext|>",
    "def f(x):\n\treturn x  # 1234567\n",
    "日本語のテキスト",
    " \n" * 30,
]


@pytest.fixture(scope="module")
def tiktoken():
    """The reference implementation, with vocabularies that were put into its cache beforehand."""
    module = pytest.importorskip("tiktoken", reason="needs tiktoken, the reference for exact counts")
    cache = os.environ.get("TIKTOKEN_CACHE_DIR")
    if not cache or not any(Path(cache).iterdir()):
        pytest.skip("needs tiktoken's vocabularies in TIKTOKEN_CACHE_DIR; it would download them")
    return module


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_counts_are_exact(tiktoken, name):
    """Counts equal those of the reference, to the token, on odd and on ordinary texts."""
    reference, counter = tiktoken.get_encoding(name), EncodingCounter(name)

    @given(st.text(max_size=200))
    def check(text):
        assert counter.count(text) == len(reference.encode(text, disallowed_special=()))

    check()
    source = Path(__file__).read_text()
    assert counter.count_many([*SAMPLES, source]) == [
        len(reference.encode(text, disallowed_special=())) for text in [*SAMPLES, source]
    ]


def test_known_counts():
    """Some counts, written down once from the reference."""
    assert EncodingCounter("o200k_base").count_many(["hello world", "naïve café 🤖", "<|endoftext|>"]) == [2, 6, 7]


def test_an_unknown_encoding_lists_the_known():
    """A wrong name is answered with the right ones."""
    with pytest.raises(ValueError, match="got encoding 'p50k_base'; expected one of o200k_base"):
        EncodingCounter("p50k_base")


@pytest.mark.parametrize(
    ("model", "encoding"),
    [(None, "o200k_base"), ("gpt-4o-mini", "o200k_base"), ("gpt-4", "cl100k_base"), ("gpt-3.5-turbo", "cl100k_base")],
)
def test_the_encoding_of_a_model(model, encoding):
    """Older OpenAI models have the older encoding; all others count as the newest."""
    assert counter_for(model).name == encoding
