"""The arrays beneath the planner: units, values, estimates, cover, trees."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_compression.byte_tokens import ByteTokens
from context_compression.cover import Choice, cover
from context_compression.needs import FEATURES
from context_compression.trees import Trees, learned
from context_compression.units import LONG, units
from context_compression.words import MAX_BYTES, MIN_BYTES, key_of, words

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=200),
        st.text("ab_/.-1A\n ü漢😀\\", max_size=600),
        st.integers(0, 900).map(lambda count: "x" * count),
    ).map(lambda text: text.encode("utf-8", "surrogatepass")),
    max_size=6,
)


@given(TEXTS)
def test_units_are_the_texts(texts):
    """Units follow one another without gap or overlap, none is empty, and a cut is never inside a character."""
    found = units(texts)
    rebuilt = [b""] * len(texts)
    for text, start, end in zip(found.text.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        assert start == len(rebuilt[text]) < end
        assert texts[text][start] & 0xC0 != 0x80
        rebuilt[text] += texts[text][start:end]
    assert rebuilt == texts


@given(TEXTS)
def test_a_unit_is_a_line_or_a_piece_of_a_long_one(texts):
    """A line end stands at a unit's end only, and nothing is longer than it must be."""
    found = units(texts)
    for text, start, end in zip(found.text.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        piece = texts[text][start:end]
        assert b"\n" not in piece[:-1]
        assert len(piece) <= LONG + 4


def plain_words(text):
    """Find the whole values of ASCII text the slow way."""
    for match in re.finditer(r"[A-Za-z0-9_./-]+", text):
        word = match[0].strip("./-")
        if MIN_BYTES <= len(word) <= MAX_BYTES and re.search(r"[0-9_./-]|.[A-Z]", word, re.DOTALL):
            yield word


@given(st.lists(st.text("abcXY019_/.- \n,", max_size=60), min_size=1, max_size=4))
def test_values_are_those_that_a_plain_search_finds(texts):
    """Whole values stand where a regular expression finds them, in every text."""
    found = words([text.encode() for text in texts])
    spans = zip(found.text.tolist(), found.start.tolist(), found.end.tolist(), found.is_whole.tolist(), strict=True)
    whole = [texts[text][start:end] for text, start, end, is_whole in spans if is_whole]
    assert whole == [word for text in texts for word in plain_words(text)]


@given(st.lists(st.text("abAB1_/.", min_size=4, max_size=12), min_size=2, max_size=8))
def test_equal_values_have_equal_keys_wherever_they_stand(names):
    """A key is a function of the value's bytes."""
    found = words([(" ".join(names[number:])).encode() for number in range(len(names))])
    texts = [" ".join(names[number:]) for number in range(len(names))]
    keys: dict[str, set[int]] = {}
    for text, start, end, key in zip(found.text, found.start, found.end, found.key, strict=True):
        keys.setdefault(texts[text][start:end], set()).add(int(key))
    assert all(len(each) == 1 for each in keys.values())
    assert len({key for each in keys.values() for key in each}) == len(keys)
    assert all(key_of(name) in each for name, each in keys.items())


def test_endings_of_paths_and_names_are_values():
    """What stands behind a path's last slashes and a name's last dot is found, but not as a whole."""
    text = b"/repo/src/pkg/io_util.py uses json.dumps_all"
    found = words([text])
    ends = [
        text[start:end].decode() for start, end, w in zip(found.start, found.end, found.is_whole, strict=True) if not w
    ]
    assert {"src/pkg/io_util.py", "pkg/io_util.py", "io_util.py", "dumps_all"} <= set(ends)


def test_the_letter_of_an_escape_is_no_part_of_a_word():
    """In JSON a line end is written as two signs, of which one is a letter."""
    text = rb'{"log":"first_line\nsecond_line"}'
    found = words([text])
    assert [text[s:e] for s, e in zip(found.start, found.end, strict=True)] == [b"first_line", b"second_line"]


@pytest.mark.parametrize("text", [b"", b"\n" * 60_000, b"a/" * 30_000, b"." * 60_000, b"x1" * 30_000, b"\\" * 60_000])
def test_odd_texts_take_no_longer_than_others(text):
    """Sixty thousand signs of one kind are read like any text."""
    assert len(words([text, b"io_util.py"])) >= 1
    assert sum(units([text]).end - units([text]).start) == len(text)


@given(TEXTS.filter(bool))
def test_estimates_are_additive(texts):
    """A text's estimate is the sum of its units'."""
    weighed, found = ByteTokens(texts), units(texts)
    parts = np.bincount(found.text, weighed.tokens(found.text, found.start, found.end), len(texts))
    whole = weighed.tokens(np.arange(len(texts)), np.zeros(len(texts), np.int64), np.array([*map(len, texts)]))
    assert np.allclose(parts, whole)


@given(st.data())
def test_cover_stays_within_its_budget_and_takes_what_pays(data):
    """The choices cost no more than the budget, none is taken twice, and their weight is at least a third of the
    best."""
    count, values = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 8))
    costs = np.array(data.draw(st.lists(st.integers(1, 9), min_size=count, max_size=count)), np.float64)
    weights = np.array(data.draw(st.lists(st.floats(0.01, 1), min_size=values, max_size=values)))
    rows = data.draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, values - 1)), max_size=20))
    choice = Choice(costs, np.array([c for c, _ in rows], np.int64), np.array([v for _, v in rows], np.int64), weights)
    budget = data.draw(st.integers(0, 30))
    taken = cover(choice, budget).tolist()
    assert len(set(taken)) == len(taken)
    assert costs[taken].sum() <= budget

    def worth(chosen):
        return sum(weights[value] for value in {v for c, v in rows if c in chosen})

    best = max(
        worth({n for n in range(count) if mask >> n & 1})
        for mask in range(1 << count)
        if sum(costs[n] for n in range(count) if mask >> n & 1) <= budget
    )
    singles = max((worth({n}) for n in range(count) if costs[n] <= budget), default=0.0)
    assert max(worth(set(taken)), singles) >= best / 3


def test_the_learned_trees_are_sound():
    """They ask features that there are, and give probabilities."""
    random = np.random.default_rng(0)
    probabilities = learned().probability(random.uniform(0, 16, (5_000, len(FEATURES))))
    assert ((probabilities > 0) & (probabilities < 1)).all()
    assert len(learned().trees) > 10


def test_a_tree_that_asks_what_there_is_not_is_refused():
    """The error names the feature, and what there is."""
    with pytest.raises(ValueError, match="got splits by moon; expected features of"):
        Trees.from_record({"bias": 0, "trees": [{"splits": [["moon", 0.5]], "leaves": [0, 1]}]})


def test_a_recent_and_used_value_is_likelier_needed():
    """What was learned points the way that it must: a value that stands by itself is likelier than an ending."""
    one = np.zeros((2, len(FEATURES)))
    one[1, FEATURES.index("is_whole")] = 1.0
    first, second = learned().probability(one)
    assert second > first
