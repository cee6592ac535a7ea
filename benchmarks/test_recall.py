"""Recall over many sessions: what it finds of known evidence, how quick it is among 100,000 nodes, and its size.

`pytest -s benchmarks/test_recall.py --benchmark-enable` prints the figures. All sessions of a kind stand in one store.
Recall at 10 is defined in `evidence.py`, with this difference: a passage of any session may be found.

- *other sessions*: what an agent was told or says it will do, where the values in its next calls stood in sessions of
  before and not yet in its own; looked back from the time of the question.
- *any session*: the questions of `evidence.session_questions`, among the nodes of all sessions up to their time.
- *chats*: a customer's wish; its evidence stands in that customer's chat, one session of many.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from itertools import cycle

import numpy
import pytest

from benchmarks.conftest import DATA, claude_code_log
from benchmarks.evidence import _argument_values, _calls, _kind, chat_session, session_questions, values
from benchmarks.test_search import files, tau2_chats, tau_chats
from context_core import MemoryStore, Node, NodeType, StaticEncoder, build, read
from context_memory import EpisodicMemory, SQLiteStore
from context_memory.recall import ranking
from context_memory.recall.recalled import Parts

ALONE = Parts(lexical=1.0)
MOMENT = 1e-3
"""How long before a question its own node is not there yet, in seconds."""


@pytest.fixture(scope="module")
def encoder():
    return StaticEncoder()


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────────────────


def coding_sessions(is_measured):
    if not is_measured or not DATA.is_dir():
        return [build(read(claude_code_log(steps=40)), session_id="made")]
    folders = ("entire_claude_code/dev/cli", "entire_claude_code/dev/git-sync", "entire_codex/dev")
    paths = [path for folder in folders for path in sorted((DATA / folder).rglob("full.jsonl"))]
    return [build(read(path), session_id=str(path.relative_to(DATA))) for path in paths]


def questions_within(graphs):
    """Yield the text of each question of `session_questions`, its time and its evidence as sessions and nodes."""
    for graph in graphs:
        for question in session_questions(graph):
            at = graph.node_at(question.position).created_at
            if at is not None:
                places = {v: [(graph.session_id, i) for i in ids] for v, ids in question.evidence.items()}
                yield question.text, at - MOMENT, places


def questions_across(graphs):
    """Yield questions whose evidence stands in other sessions alone: values that the own one has not seen yet."""
    rows = [(n.created_at or 0.0, g.session_id, i, list(g.nodes())) for g in graphs for i, n in enumerate(g.nodes())]
    carriers = defaultdict(list)
    for seen, (at, session_id, position, nodes) in enumerate(sorted(rows, key=lambda row: row[:3])):
        node = nodes[position]
        kind = _kind(nodes, position)
        if kind is None and node.is_instruction and position and 20 <= len(node.content) < 4_000:
            kind = "instruction"
        used = {v for call in _calls(nodes, position, kind) for v in _argument_values(call)} if kind else ()
        evidence = {
            value: list(carriers[value])
            for value in sorted(used)
            if carriers[value]
            and all(other != session_id for other, _ in carriers[value])
            and len(carriers[value]) <= max(3, seen // 50)
            and value.lower() not in node.content.lower()
        }
        if evidence:
            yield node.content, at - MOMENT, evidence
        for value in values(node.content) if node.kind != "image" else ():
            carriers[value].append((session_id, node.id))


def questions_of_chats(name, chats):
    graphs, questions = [], []
    for number, chat in enumerate(chats):
        graph, asked = chat_session(f"{name} {number}", [chat])
        graphs.append(graph)
        for question in asked:
            places = {v: [(graph.session_id, i) for i in ids] for v, ids in question.evidence.items()}
            questions.append((question.text, None, places))
    return graphs, questions


def question_sets(is_measured):
    graphs = coding_sessions(is_measured)
    yield "coding, any session", graphs, list(questions_within(graphs))
    if is_measured and DATA.is_dir():
        yield "coding, other sessions", graphs, list(questions_across(graphs))
        yield ("tau", *questions_of_chats("tau", tau_chats()))
        for number, path in enumerate(files("tau2_bench"), start=1):
            yield (f"tau2, {number}", *questions_of_chats(f"tau2 {number}", tau2_chats(path)))


def filled(graphs, encoder=None, path=None):
    store = MemoryStore()
    for graph in graphs:
        store.append(graph.session_id, graph.nodes(), graph.edges())
    memory = EpisodicMemory(store, path, encoder=encoder)
    memory.refresh()
    return memory


def test_recall_finds_evidence(is_measured, encoder, monkeypatch):
    """Recall finds more of what is needed next than BM25 alone, in every kind of session."""
    for name, graphs, questions in question_sets(is_measured):
        found = {}
        with filled(graphs, encoder) as fused, filled(graphs) as without:
            found["BM25 alone"] = share(bm25_alone(without), questions)
            found["by meaning alone"] = share(by_meaning_alone(fused), questions)
            found["recall, no vectors"] = share(recalled(without), questions)
            found["recall"] = share(recalled(fused), questions)
            for part in ("dense", "entity", "time"):
                monkeypatch.setattr(ranking, "WEIGHTS", weights_without(part))
                found[f"recall, {part} at 0"] = share(recalled(fused), questions)
                monkeypatch.undo()
        values_ = sum(len(evidence) for _, _, evidence in questions)
        print(f"\n{name}: {len(graphs)} sessions, {len(questions)} questions, {values_} values; recall at 10")
        for ranker, mean in found.items():
            print(f"  {ranker:20} {mean:.3f}")
        if questions:
            assert found["recall"] >= found["BM25 alone"]


def weights_without(part):
    kept = {name: getattr(ranking.WEIGHTS, name) for name in ("lexical", "dense", "entity", "time")}
    return Parts(**{**kept, part: 0.0})


def recalled(memory):
    return lambda text, as_of: [(one.session_id, one.node_id) for one in memory.recall(text, k=10, as_of=as_of)]


def bm25_alone(memory):
    """Return the nodes of the best passages by BM25, in that order."""
    from context_memory.recall.lexicon import Allowed

    def ask(text, as_of):
        index = memory._index
        with index.database.reading() as connection:
            best = index.lexicon.search(connection, text, 30, Allowed(None, as_of))
            return places(connection, [key for key, _ in best])

    return ask


def by_meaning_alone(memory):
    from context_memory.recall.lexicon import Allowed

    def ask(text, as_of):
        with memory._index.database.reading() as connection:
            best = memory._nearest(connection, text, Allowed(None, as_of))
            return places(connection, [key for key, _ in best])

    return ask


def places(connection, keys):
    """Return session and node of passages, each once."""
    from sqlalchemy import select

    from context_memory.recall.schema import nodes, passages, sessions

    query = select(passages.c.key, sessions.c.session_id, nodes.c.node_id).where(passages.c.key.in_(keys))
    query = query.join(nodes, nodes.c.key == passages.c.node).join(sessions, sessions.c.key == passages.c.session)
    known = {row.key: (row.session_id, row.node_id) for row in connection.execute(query)}
    return list(dict.fromkeys(known[key] for key in keys))


def share(ask, questions):
    shares = []
    for text, as_of, evidence in questions:
        top = set(ask(text, as_of)[:10])
        shares.append(sum(bool(top & set(holders)) for holders in evidence.values()) / len(evidence))
    return float(numpy.mean(shares)) if shares else float("nan")


# ── how quick it is ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def real_texts(is_measured, logs):
    """Contents of real nodes, images left out."""
    return [node.content for log in logs for node in build(read(log)).nodes() if node.kind != "image" and node.content]


@pytest.fixture(scope="module")
def store(is_measured, real_texts, tmp_path_factory):
    """A SQLite store of 200 sessions with 500 nodes each, of lines of real ones; unmeasured, of 10 with 100."""
    draw = random.Random(0)
    lines = [line for text in real_texts for line in text[:20_000].splitlines() if 20 < len(line) < 300]
    with SQLiteStore(tmp_path_factory.mktemp("store") / "context.db") as store:
        for session in range(200 if is_measured else 10):
            made = []
            for number in range(500 if is_measured else 100):
                wanted, text = min(len(draw.choice(real_texts)), 1_000), draw.choice(lines)
                while len(text) < wanted:
                    text += "\n" + draw.choice(lines)
                at = 1.7e9 + 1_000 * session + number
                text = text[: max(wanted, 20)]
                made.append(Node(f"n{number}", NodeType.TOOL_RESULT, "tool", text, tokens=1, created_at=at))
            store.append(f"user{session % 50}:{session}", made, [])
        yield store


@pytest.fixture(scope="module")
def memory(store, encoder, tmp_path_factory):
    """The sessions, indexed by words and by meaning in a file; prints rates and size."""
    path = tmp_path_factory.mktemp("index") / "recall.db"
    encoder.encode(["load the model"])
    nodes = sum(store.info(session_id).nodes for session_id in store.sessions())
    content = sum(store.info(session_id).content_bytes for session_id in store.sessions())
    with EpisodicMemory(store, path) as words:
        started = time.perf_counter()
        words.refresh()
        by_words = time.perf_counter() - started
        words._index.database.scrub()
    size = path.stat().st_size
    with EpisodicMemory(store, path, encoder=encoder) as memory:
        started = time.perf_counter()
        memory.refresh()
        by_meaning = time.perf_counter() - started
        memory._index.database.scrub()
        started = time.perf_counter()
        memory.refresh()
        again = time.perf_counter() - started
        both = path.stat().st_size
        print(f"\n{nodes:,} nodes, {content:,} bytes: indexed {nodes / by_words:,.0f} a second by words,")
        print(
            f"{nodes / (by_words + by_meaning):,.0f} by both; bytes a byte: {size / content:.2f}, {both / content:.2f}"
        )
        print(f"a refresh where nothing is new: {1e3 * again:.0f} ms of {len(store.sessions())} sessions")
        yield memory


@pytest.fixture(scope="module")
def queries(real_texts):
    """Real texts of a question's length."""
    found = [text for text in real_texts if 30 < len(text) < 600]
    return random.Random(1).sample(found, min(300, len(found)))


@pytest.mark.benchmark(group="one query among 100,000 nodes")
class TestQuery:
    def test_baseline_bm25(self, benchmark, memory, queries):
        """The lexical half alone, without a look at the store."""
        measure(benchmark, lambda query: bm25_alone(memory)(query, None), queries)

    def test_recall(self, benchmark, memory, queries):
        """The whole recall."""
        measure(benchmark, memory.recall, queries)

    def test_recall_of_one_user(self, benchmark, memory, queries):
        """The whole recall in the scope of 4 of 200 sessions."""
        measure(benchmark, lambda query: memory.recall(query, scope="user7:"), queries)

    def test_recall_of_half_the_users(self, benchmark, memory, queries):
        """The whole recall in a scope that is a predicate."""
        measure(benchmark, lambda query: memory.recall(query, scope=lambda name: "1" in name), queries)

    def test_recall_as_of(self, benchmark, memory, queries):
        """The whole recall, looked back from the middle."""
        measure(benchmark, lambda query: memory.recall(query, as_of=1.7e9 + 100_000), queries)


def measure(benchmark, ask, queries):
    turn = cycle(queries)
    ask(queries[0])
    benchmark.pedantic(ask, setup=lambda: ((next(turn),), {}), rounds=300 if benchmark.enabled else 3)
    if benchmark.enabled:
        times = sorted(benchmark.stats.stats.data)
        p99 = times[int(0.99 * len(times))]
        print(f"\n{benchmark.name}: median {1e3 * benchmark.stats.stats.median:.1f} ms, 99th {1e3 * p99:.1f} ms")


@pytest.mark.benchmark(group="take a session of 500 nodes out of 100,000")
def test_forget(benchmark, memory, store):
    """Forgetting one session, the lexicon scrubbed."""
    names = iter(store.sessions())
    benchmark.pedantic(lambda: memory.forget(next(names)), rounds=3)
    if benchmark.enabled:
        print(f"\nforget: {benchmark.stats.stats.median:.2f} s")
