"""Working memory: bounds, eviction by priority and use, and the store behind it."""

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from context_core import MemoryStore, counter_for
from context_memory import SQLiteStore, WorkingMemory


def memory(store=None, **bounds):
    return WorkingMemory(store or MemoryStore(), "agent", **bounds)


def filled(*keys, **bounds):
    items = memory(**bounds)
    for key in keys:
        items.put(key, f"text of {key}")
    return items


def test_put_and_get():
    """A text is got by its key; a key that was never put is None."""
    items = filled("goal")
    assert items.get("goal") == "text of goal"
    assert items.get("other") is None
    assert items.peek("other") is None


def test_what_was_used_longest_ago_is_evicted():
    """Of equal priorities the item that was put or got longest ago goes first."""
    items = filled("a", "b", "c", max_items=3)
    items.get("a")
    items.put("d", "text of d")
    assert items.keys() == ["c", "a", "d"]


def test_a_low_priority_is_evicted_first():
    """The lowest priority goes first, however recently it was used."""
    items = memory(max_items=2)
    items.put("goal", "win", priority=2)
    items.put("note", "…")
    items.get("note")
    items.put("plan", "how", priority=1)
    assert items.keys() == ["plan", "goal"]


def test_an_evicted_item_comes_back():
    """An evicted item is got from the store, is at hand again, and another goes for it."""
    items = filled("a", "b", "c", max_items=2)
    assert items.keys() == ["b", "c"]
    assert items.get("a") == "text of a"
    assert items.keys() == ["c", "a"]
    assert items.stored_keys() == ["a", "b", "c"]


def test_peeking_changes_nothing():
    """Peeking finds items at hand and in the store, and neither counts as use nor brings them in."""
    items = filled("a", "b", "c", max_items=2)
    assert [items.peek(key) for key in "abc"] == ["text of a", "text of b", "text of c"]
    assert items.keys() == ["b", "c"]


def test_the_bound_of_tokens():
    """Items are evicted until the tokens of those at hand are within the bound, as the counter counts them."""
    counter = counter_for()
    items = memory(max_tokens=10)
    for key in "abcdef":
        items.put(key, "one two three four")
    assert counter.count("one two three four") == 4
    assert (items.keys(), items.tokens) == (["e", "f"], 8)


def test_an_item_larger_than_the_bound():
    """A text larger than the bound goes to the store only and evicts nothing; what its key held is gone."""
    items = filled("a", "b", max_tokens=20)
    items.put("a", "word " * 50)
    assert items.keys() == ["b"]
    assert items.get("a") == "word " * 50
    assert items.keys() == ["b"]


def test_another_process():
    """A memory opened later on the same store has at hand what was put last, and finds everything else."""
    store = MemoryStore()
    first = memory(store, max_items=2)
    for key, priority in (("goal", 1), ("a", 0), ("b", 0)):
        first.put(key, f"text of {key}", priority)
    later = memory(store, max_items=2)
    assert later.keys() == ["b", "goal"]
    assert later.get("a") == "text of a"


def test_two_at_once():
    """What one memory puts or deletes, another one that is open on the same store sees at its next step."""
    store = MemoryStore()
    one, other = memory(store), memory(store)
    one.put("goal", "win")
    assert other.get("goal") == "win"
    other.put("goal", "draw")
    assert one.get("goal") == "draw"
    one.delete("goal")
    assert other.get("goal") is None
    assert other.keys() == []


FIND = """
import sys
from context_memory import WorkingMemory, open_store

with open_store(sys.argv[1]) as store:
    memory = WorkingMemory(store, "agent", max_items=1)
    print(memory.keys(), memory.get("goal"), memory.keys())
    memory.put("goal", "draw")
"""


def test_a_new_process(tmp_path):
    """A process that knows the file and the name alone finds all items by key, and what it puts is seen here."""
    with SQLiteStore(tmp_path / "context.db") as store:
        items = memory(store)
        items.put("goal", "win")
        items.put("note", "…")
        command = [sys.executable, "-c", FIND, f"sqlite:///{store.path}"]
        assert subprocess.check_output(command, text=True) == "['note'] win ['goal']\n"
        assert items.get("goal") == "draw"


def test_threads_put_at_once():
    """Threads that put at once, with memories of their own, lose no item."""
    store = MemoryStore()

    def put(name):
        items = memory(store)
        for step in range(10):
            items.put(f"{name}-{step}", "text")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(4)))
    assert sorted(memory(store).stored_keys()) == sorted(f"{name}-{step}" for name in range(4) for step in range(10))


def test_a_key_put_again():
    """A later text of a key takes the place of the earlier one, which stays in the session's history."""
    items = filled("goal")
    items.put("goal", "another")
    assert items.get("goal") == "another"
    told = [node.content for revision in items.store.history(items.session) for node in revision.nodes]
    assert told == ["text of goal", "another"]


def test_the_same_text_again():
    """Going back to an earlier text is one more put, and others' puts between are not lost."""
    store = MemoryStore()
    one, other = memory(store), memory(store)
    for items, text in ((one, "win"), (other, "draw"), (one, "win")):
        items.put("goal", text)
    assert memory(store).get("goal") == "win"


def test_deleting():
    """A deleted key is gone at hand and for later memories; deleting it again says that it was not there."""
    store = MemoryStore()
    items = memory(store)
    items.put("goal", "win")
    assert items.delete("goal") is True
    assert items.delete("goal") is False
    assert (items.get("goal"), items.stored_keys(), items.tokens) == (None, [], 0)
    assert memory(store).get("goal") is None


def test_memories_are_apart():
    """Memories of two names share a store and no items, and leave an agent's session of the same name alone."""
    store = MemoryStore()
    one, other = WorkingMemory(store, "a:b"), WorkingMemory(store, "a%3Ab")
    one.put("goal", "win")
    assert other.get("goal") is None
    assert "a:b" not in store.sessions()


def test_a_purged_session():
    """When its session was purged, the memory is empty, and goes on."""
    items = filled("a", "b")
    items.store.purge(items.session)
    assert (items.get("a"), items.keys()) == (None, [])
    items.put("c", "text of c")
    assert memory(items.store).stored_keys() == ["c"]


@pytest.mark.parametrize("bounds", [{"max_tokens": 0}, {"max_items": 0}])
def test_no_room(bounds):
    """Bounds below 1 are refused."""
    with pytest.raises(ValueError, match="expected at least 1"):
        memory(**bounds)


KEYS = st.sampled_from(["a", "b", "c", "größe \ud83d", ""])
TEXTS = st.integers(0, 14).map(lambda words: " word" * words) | st.text(max_size=8)
MAX_TOKENS, MAX_ITEMS = 20, 3


class WorkingMemoryMachine(RuleBasedStateMachine):
    """Puts, gets, deletes, evicts and restarts; a dict says what is stored, a list what was used when."""

    def start(self):
        return MemoryStore()

    def open_again(self, store):
        return store

    def stop(self, store):
        pass

    def __init__(self):
        super().__init__()
        self.store = self.start()
        self.counter = counter_for()
        self.memory = self.opened()
        self.stored, self.used = {}, []

    def opened(self):
        return memory(self.store, max_tokens=MAX_TOKENS, max_items=MAX_ITEMS)

    def fits(self, key):
        return self.counter.count(self.stored[key][0]) <= MAX_TOKENS

    def touch(self, key):
        self.used = [each for each in self.used if each != key] + [key]

    def check_evictions(self, before, key):
        """Check that of the items at hand before none went that was to go after one that stayed."""
        at_hand = self.memory.keys()
        order = [each for each in self.used if each in before and each != key]
        order.sort(key=lambda each: self.stored[each][1])
        staying = [each for each in order if each in at_hand]
        assert staying == order[len(order) - len(staying) :]
        if len(staying) < len(order):  # nothing goes that had room
            back = [*staying, order[len(order) - len(staying) - 1], *([key] if key in at_hand else [])]
            tokens = sum(self.counter.count(self.stored[each][0]) for each in back)
            assert tokens > MAX_TOKENS or len(back) > MAX_ITEMS

    @rule(key=KEYS, text=TEXTS, priority=st.integers(-1, 2), elsewhere=st.booleans())
    def put(self, key, text, priority, elsewhere):
        before = self.memory.keys()
        (self.opened() if elsewhere else self.memory).put(key, text, priority)
        self.stored.pop(key, None)
        self.stored[key] = (text, priority)
        self.touch(key)
        assert (key in self.memory) == self.fits(key)
        self.check_evictions(before, key)

    @rule(key=KEYS)
    def get(self, key):
        before = self.memory.keys()
        held = self.stored.get(key)
        assert self.memory.get(key) == (held[0] if held else None)
        if held:
            self.touch(key)
            assert (key in self.memory) == self.fits(key)
        self.check_evictions(before, key)

    @rule(key=KEYS)
    def delete(self, key):
        assert self.memory.delete(key) == (self.stored.pop(key, None) is not None)
        assert key not in self.memory

    @rule()
    def restart(self):
        self.store = self.open_again(self.store)
        self.memory = self.opened()
        self.used = list(self.stored)

    @invariant()
    def within_bounds_and_nothing_lost(self):
        at_hand = self.memory.keys()
        assert len(at_hand) <= MAX_ITEMS
        assert self.memory.tokens == sum(self.counter.count(self.stored[key][0]) for key in at_hand) <= MAX_TOKENS
        assert self.memory.stored_keys() == list(self.stored)
        for key in ("a", "b", "c", "größe \ud83d", ""):
            assert self.memory.peek(key) == (self.stored[key][0] if key in self.stored else None)

    def teardown(self):
        self.stop(self.store)


class SQLiteMachine(WorkingMemoryMachine):
    def start(self):
        return SQLiteStore(Path(tempfile.mkdtemp()) / "context.db")

    def open_again(self, store):
        store.close()
        return SQLiteStore(store.path)

    def stop(self, store):
        store.close()
        shutil.rmtree(store.path.parent)


TestSQLiteMachine = SQLiteMachine.TestCase
TestSQLiteMachine.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)

TestWorkingMemoryMachine = WorkingMemoryMachine.TestCase
TestWorkingMemoryMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
