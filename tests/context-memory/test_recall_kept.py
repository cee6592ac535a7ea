"""What an index of recall holds goes with its sessions; facts are dated; damaged and foreign indexes are told of."""

import sqlite3
from pathlib import Path

import pytest

from context_core import (
    ContextGraph,
    MemoryStore,
    Node,
    NodeType,
    SessionNotFoundError,
    StoreError,
)
from context_memory import EpisodicMemory, SQLiteStore
from context_memory.recall.fact import facts_session

PORT = "The staging server listens on port 8443."
CAFE = "Lunch is at the café at noon."


@pytest.fixture(params=["memory", "file", "postgres"])
def index(request, tmp_path):
    """Return the place of a new index, one of each kind in turn."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return tmp_path / "recall.db" if request.param == "file" else None


@pytest.fixture
def memory(index):
    with EpisodicMemory(MemoryStore(), index) as memory:
        yield memory


def say(store, session_id, *texts, at=None):
    """Append texts to a session, from a time on, a second apart; return their nodes."""
    start = len(store.load(session_id)) if session_id in store.sessions() else 0
    nodes = [
        Node(f"n{number}/0", NodeType.MESSAGE, "user", text, 5, created_at=None if at is None else at + number)
        for number, text in enumerate(texts, start=start)
    ]
    store.append(session_id, nodes, [])
    return nodes


def said(found):
    return [one.text for one in found]


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("erase", ["purge", "expire"])
def test_what_was_erased_is_not_recalled(memory, erase):
    """A session that was purged or expired is not recalled, before the next refresh or after it."""
    say(memory.store, "monday", PORT)
    say(memory.store, "tuesday", f"Again: {PORT}")
    memory.refresh()
    getattr(memory.store, erase)("monday")
    for _ in range(2):
        assert [one.session_id for one in memory.recall("port", k=1)] == ["tuesday"]
        memory.refresh()


def test_a_session_that_was_begun_anew(memory):
    """What was said before a session was erased and begun anew is not recalled, though it has as many versions."""
    say(memory.store, "monday", PORT)
    memory.refresh()
    memory.store.purge("monday")
    say(memory.store, "monday", "the port is a harbour")
    assert memory.recall("port") == []
    assert memory.refresh() == 1
    assert said(memory.recall("port")) == ["the port is a harbour"]


def test_any_store(store):
    """Over a store of any kind, what was said is recalled, and what was erased or begun anew is not."""
    for session_id in ("monday", "tuesday", "wednesday"):
        say(store, session_id, PORT)
    with EpisodicMemory(store) as memory:
        assert memory.refresh() == 3
        assert {one.session_id for one in memory.recall("port")} == {"monday", "tuesday", "wednesday"}
        store.purge("monday")
        store.expire("tuesday")
        assert [one.session_id for one in memory.recall("port")] == ["wednesday"]
        store.purge("wednesday")
        say(store, "wednesday", "hello")
        assert memory.recall("port") == []
        assert memory.refresh() == 1
        assert said(memory.recall("hello port")) == ["hello"]


@pytest.mark.parametrize("how", ["refresh", "forget"])
def test_no_byte_stays(tmp_path, how):
    """Of a session that left the index, no word is in its files, as text or in the lexicon."""
    store = MemoryStore()
    secrets = ["xylophonist", "quagmires", "src/zeppelin_vault.py"]
    for number in range(50):
        say(store, "others", f"some other words {number}")
        say(store, "monday", *(f"{secret} {number}" for secret in secrets))
    with EpisodicMemory(store, tmp_path / "recall.db") as memory:
        memory.refresh()
        assert traces(tmp_path) >= {b"xylophonist", b"zeppelin"}
        store.purge("monday")
        if how == "refresh":
            memory.refresh()
        else:
            assert memory.forget("monday")
            assert not memory.forget("monday")
        assert traces(tmp_path) == set()
        assert len(memory.recall("other words", k=100)) == 50


def traces(folder):
    data = b"".join(path.read_bytes() for path in Path(folder).iterdir())
    return {word for word in (b"xylophonist", b"xylophon", b"quagmir", b"zeppelin", b"vault") if word in data}


def test_forgetting_a_session_that_stays(memory):
    """A session that is forgotten and still in the store comes back with the next refresh."""
    say(memory.store, "monday", PORT)
    memory.refresh()
    assert memory.forget("monday")
    assert memory.recall("port") == []
    assert memory.refresh() == 1
    assert said(memory.recall("port")) == [PORT]


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def learn(memory, value, at, session_id="monday", node_id=None, attribute="port"):
    return memory.remember("Staging", attribute, value, session_id=session_id, node_id=node_id, said_at=at)


def spans(facts):
    return [(fact.value, fact.valid_from, fact.valid_to) for fact in facts]


def test_a_fact_that_changed(memory):
    """A value is superseded by the next one; both are kept and dated, whatever order they were told in."""
    memory.store.append("monday", [], [])
    new = learn(memory, "8443", 200.0)
    old = learn(memory, "8080", 100.0)
    assert (old.valid_to, old.superseded_by) == (200.0, new.fact_id)
    assert spans(memory.facts("staging")) == [("8080", 100.0, 200.0), ("8443", 200.0, None)]
    assert spans(memory.facts(" STAGING ", "Port", as_of=150.0)) == [("8080", 100.0, None)]
    assert memory.facts("staging", "colour") == memory.facts("production") == []


def test_a_value_that_is_said_again(memory):
    """A value that is said again supersedes nothing, and goes on until another one."""
    memory.store.append("monday", [], [])
    for value, at in (("8080", 1.0), ("8080", 2.0), ("8443", 3.0), ("8080", 4.0)):
        learn(memory, value, at)
    learn(memory, "8080", 4.0)
    expected = [("8080", 1.0, 3.0), ("8080", 2.0, 3.0), ("8443", 3.0, 4.0), ("8080", 4.0, None)]
    assert spans(memory.facts("staging", "port")) == expected


def test_recall_marks_what_is_superseded(memory):
    """A fact is recalled with its dates, and so is the passage that it was learned from; both lead to their nodes."""
    [old, new] = say(memory.store, "monday", "staging is on port 8080", "staging is on port 8443 now", at=100.0)
    memory.refresh()
    learn(memory, "8080", 100.0, node_id=old.id)
    learn(memory, "8443", 101.0, node_id=new.id)
    found = {one.text: one for one in memory.recall("staging port")}
    assert [found[text].superseded for text in (old.content, new.content)] == [True, False]
    [fact] = found["Staging port: 8080"].facts
    assert (fact.value, fact.valid_to, fact.session_id, fact.node_id) == ("8080", 101.0, "monday", old.id)
    assert found["Staging port: 8080"].session_id == facts_session("monday")
    assert found["Staging port: 8080"].node_id == fact.fact_id in memory.store.load(facts_session("monday"))
    then = {one.text: one for one in memory.recall("staging port", as_of=100.0)}
    assert not then[old.content].superseded
    assert new.content not in then


def test_facts_have_scopes(memory):
    """A fact is seen in the scope of the session that it was learned in, and superseded by no other's."""
    for session_id in ("anna:1", "bert:1"):
        memory.store.append(session_id, [], [])
        learn(memory, session_id, 1.0 if session_id == "anna:1" else 2.0, session_id)
    assert spans(memory.facts("staging", scope="anna:")) == [("anna:1", 1.0, None)]
    [found] = memory.recall("staging port", scope="anna:")
    assert found.facts[0].superseded_by is None
    assert len(memory.facts("staging")) == 2


def test_a_fact_goes_with_its_session(memory):
    """Facts that were learned in a session are gone with it, from recall at once and from the store with a refresh."""
    say(memory.store, "monday", "hello")
    learn(memory, "8443", 1.0)
    memory.store.purge("monday")
    assert memory.facts("staging") == memory.recall("staging port") == []
    memory.refresh()
    assert memory.store.sessions() == []
    with pytest.raises(SessionNotFoundError):
        learn(memory, "8443", 1.0)


def test_facts_of_a_session_that_was_begun_anew(memory):
    """Of a session that was begun anew, the facts stay that were learned since."""
    memory.store.append("monday", [], [])
    learn(memory, "8080", 1.0)
    memory.store.purge("monday")
    memory.store.append("monday", [], [])
    assert memory.facts("staging") == memory.recall("staging port") == []
    learn(memory, "8443", 2.0)
    assert spans(memory.facts("staging")) == [("8443", 2.0, None)]
    memory.refresh()
    assert spans(memory.facts("staging")) == [("8443", 2.0, None)]
    assert [node.content for node in memory.store.load(facts_session("monday")).nodes()] == ["Staging port: 8443"]


def test_forgetting_forgets_facts(memory):
    """Forgetting a session erases the facts learned in it from the store, too."""
    memory.store.append("monday", [], [])
    learn(memory, "8443", 1.0)
    assert memory.forget("monday")
    assert memory.store.sessions() == ["monday"]
    assert memory.facts("staging") == []


def test_an_index_made_anew_has_the_facts(tmp_path):
    """Facts stand in the store, so an index that is made anew has them."""
    with SQLiteStore(tmp_path / "context.db") as store:
        store.append("monday", [], [])
        with EpisodicMemory(store) as memory:
            learn(memory, "8080", 1.0, node_id="n0/0")
            learn(memory, "8443", 2.0)
            known = memory.facts("staging")
        with EpisodicMemory(store) as memory:
            memory.refresh()
            assert memory.facts("staging") == known


# ── files that are not as they should be ─────────────────────────────────────────────────────────────────────────────


def test_a_damaged_index(tmp_path):
    """A damaged index is an error that says to delete it, and the index that is made anew finds the same."""
    store, path = MemoryStore(), tmp_path / "recall.db"
    say(store, "monday", *(f"{PORT} {number}" for number in range(300)))
    with EpisodicMemory(store, path) as memory:
        memory.refresh()
        before = memory.recall("staging 77")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 8192) + whole[-4096:])
    with pytest.raises(StoreError, match=r"delete it and call refresh\(\)"), EpisodicMemory(store, path) as memory:
        memory.recall("staging 77")
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"delete it and call refresh\(\)"):
        EpisodicMemory(store, path)
    for file in tmp_path.iterdir():
        file.unlink()
    with EpisodicMemory(store, path) as memory:
        memory.refresh()
        assert memory.recall("staging 77") == before


def test_another_program_s_file(tmp_path):
    """A database that is no index, a store for one, is refused and left as it is."""
    path = tmp_path / "context.db"
    SQLiteStore(path).close()
    whole = path.read_bytes()
    with pytest.raises(StoreError, match="database of another program"):
        EpisodicMemory(MemoryStore(), path)
    assert path.read_bytes() == whole


def test_another_version(tmp_path):
    """An index of another version is an error that says how to make it anew."""
    path = tmp_path / "recall.db"
    EpisodicMemory(MemoryStore(), path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"index of version 99, .* delete it and call refresh\(\)"):
        EpisodicMemory(MemoryStore(), path)


def test_a_url_of_another_kind():
    """A URL that names no index is an error that does not quote it."""
    with pytest.raises(ValueError, match="got an index of scheme 'redis'") as caught:
        EpisodicMemory(MemoryStore(), "redis://user:secret@host")
    assert "secret" not in str(caught.value)


def test_a_closed_memory(memory):
    """A memory that was closed says so."""
    memory.close()
    with pytest.raises(StoreError, match="was closed"):
        memory.recall("port")


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_namespaces_on_one_server(postgres_url):
    """Memories of two namespaces in one database do not see each other's sessions."""
    one, two = MemoryStore(), MemoryStore()
    say(one, "monday", PORT)
    say(two, "monday", CAFE)
    with (
        EpisodicMemory(one, postgres_url, namespace="one") as first,
        EpisodicMemory(two, postgres_url, namespace="two") as second,
    ):
        assert (first.refresh(), second.refresh(), first.refresh()) == (1, 1, 0)
        assert said(first.recall("port lunch")) == [PORT]
        assert said(second.recall("port lunch")) == [CAFE]
        first.forget("monday")
        assert said(second.recall("port lunch")) == [CAFE]


def test_another_version_on_a_server(postgres_url, postgres_server):
    """Tables of another version are an error that names them."""
    import psycopg

    EpisodicMemory(MemoryStore(), postgres_url).close()
    schema = postgres_url.rpartition("%3D")[2]
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"COMMENT ON TABLE {schema}.recall_meta IS 'version 99'")
    with pytest.raises(StoreError, match=r"index of recall of version 99.* drop its tables \(recall_facts"):
        EpisodicMemory(MemoryStore(), postgres_url)


def test_beside_the_store(postgres_url):
    """An index may stand in the schema of a store, whose tables it leaves alone."""
    from context_memory import PostgresStore

    with PostgresStore(postgres_url) as store, EpisodicMemory(store, postgres_url) as memory:
        graph = ContextGraph("monday")
        graph.add_message("user", PORT)
        store.append("monday", graph.nodes(), graph.edges())
        memory.refresh()
        assert said(memory.recall("port")) == [PORT]
        assert list(store.verify()) == []
