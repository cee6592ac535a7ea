"""Recall over many sessions: what was said is found wherever it was said, by whom may see it, as of any time."""

import sqlite3
import threading
from pathlib import Path

import pytest

from context_core import (
    ContextGraph,
    MemoryStore,
    Node,
    NodeType,
    SessionNotFoundError,
    StoreError,
    replace,
)
from context_core.testing.examples import LONE_SURROGATE, example_graph, summary
from context_memory import ConversationMemory, EpisodicMemory, SQLiteStore
from context_memory.recall.fact import facts_session
from context_memory.recall.lexicon import BUDGET

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


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_any_session(memory):
    """A passage is found in whatever session it was said, and names the session, the version and the node."""
    say(memory.store, "monday", "hello", at=100.0)
    say(memory.store, "monday", PORT, at=100.0)
    say(memory.store, "tuesday", CAFE)
    assert memory.refresh() == 3
    [found, *_] = memory.recall("which port does staging listen on?")
    assert (found.text, found.session_id, found.version, found.said_at) == (PORT, "monday", 2, 101.0)
    node = memory.store.load(found.session_id, version=found.version).node(found.node_id)
    assert node.content[slice(*found.span)] == found.text
    assert memory.recall("cafe noon")[0].session_id == "tuesday"


def test_a_score_is_the_sum_of_its_parts(memory):
    """Each ranking's share of a score is told."""
    say(memory.store, "monday", "open src/io_util.py", CAFE, "io_util.py divides by zero")
    memory.refresh()
    found = memory.recall("why does io_util.py fail?")
    for one in found:
        parts = one.parts
        assert one.score == parts.lexical + parts.dense + parts.entity + parts.time > 0
    assert {one.text for one in found if one.parts.entity} == {"open src/io_util.py", "io_util.py divides by zero"}
    assert not any(one.parts.dense for one in found)


def test_deep_in_a_long_text(memory):
    """Of a long text the passage is returned that has the words, with its place."""
    long = "\n".join(f"line {number} of the log" for number in range(2_000)) + f"\n{PORT}\n" + "the end\n" * 300
    [node] = say(memory.store, "monday", long)
    memory.refresh()
    [found] = memory.recall("staging port")
    assert PORT in found.text
    assert len(found.text) <= 1_000
    assert node.content[slice(*found.span)] == found.text


def test_what_compression_took_out(memory):
    """What was folded into a summary is found as it was said; the summary, which nobody said, is not."""
    graph = example_graph("s")
    memory.store.append("s", graph.nodes(), graph.edges())
    before = {node.id: node.content for node in graph.nodes()}
    memory.store.commit("s", replace(graph, summary(graph), memory.store))
    memory.refresh()
    folded = [node.id for node in memory.store.load("s").nodes() if node.metadata.get("folded")]
    assert folded
    for node_id in folded:
        words = before[node_id]
        if words.strip("{}"):
            assert any(one.node_id == node_id for one in memory.recall(words)), words
    assert all(one.node_id in before for one in memory.recall("summary of the earlier parts files", k=100))


def test_odd_characters(memory):
    """No character of a query, a text or a session's id has a special meaning, half characters included."""
    odd = f'"quoted" AND (NEAR* {LONE_SURROGATE} \x00 naïve:col ^x -y $1 %s :z'
    session_id = f"a'b\"c:{LONE_SURROGATE}\x00"
    say(memory.store, session_id, odd, PORT)
    memory.refresh()
    assert odd[:8] in memory.recall(odd, k=1)[0].text
    for query in ('"', "* OR", "text:", "a AND", ")", "\x00", LONE_SURROGATE, "", "   ", "the", "%", ":term", "'"):
        assert all(one.session_id == session_id for one in memory.recall(query))
    assert memory.recall(odd, scope=session_id[:3])[0].session_id == session_id


def test_words_that_stand_everywhere(memory):
    """A word of more rows than one query scores still finds the latest of them, and rare words all of theirs."""
    say(memory.store, "log", *(f"request {number} served" for number in range(BUDGET + 100)))
    say(memory.store, "monday", PORT, at=1.0)
    memory.refresh()
    assert memory.recall("request served", k=1)[0].session_id == "log"
    assert memory.recall("request on the staging port", k=1)[0].text == PORT
    assert memory.recall("request served", k=5, as_of=0.5) == []


def test_at_least_one(memory):
    """Fewer than one passage cannot be asked for."""
    with pytest.raises(ValueError, match="got k=0"):
        memory.recall("port", k=0)


# ── scopes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes(memory):
    """A scope is what ids begin with, a collection of ids, or a predicate; nothing else is seen."""
    for session_id in ("anna:1", "anna:2", "bert:1"):
        say(memory.store, session_id, f"{session_id[:4]} says: {PORT}")
    memory.refresh()

    def sessions(scope):
        return sorted(one.session_id for one in memory.recall("staging port", scope))

    assert sessions(None) == ["anna:1", "anna:2", "bert:1"]
    assert sessions("anna:") == sessions({"anna:1", "anna:2"}) == sessions(lambda name: "anna" in name)
    assert sessions("anna:") == ["anna:1", "anna:2"]
    assert sessions(["bert:1", "nobody"]) == ["bert:1"]
    assert sessions("carl:") == sessions([]) == []
    with pytest.raises(ValueError, match="got an empty text as scope"):
        memory.recall("port", scope="")


def test_scopes_of_conversations(memory):
    """The conversations of one user are searched by the prefix of their sessions, and no other user's."""
    chats = ConversationMemory(memory.store)
    chats.add("anna", "trip", {"role": "user", "content": "My seat is 12A."})
    chats.add("anna:x", "trip", {"role": "user", "content": "My seat is 30C."})
    memory.refresh()
    [found] = memory.recall("which seat?", chats.session_prefix("anna"))
    assert found.text == "My seat is 12A."


def test_a_small_scope_among_many(memory):
    """A user's few words are found although all others use the same ones more."""
    say(memory.store, "others", *(f"the port of server {number} is open" for number in range(BUDGET + 100)))
    say(memory.store, "anna", "the port is 8443")
    memory.refresh()
    assert said(memory.recall("port of the server", scope=["anna"])) == ["the port is 8443"]


def test_a_scope_of_many_sessions(memory):
    """A scope of hundreds of sessions is looked through as a small one is."""
    for number in range(250):
        say(memory.store, f"anna:{number}", f"number {number}")
    say(memory.store, "bert:1", "number 7")
    memory.refresh()
    assert memory.recall("number 249", "anna:", k=1)[0].session_id == "anna:249"
    assert all(one.session_id.startswith("anna:") for one in memory.recall("number 7", "anna:", k=300))


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_as_of(memory):
    """Looked back from a time, nothing is found that was said later, neither by itself nor as a neighbour."""
    say(memory.store, "monday", "port 8080", "port 8443", at=100.0)
    memory.refresh()
    assert said(memory.recall("port", as_of=100.0)) == ["port 8080"]
    assert memory.recall("port", as_of=99.9) == []
    assert len(memory.recall("port", as_of=101.0)) == len(memory.recall("port")) == 2


def test_time_of_writing(memory):
    """What names no time of its own was said when it was written."""
    say(memory.store, "monday", PORT)
    memory.refresh()
    [revision] = memory.store.history("monday")
    [found] = memory.recall("port")
    assert found.said_at == revision.written_at
    assert memory.recall("port", as_of=revision.written_at - 1) == []


# ── following ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_new(memory):
    """Only what is new since the last time is indexed."""
    say(memory.store, "monday", "hello", PORT)
    assert (memory.refresh(), memory.refresh()) == (2, 0)
    say(memory.store, "monday", CAFE)
    say(memory.store, "tuesday", CAFE)
    assert memory.refresh() == 2
    assert [one.session_id for one in memory.recall("lunch at noon", k=2)] == ["tuesday", "monday"]


def test_another_memory_goes_on(index, tmp_path):
    """A new process finds what was indexed, and follows from there."""
    if index is None:
        index = tmp_path / "recall.db"
    store = MemoryStore()
    say(store, "monday", PORT)
    with EpisodicMemory(store, index) as memory:
        memory.refresh()
    say(store, "monday", CAFE)
    with EpisodicMemory(store, index) as memory, EpisodicMemory(store, index) as other:
        assert said(memory.recall("staging port")) == [PORT]
        assert (memory.refresh(), other.refresh()) == (1, 0)
        assert len(other.recall("the staging port, lunch")) == 2


def test_a_refresh_that_was_broken_off(index):
    """What a refresh that failed has indexed stays, and the next one indexes the rest, nothing twice."""

    class Failing(MemoryStore):
        fails = True

        def history(self, session_id, *, after=0):
            if session_id == "tuesday" and self.fails:
                raise StoreError("the disk is gone")
            return super().history(session_id, after=after)

    store = Failing()
    say(store, "monday", PORT)
    say(store, "tuesday", CAFE)
    with EpisodicMemory(store, index) as memory:
        with pytest.raises(StoreError, match="the disk is gone"):
            memory.refresh()
        assert said(memory.recall("port lunch")) == [PORT]
        store.fails = False
        assert memory.refresh() == 1
        assert len(memory.recall("port lunch")) == 2


def test_threads(index):
    """Threads write, refresh and recall at once."""
    store, errors = MemoryStore(), []
    with EpisodicMemory(store, index) as memory:

        def work(number):
            try:
                for step in range(5):
                    say(store, f"s{number}", f"port {number}{step}")
                    memory.refresh()
                    assert memory.recall(f"port {number}{step}", scope=[f"s{number}"])
            except Exception as error:  # told in the main thread
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(memory.recall("port", k=100)) == 20


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
