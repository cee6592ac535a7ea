"""What a hit costs, against a dict that is given the same key; and what a write costs among many results.

`pytest benchmarks/test_cache.py --benchmark-enable` prints the ratios.
"""

import json

import pytest

from context_core import MemoryStore
from context_toolkit import CachePolicy, KeyKind, ToolCache

TEXT = "def step(context):\n    return context\n" * 50
ARGUMENTS = {"file_path": "/src/pkg/file_7.go", "offset": 100, "limit": 50}
READ = CachePolicy.until_written("file_path", are_files=True)


def filled(items, policy=READ, **options):
    """Return a cache of so many results."""
    cache = ToolCache({"read": policy}, max_items=items + 10, max_tokens=10**9, **options)
    for number in range(items):
        cache.call("read", {**ARGUMENTS, "file_path": f"/src/pkg/file_{number}.go"}, lambda: TEXT)
    return cache


def never():
    raise AssertionError("it was kept")


@pytest.fixture(scope="module")
def items(is_measured):
    return 1_000 if is_measured else 20


@pytest.mark.benchmark(group="cache hit")
class TestHit:
    def test_baseline_dict_with_json_key(self, benchmark):
        """A dict whose key is the tool and the arguments as sorted JSON: the least that tells calls apart."""
        kept = {("read", json.dumps(ARGUMENTS, sort_keys=True)): TEXT}
        assert benchmark(lambda: kept["read", json.dumps(ARGUMENTS, sort_keys=True)]) is TEXT

    def test_bare_dict(self, benchmark):
        """A dict whose key is at hand."""
        kept = {"key": TEXT}
        assert benchmark(lambda: kept["key"]) is TEXT

    @pytest.mark.parametrize("key", KeyKind)
    def test_hit(self, benchmark, items, key):
        """A text that was kept."""
        cache = filled(items, READ.evolve(key=key))
        assert benchmark(cache.call, "read", ARGUMENTS, never) == TEXT

    def test_hit_of_a_json_value(self, benchmark):
        """A list of 20 objects that was kept: each caller gets one of his own."""
        rows = [{"id": number, "state": "open", "tags": ["a", "b"]} for number in range(20)]
        cache = ToolCache({"read": READ})
        cache.call("read", ARGUMENTS, lambda: rows)
        assert benchmark(cache.call, "read", ARGUMENTS, never) == rows

    def test_hit_on_a_memory_store(self, benchmark, items):
        """A text that was kept, after a look at what other caches on the store have written."""
        cache = filled(items, store=MemoryStore())
        assert benchmark(cache.call, "read", ARGUMENTS, never) == TEXT

    @pytest.mark.parametrize("others", [1, 100])
    def test_similar_question(self, benchmark, others):
        """A question in other words, beside so many more."""
        pytest.importorskip("model2vec")
        policy = CachePolicy.until_written("path", free_text="query")
        cache = ToolCache({"search": policy})
        for number in range(others):
            cache.call("search", {"query": f"how is page {number} of the report drawn", "path": "src"}, lambda: "")
        cache.call("search", {"query": "how is the token cache cleared", "path": "src"}, lambda: TEXT)
        asked = {"query": "how do we clear the token cache", "path": "src"}
        assert benchmark(cache.call, "search", asked, never) == TEXT


@pytest.mark.benchmark(group="cache write")
class TestWrite:
    def test_baseline_miss(self, benchmark, items):
        """A result that is kept, and counted in tokens."""
        cache, numbers = filled(items), iter(range(10**9))

        def miss():
            return cache.call("read", {**ARGUMENTS, "offset": -next(numbers)}, lambda: TEXT)

        assert benchmark(miss) == TEXT

    def test_write_that_touches_nothing(self, benchmark, items):
        """A file is written that none of the results has read, and all of them are looked at, twice."""
        cache = filled(items)
        benchmark(cache.call, "Write", {"file_path": "/src/other/new.go", "content": "x"}, lambda: None)
        assert cache.stats.items == items
