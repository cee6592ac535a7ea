"""Several writers to one conversation: threads, processes, and whoever erases or writes in the last moment."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from context_core import (
    ContentNotFoundError,
    MemoryStore,
    StoreError,
    append,
    build,
    graph_bytes,
    read,
    read_next,
    replace,
)
from context_core.testing.examples import example_messages, pointer
from context_memory import ConversationMemory, SQLiteStore
from context_memory.conversation_ids import session_id_of

HI = {"role": "user", "content": "hi"}
HO = {"role": "assistant", "content": "ho"}


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
    memory.add("anna", "trip", example_messages())
    graph = memory.graph("anna", "trip")
    [change] = replace(graph, pointer(graph), store)
    store.commit(memory.session_id("anna", "trip"), [change])
    store.lost.add(change.before.content_id)
    with pytest.raises(ContentNotFoundError, match=change.before.content_id):
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
