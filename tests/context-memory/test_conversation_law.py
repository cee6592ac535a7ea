"""The law of conversations: what was said stands in the prompt, or what stands in its place leads back to it."""

import shutil
import tempfile
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from context_core import (
    Edge,
    EdgeType,
    MemoryStore,
    Node,
    NodeType,
    Replacement,
    expand,
    original,
    replace,
    restoration,
    window,
)
from context_core.testing.examples import LONE_SURROGATE
from context_memory import ConversationMemory, SQLiteStore


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
