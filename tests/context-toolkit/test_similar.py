"""Questions in words: which share a result, and which never do."""

import math

import pytest

from context_toolkit import CachePolicy, Outcome, ToolCache
from context_toolkit.cache.similar import agree

numpy = pytest.importorskip("numpy")


class Words:
    """An encoder for tests: a text's vector counts its words."""

    model_id = "words"
    dimensions = 64

    def encode(self, texts):
        rows = numpy.zeros((len(texts), self.dimensions), numpy.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().replace("?", "").split():
                row[sum(map(ord, word)) % self.dimensions] += 1
            row /= max(float(numpy.linalg.norm(row)), 1e-12)
        return rows


def ask(one, other, policy=None, scope="", **more):
    """Return how a call comes by its result behind another one."""
    policy = policy or CachePolicy.until_written("folder", free_text="query", threshold=0.7)
    cache = ToolCache({"search": policy}, encoder=Words())
    cache.call("search", {"query": one, "folder": "src", "limit": 5}, lambda: "found")
    return cache.get("search", {"query": other, "folder": "src", "limit": 5, **more}, scope=scope).outcome


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("how is the cache cleared", "how is the cache cleared?"),
        ("Where is the cache cleared", "where is the cache cleared today"),
        ("errors in src/a.py when parsing", "errors in src/a.py while parsing"),
    ],
)
def test_similar_questions_share_a_result(one, other):
    """Where names, numbers and turns are the same and the words nearly so, the result is shared."""
    assert ask(one, other) is Outcome.SIMILAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("errors in src/a.py when parsing", "errors in src/A.py when parsing"),
        ("errors in src/a.py when parsing", "errors in lib/a.py when parsing"),
        ("what is order 17 waiting for", "what is order 18 waiting for"),
        ("what is order W-1234 waiting for", "what is order W-1235 waiting for"),
        ("flights from Paris to Rome this week", "flights from Rome to Paris this week"),
        ("flights from paris to rome this week", "flights from rome to paris this week"),
        ("which tests do fail on this branch", "which tests do not fail on this branch"),
        ("which tests do fail on this branch", "which tests don't fail on this branch"),
        ("files changed before the last release", "files changed after the last release"),
        ('find "load order" in the code', 'find "store order" in the code'),
        ("the oldest order of this customer", "the newest order of this customer"),
        ("mails of Anna about the trip there", "mails of Otto about the trip there"),
        ("where is the cache cleared", "who wrote the readme"),
    ],
)
def test_other_questions_do_not(one, other):
    """Another path, id, number, name, direction, negation or quotation makes another question, however like it is."""
    policy = CachePolicy.until_written("folder", free_text="query", threshold=0.5)
    assert ask(one, other, policy) is Outcome.MISS
    assert ask(other, one, policy) is Outcome.MISS


@pytest.mark.parametrize("more", [{"limit": 6}, {"limit": 5.0}, {"folder": "SRC"}, {"extra": None}])
def test_all_other_arguments_are_exact(more):
    """Similar questions with other arguments beside them share nothing; nor do those of two users."""
    assert ask("where is it cleared", "where is it cleared?", **more) is Outcome.MISS
    assert ask("where is it cleared", "where is it cleared?", scope="anna") is Outcome.MISS


def test_without_free_text_words_count_to_the_letter():
    """A tool whose policy names no free text has none."""
    assert ask("where is it", "where is it?", CachePolicy.until_written("folder")) is Outcome.MISS


def test_a_write_takes_similar_results():
    """What a question read is what a similar one would have."""
    policy = CachePolicy.until_written("folder", free_text="query", threshold=0.7)
    cache = ToolCache({"search": policy}, encoder=Words())
    cache.call("search", {"query": "where is it cleared", "folder": "src"}, lambda: "found")
    cache.note_write("src/a.py")
    assert not cache.get("search", {"query": "where is it cleared?", "folder": "src"}).is_hit


def test_a_question_that_is_no_text():
    """A free text that is missing, or no text, is compared as it is."""
    policy = CachePolicy.until_written("folder", free_text="query")
    cache = ToolCache({"search": policy}, encoder=Words())
    for arguments in ({"folder": "src"}, {"folder": "src", "query": 7}):
        cache.call("search", arguments, lambda: "found")
        assert cache.get("search", arguments).outcome is Outcome.HIT


def test_the_shipped_encoder():
    """With the shipped encoder a question in other words is found, and one about something else is not."""
    pytest.importorskip("model2vec", reason='needs the extra semantic: pip install "context-toolkit[semantic]"')
    cache = ToolCache({"search": CachePolicy.until_written("folder", free_text="query")})
    cache.call("search", {"query": "how is the token cache cleared", "folder": "src"}, lambda: "found")
    outcomes = [
        cache.get("search", {"query": query, "folder": "src"}).outcome
        for query in ("how do we clear the token cache", "how is the screen painted")
    ]
    assert outcomes == [Outcome.SIMILAR, Outcome.MISS]


def test_agreement_is_mutual():
    """Which of two questions came first makes no difference to whether they agree."""
    texts = ["a b", "A b", "not a b", "a b 3", "from a to b", 'a "b"', "A/b.py a", ""]
    assert all(agree(one, other) == agree(other, one) for one in texts for other in texts)
    assert all(agree(text, text) for text in texts)
    assert math.isclose(float(numpy.linalg.norm(Words().encode(["a b"])[0])), 1.0, rel_tol=1e-6)
