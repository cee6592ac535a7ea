"""Several engines on one session."""

from concurrent.futures import ThreadPoolExecutor

from context_suite import ContextEngine


def test_engines_take_turns(store):
    """What two engines add to one session stands in a row, and each engine's prompt shows both."""
    one = ContextEngine(store=store, session_id="s")
    one.add({"role": "user", "content": "first"})
    two = ContextEngine(store=store, session_id="s")
    for number in range(3):
        one.add({"role": "user", "content": f"one {number}"})
        two.add({"role": "assistant", "content": f"two {number}"})
    said = ["first", *(f"{name} {number}" for number in range(3) for name in ("one", "two"))]
    for engine in (one, two, ContextEngine(store=store, session_id="s")):
        assert [message["content"] for message in engine.prompt()] == said


def test_engines_in_threads(tmp_path):
    """Eight engines that add to one session at once lose no message, and all stand in a row."""
    url = f"sqlite:///{tmp_path}/context.db"

    def talk(name):
        with ContextEngine(store=url, session_id="s") as engine:
            for number in range(5):
                engine.add({"role": "user", "content": f"{name} {number}"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(talk, "abcdefgh"))
    with ContextEngine(store=url, session_id="s") as engine:
        said = [message["content"] for message in engine.prompt()]
        assert sorted(said) == sorted(f"{name} {number}" for name in "abcdefgh" for number in range(5))
        for name in "abcdefgh":
            assert [text for text in said if text.startswith(name)] == [f"{name} {number}" for number in range(5)]


def test_a_session_that_is_purged_meanwhile(store):
    """An engine whose session another process has purged begins anew with what it adds."""
    engine = ContextEngine(store=store, session_id="s")
    engine.add({"role": "user", "content": "first"})
    store.purge("s")
    engine.add({"role": "user", "content": "second"})
    assert [message["content"] for message in engine.prompt()] == ["second"]
