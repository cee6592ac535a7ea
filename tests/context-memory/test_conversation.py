"""Conversation memory: what was said stays, in order, each scope for itself, whoever writes and compresses."""

import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from context_core import (
    ContentNotFoundError,
    Edge,
    EdgeType,
    MemoryStore,
    Node,
    NodeType,
    Replacement,
    SessionExpiredError,
    StoreError,
    TranscriptError,
    append,
    build,
    expand,
    graph_bytes,
    original,
    read,
    read_next,
    replace,
    restoration,
    window,
)
from context_core.hashing import content_id
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_core.testing.examples import LONE_SURROGATE, example_messages
from context_memory import ConversationMemory, PostgresStore, SQLiteStore
from context_memory.conversation_ids import conversation_in, session_id_of


def start():
    return SQLiteStore(Path(tempfile.mkdtemp()) / "context.db")


def open_again(store):
    store.close()
    return SQLiteStore(store.path)


def stop(store):
    store.close()
    shutil.rmtree(store.path.parent)


# A backend is how to start a store, to open another one on the same data, and to stop one for good.
BACKENDS = {
    "memory": (MemoryStore, lambda store: store, lambda store: None),
    "sqlite": (start, open_again, stop),
}
HI = {"role": "user", "content": "hi"}
HO = {"role": "assistant", "content": "ho"}


@pytest.fixture(params=[*BACKENDS, "postgres"])
def store(request):
    if request.param == "postgres":
        with PostgresStore(request.getfixturevalue("postgres_url")) as store:
            yield store
        return
    start, _, stop = BACKENDS[request.param]
    store = start()
    yield store
    stop(store)


@pytest.fixture
def memory(store):
    return ConversationMemory(store)


def call(name, text="{}"):
    function = {"name": "read", "arguments": text}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": name, "type": "function", "function": function}],
    }


def result(name, text="done"):
    return {"role": "tool", "tool_call_id": name, "content": text}


def shortened(graph, node):
    """Return the step that puts a pointer in the place of a node."""
    reference = graph.reference(node.id)
    metadata = {**node.metadata, "elided": reference}
    after = node.evolve(content=f"[expand {reference}]", tokens=9, metadata=metadata)
    return [Replacement(node, after, "t", "lossless")]


def folded(summary_id, covered):
    """Return the steps that put a summary in the place of nodes."""
    edges = tuple(Edge(summary_id, node.id, EdgeType.SUMMARIZES) for node in covered)
    added = Node(summary_id, NodeType.SUMMARY, "user", "They talked.", 9)
    metadata = [{"message": node.message_id, "folded": True} for node in covered]
    hidden = [node.evolve(content="", tokens=0, metadata=each) for node, each in zip(covered, metadata, strict=True)]
    return [
        Replacement(None, added, "t", "summarization", edges_added=edges),
        *(Replacement(node, after, "t", "summarization") for node, after in zip(covered, hidden, strict=True)),
    ]


def commit(memory, place, steps, graph):
    memory.store.commit(memory.session_id(*place), replace(graph, steps, memory.store))


# ── adding and reading ───────────────────────────────────────────────────────────────────────────────────────────────


def test_messages_come_back(memory):
    """Messages come back as they were added, one by one or several at once, odd characters and images included."""
    said = example_messages()
    memory.add("anna", "trip", said[0])
    memory.add("anna", "trip", said[1:])
    assert memory.messages("anna", "trip") == said
    assert memory.messages_only("anna", "trip") == said
    assert memory.count("anna", "trip") == len(said)


def test_two_equal_messages_are_two(memory):
    """What is said twice stands there twice."""
    for _ in range(3):
        memory.add("anna", "trip", HI)
    assert memory.messages("anna", "trip") == [HI, HI, HI]


def test_adding_returns_nodes(memory):
    """Adding returns the nodes of the new messages, as they stand in the graph."""
    memory.add("anna", "trip", HI)
    nodes = memory.add("anna", "trip", [HO, call("1"), result("1")])
    assert [node.type for node in nodes] == [NodeType.MESSAGE, NodeType.TOOL_CALL, NodeType.TOOL_RESULT]
    assert [memory.graph("anna", "trip").node(node.id) for node in nodes] == nodes


def test_a_conversation_that_is_not_there(memory):
    """A conversation nobody has written to is empty, is not listed, and asking makes none."""
    assert memory.messages("anna", "trip") == memory.messages_only("anna", "trip") == []
    assert memory.count("anna", "trip") == 0
    assert len(memory.graph("anna", "trip")) == len(memory.manifest("anna", "trip")) == 0
    assert (memory.clear("anna", "trip"), memory.delete("anna", "trip"), memory.delete("anna")) == (False, [], [])
    assert memory.conversations("anna") == memory.store.sessions() == []


def test_a_damaged_message(memory):
    """Where one message of several is damaged, nothing is added, and the next one is."""
    memory.add("anna", "trip", HI)
    for wrong in ([HO, {"content": "by nobody"}], ["a text"], []):
        with pytest.raises(TranscriptError):
            memory.add("anna", "trip", wrong)
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HI, HO]


def test_an_sdk_reply(memory):
    """An object of a provider's SDK is added as what is sent back of it."""

    class Reply:
        def model_dump(self, **how):
            return {"id": "msg_1", "role": "assistant", "content": "ho", "usage": {"output_tokens": 1}}

    memory.add("anna", "trip", [HI, Reply()])
    assert memory.messages("anna", "trip") == [HI, HO]


@settings(max_examples=40)
@given(openai_conversations())
def test_any_openai_conversation(messages):
    """Any Chat Completions conversation comes back as it was said, added one message at a time."""
    memory = ConversationMemory(MemoryStore())
    for message in messages:
        memory.add("anna", "trip", message, format="openai-chat")
    assert memory.messages_only("anna", "trip") == memory.messages("anna", "trip") == messages
    assert memory.count("anna", "trip") == len(messages)


@settings(max_examples=40)
@given(anthropic_conversations())
def test_any_anthropic_conversation(messages):
    """Any conversation in Anthropic's form comes back as it was said, added one message at a time."""
    memory = ConversationMemory(MemoryStore())
    for message in messages:
        memory.add("anna", "trip", message, format="anthropic-messages")
    assert memory.messages_only("anna", "trip", to="anthropic") == messages
    assert memory.messages("anna", "trip", to="anthropic") == messages


def test_the_system_prompt_in_anthropics_form(memory):
    """In Anthropic's form the system prompt stands beside the messages, however many of them are asked for."""
    memory.add("anna", "trip", [{"role": "system", "content": "be brief"}, HI, HO])
    last = memory.messages("anna", "trip", 1, to="anthropic")
    assert (last, last.system) == ([HO], "be brief")


def test_a_late_result(memory):
    """A result that comes after other words stands behind its call, in both readings."""
    memory.add("anna", "trip", [HI, call("1"), call("2"), HO, result("1")])
    assert memory.messages_only("anna", "trip") == [HI, call("1"), result("1"), call("2"), HO]
    assert memory.count("anna", "trip") == 5


def test_a_missing_result(memory):
    """A prompt tells of a result that never came; among what was said it is not."""
    memory.add("anna", "trip", [call("1"), HI])
    assert [message["role"] for message in memory.messages("anna", "trip")] == ["assistant", "tool", "user"]
    assert memory.messages_only("anna", "trip") == [call("1"), HI]


# ── the last messages ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_limit(memory):
    """A limit gives the last messages, all where there are fewer, and none for 0."""
    memory.add("anna", "trip", [HI, HO, HI])
    for method in (memory.messages, memory.messages_only):
        assert method("anna", "trip", 2) == [HO, HI]
        assert method("anna", "trip", 9) == [HI, HO, HI]
        assert method("anna", "trip", 0) == []
        with pytest.raises(ValueError, match="limit=-1"):
            method("anna", "trip", -1)


def test_a_limit_between_call_and_result(memory):
    """A result whose call is past the limit is left out, too."""
    memory.add("anna", "trip", [HI, call("1"), result("1"), HO])
    assert memory.messages("anna", "trip", 3) == [call("1"), result("1"), HO]
    assert memory.messages("anna", "trip", 2) == [HO]


def test_a_limit_between_parallel_calls_and_results(memory):
    """In Anthropic's form, too, no result comes without its call."""
    uses = [{"type": "tool_use", "id": name, "name": "read", "input": {}} for name in ("1", "2")]
    results = [{"type": "tool_result", "tool_use_id": name, "content": "done"} for name in ("1", "2")]
    said = [HI, {"role": "assistant", "content": uses}, {"role": "user", "content": results}, HO]
    memory.add("anna", "trip", said)
    assert memory.messages("anna", "trip", 3, to="anthropic") == said[1:]
    assert memory.messages("anna", "trip", 2, to="anthropic") == [HO]


# ── scopes and names ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes_are_apart(memory):
    """Conversations of one name in two scopes share nothing, and each scope lists its own alone."""
    memory.add("anna", "trip", HI)
    memory.add("bert", "trip", HO)
    memory.add("bert", "work", HO)
    assert memory.messages("anna", "trip") == [HI]
    assert (memory.conversations("anna"), memory.conversations("bert")) == (["trip"], ["trip", "work"])
    assert memory.delete("bert") == ["trip", "work"]
    assert memory.conversations("bert") == []
    assert memory.messages("anna", "trip") == [HI]


def test_other_sessions_of_the_store(memory):
    """Sessions that are no conversations are neither listed nor deleted."""
    memory.store.append("conversation", [], [])
    memory.store.append("anna:trip", [], [])
    memory.add("anna", "trip", HI)
    assert memory.delete("anna") == ["trip"]
    assert memory.store.sessions() == ["conversation", "anna:trip"]


ODD = st.sampled_from([":", "%", "/", "\x00", "\ud83d", "\ude00", "\U0001f600"])
NAMES = st.text(st.characters() | ODD, max_size=6)


@given(NAMES, NAMES, NAMES, NAMES)
def test_session_ids_never_collide(scope, conversation, other_scope, other):
    """Session ids are equal for equal scopes and conversations alone, and lead back to the conversation."""
    one, two = session_id_of(scope, conversation), session_id_of(other_scope, other)
    assert (one == two) == ((scope, conversation) == (other_scope, other))
    assert conversation_in(one, scope) == conversation
    assert (conversation_in(one, other_scope) is None) == (scope != other_scope)


def test_odd_pairs_of_names():
    """What divides scope and conversation may stand in both, and halves of a character are not the character."""
    pairs = [("a:", "b"), ("a", ":b"), ("a%3A", "b"), ("", "a::b"), ("a::b", ""), ("", ""), ("A", "b"), ("a", "B")]
    pairs += [("\ud83d\ude00", "b"), ("\U0001f600", "b"), ("\ud83d", "\ude00b"), ("a", "b\x00"), ("a", "b")]
    assert len({session_id_of(*pair) for pair in pairs}) == len(pairs)


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_clearing(memory):
    """A cleared conversation is empty and listed; nothing of it is left in the store, and it goes on."""
    memory.add("anna", "trip", [HI, HO])
    graph = memory.graph("anna", "trip")
    commit(memory, ("anna", "trip"), shortened(graph, next(graph.nodes())), graph)
    names = memory.manifest("anna", "trip").content_ids()
    assert memory.clear("anna", "trip") is True
    assert memory.messages("anna", "trip") == memory.messages_only("anna", "trip") == []
    assert len(memory.manifest("anna", "trip")) == 0
    assert not any(memory.store.has(name) for name in names)
    assert memory.conversations("anna") == ["trip"]
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


def test_deleting(memory):
    """A deleted conversation is not listed any more, and may begin anew."""
    memory.add("anna", "trip", HI)
    memory.add("anna", "work", HI)
    assert memory.delete("anna", "trip") == ["trip"]
    assert memory.conversations("anna") == ["work"]
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


def test_an_expired_conversation(memory):
    """Reading what retention has dropped is an error that says so; adding begins anew."""
    memory.add("anna", "trip", HI)
    memory.store.expire(memory.session_id("anna", "trip"))
    for method in (memory.messages, memory.messages_only, memory.count, memory.graph, memory.manifest):
        with pytest.raises(SessionExpiredError):
            method("anna", "trip")
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


# ── compression ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_summary_and_a_pointer(memory):
    """Messages show the summary and the pointer; what was said is whole, and so is the count."""
    said = [HI, call("1"), result("1", "long " * 99), HO, {"role": "user", "content": "a long story"}]
    memory.add("anna", "trip", said)
    graph = memory.graph("anna", "trip")
    nodes = list(graph.nodes())
    commit(memory, ("anna", "trip"), [*folded("summary-1", nodes[1:3]), *shortened(graph, nodes[4])], graph)
    reference = graph.reference(nodes[4].id)
    shown = [message["content"] for message in memory.messages("anna", "trip")]
    assert shown == ["hi", "They talked.", "ho", f"[expand {reference}]"]
    assert expand(memory.manifest("anna", "trip"), memory.store, reference) == "a long story"
    assert memory.messages_only("anna", "trip") == said
    assert memory.messages_only("anna", "trip", 2) == said[3:]
    assert memory.count("anna", "trip") == 5


def test_a_graph_is_the_callers_own(memory):
    """Changing the graph that was given changes neither the store nor what is said next."""
    memory.add("anna", "trip", HI)
    memory.graph("anna", "trip").add_message("user", "not said")
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HI, HO]


# ── several writers ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_memories_take_turns(store):
    """Two memories on a store see each other's messages, and the graph is the one that a single writer makes."""
    one, other = ConversationMemory(store), ConversationMemory(store)
    said = [*example_messages(), HI, call("2"), result("2"), HO]
    for number, message in enumerate(said):
        (one, other)[number % 2].add("anna", "trip", message)
        assert one.messages("anna", "trip") == other.messages("anna", "trip")
    assert one.messages("anna", "trip") == said
    alone = build(read(said), session_id=session_id_of("anna", "trip"))
    assert graph_bytes(one.graph("anna", "trip")) == graph_bytes(alone)


WRITERS, STEPS = 6, 10


def write(memory, name):
    for step in range(STEPS):
        said = [{"role": "user", "content": f"{name} {step}"}, {"role": "assistant", "content": "ok"}]
        memory.add("anna", "trip", said)


def check_all_said(messages):
    assert len(messages) == WRITERS * STEPS * 2
    assert messages[1::2] == [{"role": "assistant", "content": "ok"}] * WRITERS * STEPS
    told = [message["content"].split() for message in messages[::2]]
    for name in {name for name, _ in told}:
        assert [step for each, step in told if each == name] == [str(step) for step in range(STEPS)]
    assert len({name for name, _ in told}) == WRITERS


@pytest.mark.parametrize("shares", [True, False])
def test_threads_add_at_once(store, shares):
    """Threads that add to one conversation, with one memory or each with its own, lose no turn and mix none up."""
    one = ConversationMemory(store)
    with ThreadPoolExecutor(WRITERS) as pool:
        memories = [one if shares else ConversationMemory(store) for _ in range(WRITERS)]
        list(pool.map(write, memories, range(WRITERS)))
    check_all_said(ConversationMemory(store).messages("anna", "trip"))
    check_all_said(one.messages_only("anna", "trip"))


WRITE = """
import sys
from context_memory import ConversationMemory, open_store

url, name, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_store(url) as store:
    memory = ConversationMemory(store)
    sys.stdin.readline()
    for step in range(steps):
        said = [{"role": "user", "content": f"{name} {step}"}, {"role": "assistant", "content": "ok"}]
        memory.add("anna", "trip", said)
"""


def test_processes_add_at_once(tmp_path):
    """Processes and threads that add to one conversation in a file lose no turn and mix none up."""
    path = tmp_path / "context.db"
    command = [sys.executable, "-c", WRITE, f"sqlite:///{path}"]
    names = [str(number) for number in range(WRITERS)]
    with SQLiteStore(path) as store:
        children = [
            subprocess.Popen([*command, name, str(STEPS)], stdin=subprocess.PIPE, text=True) for name in names[:2]
        ]
        for child in children:
            child.stdin.write("go\n")
            child.stdin.close()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: write(ConversationMemory(store), name), names[2:]))
        assert [child.wait() for child in children] == [0, 0]
        check_all_said(ConversationMemory(store).messages("anna", "trip"))


def test_a_store_in_memory_is_shared_by_threads(switching):
    """Threads that switch all the time share a store in memory, and lose no write."""
    store = MemoryStore()

    def write(name):
        for step in range(50):
            store.append("s", [Node(f"{name}-{step}", NodeType.MESSAGE, "user", "x", 5)], [])
            store.load("s")
            store.put([b"put by all"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert (store.version("s"), len(store.load("s"))) == (200, 200)


@pytest.fixture
def switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_the_same_words_at_once(store):
    """Two memories that say the same at the same time have said it twice."""
    memories = [ConversationMemory(store) for _ in range(4)]
    for memory in memories:
        memory.messages("anna", "trip")
    barrier = threading.Barrier(4)

    def say(memory):
        barrier.wait()
        memory.add("anna", "trip", HI)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(say, memories))
    assert memories[0].messages("anna", "trip") == [HI] * 4


def test_clearing_while_others_add(store):
    """Threads that clear and add all the while leave a conversation in which what is counted is shown."""

    def work(number):
        memory = ConversationMemory(store)
        for step in range(8):
            if step == 2 * number:
                memory.clear("anna", "trip")
            memory.add("anna", "trip", {"role": "user", "content": f"{number} {step}"})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    memory = ConversationMemory(store)
    shown = memory.messages("anna", "trip")
    assert len(shown) == memory.count("anna", "trip") == len(memory.messages_only("anna", "trip")) > 0


class MeddlingStore(MemoryStore):
    """A store in which something happens just before a step, and contents get lost."""

    def __init__(self):
        super().__init__()
        self.before_record = []
        self.before_manifest = []
        self.lost = set()
        self.loads = 0

    def record(self, session_id, revisions):
        while self.before_record:
            self.before_record.pop()()
        super().record(session_id, revisions)

    def get(self, content_id):
        if content_id in self.lost:
            raise ContentNotFoundError(content_id)
        return super().get(content_id)

    def manifest(self, session_id, *, version=None):
        while self.before_manifest:
            self.before_manifest.pop()()
        return super().manifest(session_id, version=version)

    def load(self, session_id, *, version=None):
        self.loads += 1
        return super().load(session_id, version=version)


def test_a_turn_that_comes_in_between():
    """A message that another memory adds in the last moment comes first, and both are kept."""
    store = MeddlingStore()
    memory = ConversationMemory(store)
    memory.add("anna", "trip", HI)
    store.before_record.append(lambda: ConversationMemory(store).add("anna", "trip", HI))
    memory.add("anna", "trip", [HI, HO])
    assert memory.messages("anna", "trip") == [HI, HI, HI, HO]


@pytest.mark.parametrize("erase", ["clear", "delete"])
def test_erased_and_begun_anew_in_between(erase):
    """Where a conversation is erased and begun anew in the last moment, the new one's words and the turn are kept."""
    store = MeddlingStore()
    memory = ConversationMemory(store)
    memory.add("anna", "trip", {"role": "user", "content": "before"})

    def meddle():
        other = ConversationMemory(store)
        getattr(other, erase)("anna", "trip")
        other.add("anna", "trip", HI)

    store.before_record.append(meddle)
    memory.add("anna", "trip", HO)
    for each in (memory, ConversationMemory(store)):
        assert each.messages("anna", "trip") == each.messages_only("anna", "trip") == [HI, HO]
    memory.add("anna", "trip", HI)
    assert ConversationMemory(store).messages("anna", "trip") == [HI, HO, HI]


def test_erased_in_between():
    """Where a conversation is erased in the last moment, the turn begins it anew."""
    store = MeddlingStore()
    memory = ConversationMemory(store)
    memory.add("anna", "trip", HI)
    store.before_record.append(lambda: ConversationMemory(store).delete("anna"))
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HO]


def test_erased_while_it_is_read():
    """Where a conversation is erased and begun anew while its originals are fetched, the new one is what was said."""
    store = MeddlingStore()
    memory = ConversationMemory(store)
    memory.add("anna", "trip", HI)
    memory.add("anna", "trip", HO)

    def meddle():
        other = ConversationMemory(store)
        other.clear("anna", "trip")
        other.add("anna", "trip", HO)

    store.before_manifest.append(meddle)
    assert memory.messages_only("anna", "trip") == [HO]


def test_a_lost_original():
    """An original that the store lacks is an error that names it."""
    store = MeddlingStore()
    memory = ConversationMemory(store)
    memory.add("anna", "trip", HI)
    graph = memory.graph("anna", "trip")
    commit(memory, ("anna", "trip"), shortened(graph, next(graph.nodes())), graph)
    store.lost.add(content_id(b"hi"))
    with pytest.raises(ContentNotFoundError, match=content_id(b"hi")):
        memory.messages_only("anna", "trip")


def test_another_writers_branch(memory):
    """A branch that another writer made in the session stands in the conversation, in the order of the store."""
    memory.add("anna", "trip", [HI, HO])
    session_id = memory.session_id("anna", "trip")
    graph = memory.store.load(session_id)
    first = next(graph.nodes()).id.rpartition("/")[0]
    nodes = append(graph, read_next([{"role": "user", "content": "a branch"}], first))
    memory.store.append(session_id, nodes, [edge for node in nodes for edge in graph.in_edges(node.id)])
    memory.add("anna", "trip", HO)
    for each in (memory, ConversationMemory(memory.store)):
        assert [message["content"] for message in each.messages("anna", "trip")] == ["hi", "ho", "a branch", "ho"]
        assert each.count("anna", "trip") == 4


def test_a_store_that_fails():
    """A message that the store could not take is not said, and the memory goes on when the store does."""
    store = MeddlingStore()
    memory = ConversationMemory(store)
    memory.add("anna", "trip", HI)

    def fail():
        raise StoreError("the disk is full")

    store.before_record.append(fail)
    with pytest.raises(StoreError, match="the disk is full"):
        memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HI]
    memory.add("anna", "trip", HO)
    assert memory.messages("anna", "trip") == [HI, HO]


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_conversation_is_loaded_once():
    """Adding and reading load nothing after the first time, also where another memory writes."""
    store = MeddlingStore()
    one, other = ConversationMemory(store), ConversationMemory(store)
    for _ in range(5):
        for memory in (one, other):
            memory.add("anna", "trip", [HI, call("1"), result("1")])
            assert len(memory.messages("anna", "trip")) == memory.count("anna", "trip")
            memory.messages_only("anna", "trip")
    assert store.loads <= 2


def test_few_conversations_are_kept():
    """Past the bound the conversation used longest ago is dropped, and loaded again when it is used."""
    store = MeddlingStore()
    memory = ConversationMemory(store, max_kept=2)
    for name in ("a", "b", "c"):
        memory.add("anna", name, HI)
    loads = store.loads
    memory.count("anna", "c")
    assert store.loads == loads
    memory.count("anna", "a")
    assert store.loads == loads + 1
    with pytest.raises(ValueError, match="max_kept=0"):
        ConversationMemory(store, max_kept=0)


# ── the law ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SCOPES = st.sampled_from(["anna", "anna:", f"größe {LONE_SURROGATE}"])
PLACES = st.tuples(SCOPES, st.sampled_from(["trip", ""]))
TEXTS = st.sampled_from(["ok", "", f"größe {LONE_SURROGATE}", "line\n" * 30]) | st.text(max_size=12)
ROLES = st.sampled_from(["user", "assistant", "system"])
WHO = st.integers(0, 1)


class ConversationMachine(RuleBasedStateMachine):
    """Two memories on one store, and whoever compresses and erases; a dict has what was said.

    The law: each message stands in the prompt word for word, or what stands in its place leads back to it.
    """

    backend = BACKENDS["memory"]

    def __init__(self):
        super().__init__()
        self.start, self.open_again, self.stop = self.backend
        self.store = self.start()
        self.said, self.touched, self.numbers = {}, set(), count()
        self.open_memories()

    def open_memories(self):
        self.memories = [ConversationMemory(self.store), ConversationMemory(self.store, max_kept=1)]

    def add(self, place, who, messages):
        self.memories[who].add(*place, messages)
        self.said.setdefault(place, []).extend(messages)
        self.touched.add(place)

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

    @rule(place=PLACES, who=WHO, said=st.lists(st.tuples(ROLES, TEXTS), min_size=1, max_size=3))
    def say(self, place, who, said):
        self.add(place, who, [{"role": role, "content": text} for role, text in said])

    @rule(place=PLACES, who=WHO, text=TEXTS, at_once=st.booleans())
    def use_a_tool(self, place, who, text, at_once):
        name = f"call_{next(self.numbers)}"
        made = [call(name, '{"path":"src/main.py"}'), result(name, text)]
        for messages in [made] if at_once else [made[:1], made[1:]]:
            self.add(place, who, messages)

    @rule(place=PLACES, who=WHO)
    def call_and_leave(self, place, who):
        self.add(place, who, [call(f"call_{next(self.numbers)}")])

    @rule(place=PLACES, who=WHO, data=st.data())
    def shorten(self, place, who, data):
        graph = self.memories[who].graph(*place)
        nodes = [n for n in window(graph) if n.type in (NodeType.MESSAGE, NodeType.TOOL_RESULT) and n.elided is None]
        if nodes:
            node = data.draw(st.sampled_from(nodes))
            commit(self.memories[who], place, shortened(graph, node), graph)
            self.touched.add(place)

    @rule(place=PLACES, who=WHO, data=st.data())
    def summarize(self, place, who, data):
        graph = self.memories[who].graph(*place)
        nodes = [node for node in window(graph) if node.type is not NodeType.SUMMARY]
        if nodes:
            first = data.draw(st.integers(0, len(nodes) - 1))
            last = data.draw(st.integers(first, len(nodes) - 1))
            while last + 1 < len(nodes) and nodes[last + 1].type is NodeType.TOOL_RESULT:
                last += 1
            while first and nodes[first].type is NodeType.TOOL_RESULT:
                first -= 1
            steps = folded(f"summary-{next(self.numbers)}", nodes[first : last + 1])
            commit(self.memories[who], place, steps, graph)
            self.touched.add(place)

    @rule(place=PLACES, who=WHO)
    def restore(self, place, who):
        graph = self.memories[who].graph(*place)
        steps = restoration(graph, self.memories[who].manifest(*place), self.store)
        if steps:
            commit(self.memories[who], place, steps, graph)
            self.touched.add(place)

    @rule(place=PLACES, who=WHO)
    def clear(self, place, who):
        assert self.memories[who].clear(*place) == (place in self.said)
        if place in self.said:
            self.said[place] = []
        self.touched.add(place)

    @rule(place=PLACES, who=WHO)
    def delete(self, place, who):
        assert self.memories[who].delete(*place) == ([place[1]] if place in self.said else [])
        self.said.pop(place, None)
        self.touched.add(place)

    @rule(scope=SCOPES, who=WHO)
    def delete_a_scope(self, scope, who):
        going = [place for place in self.said if place[0] == scope]
        assert sorted(self.memories[who].delete(scope)) == sorted(name for _, name in going)
        for place in going:
            del self.said[place]
            self.touched.add(place)

    @precondition(lambda self: self.said)
    @rule()
    def begin_a_new_process(self):
        self.store = self.open_again(self.store)
        self.open_memories()
        self.touched = set(self.said)

    # ── what holds ───────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def what_was_said_is_there(self):
        for place in self.touched:
            self.check(place)
        self.touched = set()

    @invariant()
    def scopes_list_their_own(self):
        for scope in ("anna", "anna:"):
            told = sorted(self.memories[0].conversations(scope))
            assert told == sorted(name for each, name in self.said if each == scope)

    def check(self, place):
        said = self.said.get(place, [])
        fresh = ConversationMemory(self.store)
        for memory in (*self.memories, fresh):
            assert memory.messages_only(*place) == said
            assert memory.count(*place) == len(said)
            assert memory.messages(*place) == fresh.messages(*place)
        self.check_visible(fresh, place, said)
        for limit in (1, 3):
            check_last(fresh.messages(*place, limit), fresh.messages(*place), limit)

    def check_visible(self, memory, place, said):
        graph, manifest, shown = memory.graph(*place), memory.manifest(*place), iter(memory.messages(*place))
        at_hand = {node.id for node in window(graph)}
        for message, nodes in zip(said, by_message(graph), strict=True):
            whole = all(node.id in at_hand and node.elided is None for node in nodes)
            assert not whole or message in shown  # in order: the iterator goes on behind the last one found
            for node, text in zip(nodes, texts(message), strict=True):
                if node.id not in at_hand:
                    covers = [edge.source for edge in graph.in_edges(node.id, EdgeType.SUMMARIZES)]
                    assert any(each in at_hand for each in covers)
                    assert original(manifest, self.store, node.id).content == text
                else:
                    there = node.content if node.elided is None else expand(manifest, self.store, node.elided)
                    assert there == text

    def teardown(self):
        assert list(self.store.verify()) == []
        self.stop(self.store)


def by_message(graph):
    """Return the nodes of each message that was said, in order."""
    messages = {}
    for node in graph.nodes():
        if node.type is not NodeType.SUMMARY:
            messages.setdefault(node.message_id, []).append(node)
    return list(messages.values())


def texts(message):
    """Return the text of each part of a message."""
    calls = [each["function"]["arguments"] for each in message.get("tool_calls", ())]
    return calls if message["content"] is None else [message["content"], *calls]


def check_last(last, every, limit):
    """Check that messages are the end of all, within the limit, and that each result has its call."""
    assert len(last) <= limit
    assert last == every[len(every) - len(last) :]
    made = [each["id"] for message in last for each in message.get("tool_calls", ())]
    assert all(message["tool_call_id"] in made for message in last if message["role"] == "tool")
    if len(last) < min(limit, len(every)):
        assert every[len(every) - len(last) - 1]["role"] == "tool"


def machine(name, examples):
    made = type(f"{name}_machine", (ConversationMachine,), {"backend": BACKENDS[name]}).TestCase
    made.settings = settings(max_examples=examples, stateful_step_count=25, deadline=None)
    return made


TestMachineInMemory = machine("memory", 40)
TestMachineInSQLite = machine("sqlite", 6)
