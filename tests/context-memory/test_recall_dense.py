"""Recall by meaning: vectors are found, filtered and erased as words are."""

import pytest

from context_core import EncoderMismatchError, MemoryStore, Node, NodeType, StaticEncoder
from context_memory import EpisodicMemory

pytest.importorskip("faiss")
pytest.importorskip("model2vec")

CAR = "The automobile needs petrol."
SOUP = "Boil the carrots for the soup."


@pytest.fixture(scope="module")
def encoder():
    return StaticEncoder()


@pytest.fixture(params=["memory", "file", "postgres"])
def index(request, tmp_path):
    """Return the place of a new index, one of each kind in turn."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return tmp_path / "recall.db" if request.param == "file" else None


@pytest.fixture
def memory(index, encoder):
    with EpisodicMemory(MemoryStore(), index, encoder=encoder) as memory:
        yield memory


def say(store, session_id, text, at):
    store.append(session_id, [Node(f"{at}/0", NodeType.MESSAGE, "user", text, 5, created_at=at)], [])


def test_by_meaning(memory):
    """What shares no word with a query is found by its meaning."""
    say(memory.store, "monday", CAR, 1.0)
    say(memory.store, "tuesday", SOUP, 2.0)
    memory.refresh()
    found = memory.recall("fuel of vehicles")
    assert found[0].text == CAR
    assert found[0].parts.dense > 0 == found[0].parts.lexical


def test_scopes_and_times(memory):
    """By meaning, too, nothing is found outside of the scope, or that was said later."""
    say(memory.store, "anna:1", CAR, 1.0)
    say(memory.store, "bert:1", CAR, 2.0)
    memory.refresh()
    assert [one.session_id for one in memory.recall("vehicles", "anna:")] == ["anna:1"]
    assert [one.session_id for one in memory.recall("vehicles", as_of=1.5)] == ["anna:1"]
    assert memory.recall("vehicles", "anna:", as_of=0.5) == []


def test_what_left_the_index(memory):
    """What was erased is not found by its meaning, also where its vectors were in memory; what is new is."""
    say(memory.store, "monday", CAR, 1.0)
    say(memory.store, "tuesday", SOUP, 2.0)
    memory.refresh()
    assert memory.recall("vehicles", k=1)[0].text == CAR
    memory.store.purge("monday")
    assert [one.text for one in memory.recall("vehicles")] == [SOUP]
    memory.refresh()
    assert [one.text for one in memory.recall("vehicles")] == [SOUP]
    say(memory.store, "wednesday", CAR, 3.0)
    memory.refresh()
    assert memory.recall("vehicles", k=1)[0].session_id == "wednesday"


def test_an_encoder_that_comes_later(index, tmp_path, encoder):
    """An index that was made by words alone is encoded by the next refresh with an encoder."""
    index, store = index or tmp_path / "recall.db", MemoryStore()
    say(store, "monday", CAR, 1.0)
    with EpisodicMemory(store, index) as memory:
        memory.refresh()
        assert memory.recall("vehicles") == []
    with EpisodicMemory(store, index, encoder=encoder) as memory, EpisodicMemory(store, index, encoder=encoder) as two:
        assert memory.recall("vehicles") == []
        assert memory.refresh() == two.refresh() == 0
        assert memory.recall("vehicles") == two.recall("vehicles") != []


def test_another_model(tmp_path, encoder):
    """An index with the vectors of another model is refused."""
    store = MemoryStore()
    say(store, "monday", CAR, 1.0)
    with EpisodicMemory(store, tmp_path / "recall.db", encoder=encoder) as memory:
        memory.refresh()
    with pytest.raises(EncoderMismatchError, match="other model"):
        EpisodicMemory(store, tmp_path / "recall.db", encoder=StaticEncoder(model_id="other model"))
