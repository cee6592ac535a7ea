"""Laws of recall: whatever is written, erased and asked in whatever order."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from context_core import MemoryStore, Node, NodeType
from context_memory import EpisodicMemory
from context_memory.recall.fact import learned_in

SESSIONS = ("anna:1", "anna:2", "bert:1")
WORDS = ("apple", "bridge", "candle")
SCOPES = (None, "anna:", "bert:", ("anna:2", "bert:1"))
TIMES = st.integers(0, 9).map(float)


def within(session_id, scope):
    session_id = learned_in(session_id) or session_id
    return scope is None or (session_id.startswith(scope) if isinstance(scope, str) else session_id in scope)


class RecallMachine(RuleBasedStateMachine):
    """Sessions in a store beside a plain record of what was said in them."""

    @initialize()
    def begin(self):
        self.store = MemoryStore()
        self.memory = EpisodicMemory(self.store)
        self.said = {}
        self.learned = {}
        self.indexed = {}
        self.number = 0

    def teardown(self):
        if hasattr(self, "memory"):
            self.memory.close()

    @rule(session_id=st.sampled_from(SESSIONS), words=st.lists(st.sampled_from(WORDS), min_size=1), at=TIMES)
    def say(self, session_id, words, at):
        self.number += 1
        text = " ".join(words)
        node = Node(f"n{self.number}/0", NodeType.MESSAGE, "user", text, 5, created_at=at)
        self.store.append(session_id, [node], [])
        self.said.setdefault(session_id, {})[node.id] = (text, at)

    @rule(session_id=st.sampled_from(SESSIONS), value=st.sampled_from(WORDS), at=TIMES)
    def learn(self, session_id, value, at):
        if session_id in self.store.sessions():
            fact = self.memory.remember("it", "is", value, session_id=session_id, said_at=at)
            self.learned.setdefault(session_id, {})[fact.fact_id] = (value, at)

    @rule(session_id=st.sampled_from(SESSIONS), how=st.sampled_from(["purge", "expire"]))
    def erase(self, session_id, how):
        if session_id in self.store.sessions():
            getattr(self.store, how)(session_id)
        for kept in (self.said, self.learned, self.indexed):
            kept.pop(session_id, None)

    @rule()
    def refresh(self):
        self.memory.refresh()
        self.indexed = {session_id: dict(nodes) for session_id, nodes in self.said.items()}

    @rule(session_id=st.sampled_from(SESSIONS))
    def forget(self, session_id):
        self.memory.forget(session_id)
        self.indexed.pop(session_id, None)
        self.learned.pop(session_id, None)

    @rule(word=st.sampled_from(WORDS), scope=st.sampled_from(SCOPES), as_of=st.none() | TIMES)
    def recall(self, word, scope, as_of):
        """All is found that was indexed and has the word, and nothing that was erased, is out of scope or later."""
        found = self.found(word, scope, as_of)
        for session_id, node_id in found:
            _, at = self.there(session_id)[node_id]
            assert within(session_id, scope)
            assert as_of is None or at <= as_of
        for session_id, nodes in self.indexed.items():
            for node_id, (text, at) in nodes.items():
                if word in text and within(session_id, scope) and (as_of is None or at <= as_of):
                    assert (session_id, node_id) in found

    @rule(word=st.sampled_from(WORDS), scope=st.sampled_from(SCOPES), times=st.tuples(TIMES, TIMES).map(sorted))
    def look_back(self, word, scope, times):
        """What is found as of a time is found as of any later one."""
        earlier, later = times
        assert self.found(word, scope, earlier) <= self.found(word, scope, later) <= self.found(word, scope, None)

    @rule(scope=st.sampled_from(SCOPES), as_of=st.none() | TIMES)
    def facts(self, scope, as_of):
        """All facts that may be seen are told in order, and each holds until the next one of another value."""
        seen = sorted(
            (at, value)
            for session_id, facts in self.learned.items()
            for value, at in facts.values()
            if within(session_id, scope) and (as_of is None or at <= as_of)
        )
        told = self.memory.facts("it", "is", scope=scope, as_of=as_of)
        assert sorted((fact.valid_from, fact.value) for fact in told) == seen
        assert [fact.valid_from for fact in told] == [at for at, _ in seen]
        for place, fact in enumerate(told):
            after = next((other for other in told[place + 1 :] if other.value != fact.value), None)
            ends = (None, None) if after is None else (after.valid_from, after.fact_id)
            assert (fact.valid_to, fact.superseded_by) == ends

    @invariant()
    def a_purged_session_is_never_recalled(self):
        if hasattr(self, "memory"):
            for session_id, node_id in self.found(" ".join(WORDS), None, None):
                assert node_id in self.there(session_id)

    def there(self, session_id):
        """Return the nodes that a session has now."""
        source = learned_in(session_id)
        return self.said[session_id] if source is None else self.learned[source]

    def found(self, word, scope, as_of):
        return {(one.session_id, one.node_id) for one in self.memory.recall(word, scope, 1_000, as_of)}


def test_laws_of_recall():
    """A purged session is never recalled, scopes isolate, and looking back from later never hides what was found."""
    run_state_machine_as_test(RecallMachine, settings=settings(max_examples=60, stateful_step_count=25, deadline=None))
