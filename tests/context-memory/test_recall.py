"""Recall over many sessions: what was said is found wherever it was said, by whom may see it, as of any time."""

import threading

import pytest

from context_core import (
    MemoryStore,
    Node,
    NodeType,
    StoreError,
    replace,
)
from context_core.testing.examples import LONE_SURROGATE, example_graph, summary
from context_memory import ConversationMemory, EpisodicMemory
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
