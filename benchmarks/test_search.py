"""Search: what it finds of known evidence, how quick it is among 100,000 nodes, and what it costs.

`pytest -s benchmarks/test_search.py --benchmark-enable` prints the figures. Shares are recall at 10, defined in
`evidence.py`; times are printed as median and 99th percentile, and compared with a named baseline of the same run.
"""

from __future__ import annotations

import json
import random
import sqlite3
import time
from itertools import cycle

import numpy
import pytest

from benchmarks.conftest import DATA, claude_code_log
from benchmarks.evidence import Question, chat_session, far, flat_strings, recall, session_questions
from context_core import ContextGraph, Node, NodeType, SearchIndex, StaticEncoder, build, read, search
from context_core.fusion import fuse
from context_core.passages import passages
from context_core.terms import words

RANKERS = {
    "BM25 alone": lambda graph, query, index: [match.node_id for match in index.lexical(query)],
    "dense alone": lambda graph, query, index: [match.node_id for match in index.dense(query)],
    "fused, equal weights": lambda graph, query, index: list(
        fuse([(1.0, [m.node_id for m in half(query)]) for half in (index.lexical, index.dense)])
    ),
    "search, no expansion": lambda graph, query, index: ids(search(graph, query, index=index, expand=False)),
    "search, no vectors": lambda graph, query, index: ids(search(graph, query, index=index, dense_weight=0)),
    "search": lambda graph, query, index: ids(search(graph, query, index=index)),
}


def ids(hits):
    return [hit.node.id for hit in hits]


@pytest.fixture(scope="module")
def encoder():
    return StaticEncoder()


# ── what is found ────────────────────────────────────────────────────────────────────────────────────────────────────


def coding_sessions(is_measured):
    """Real sessions of coding agents with their questions; a made one where nothing is measured."""
    kinds = {
        "Claude Code, cli": "entire_claude_code/dev/cli",
        "Claude Code, git-sync": "entire_claude_code/dev/git-sync",
    }
    kinds |= {"Codex": "entire_codex/dev"}
    if not is_measured or not DATA.is_dir():
        graph = build(read(claude_code_log(steps=40)))
        calls = list(graph.nodes(NodeType.TOOL_CALL))
        evidence = {"file_7": [calls[7].id]}
        return {"made": [(graph, [Question("file_7.go", len(graph), "made", evidence)])]}
    return {
        kind: [(graph, session_questions(graph)) for graph in map(built, sorted((DATA / folder).rglob("full.jsonl")))]
        for kind, folder in kinds.items()
    }


def built(path):
    return build(read(path))


def chats(is_measured):
    """Customers' chats, ten to a session, with the customers' wishes as questions."""
    if not is_measured or not DATA.is_dir():
        return {}
    sets = {"tau": list(tau_chats())}
    sets |= {f"tau2, {number}": list(tau2_chats(path)) for number, path in enumerate(files("tau2_bench"), start=1)}
    return {
        name: [chat_session(f"{name} {start}", found[start : start + 10]) for start in range(0, len(found) - 9, 10)]
        for name, found in sets.items()
    }


def files(folder):
    return sorted((DATA / folder).rglob("*.json"))


def tau_chats():
    first = {}
    for run in json.loads(files("tau_bench")[0].read_bytes()):
        first.setdefault(run["task_id"], run)
    for run in first.values():
        task = run["info"]["task"]
        wanted = {value for action in task["actions"] for value in flat_strings(action["kwargs"])}
        yield {"messages": run["traj"], "question": task["instruction"], "values": wanted}


def tau2_chats(path):
    runs = json.loads(path.read_bytes())
    tasks = {task["id"]: task for task in runs["tasks"]}
    for run in runs["simulations"]:
        task = tasks[run["task_id"]]
        wish = " ".join(flat_strings(task["user_scenario"]["instructions"]))
        actions = task["evaluation_criteria"].get("actions") or []
        wanted = {value for action in actions for value in flat_strings(action["arguments"])}
        messages = [{**message, "tool_call_id": message.get("id")} for message in run["messages"]]
        yield {"messages": messages, "question": wish, "values": wanted}


def test_search_finds_evidence(is_measured, encoder):
    """Search finds more of what is needed next than either half of the index alone."""
    sets = {**coding_sessions(is_measured), **chats(is_measured)}
    total = {ranker: [] for ranker in RANKERS}
    for name, sessions in sets.items():
        counted = sum(len(questions) for _, questions in sessions)
        print(f"\n{name}: {len(sessions)} sessions, {counted} questions; recall at 10, and of far evidence")
        for ranker, rank in RANKERS.items():
            shares, distant = shares_of(sessions, rank, encoder)
            total[ranker] += shares
            print(f"  {ranker:22} {numpy.mean(shares):.3f}  {numpy.mean(distant) if distant else float('nan'):.3f}")
    means = {ranker: numpy.mean(shares) for ranker, shares in total.items()}
    print("\nall questions:", {ranker: round(float(mean), 3) for ranker, mean in means.items()})
    assert means["search"] >= max(means["BM25 alone"], means["dense alone"])


def shares_of(sessions, rank, encoder):
    shares, distant = [], []
    for graph, questions in sessions:
        nodes, at = list(graph.nodes()), 0
        with SearchIndex(encoder=encoder) as index:
            for question in questions:
                index.add(nodes[at : question.position])
                at = max(at, question.position)
                known = rank(graph, question.text, index)
                before = [n for n in known if graph.position(n) < question.position]
                shares.append(recall(before, question))
                back = far(graph, question)
                distant += [recall(before, back)] if back else []
    return shares, distant


# ── how quick it is ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def real_texts(is_measured, logs):
    """Contents of real nodes, images left out."""
    return [node.content for log in logs for node in build(read(log)).nodes() if node.kind != "image" and node.content]


@pytest.fixture(scope="module")
def nodes(is_measured, real_texts):
    """Nodes as long as real ones, up to a passage, made of lines of real ones: 100,000 or, unmeasured, 1,000."""
    draw = random.Random(0)
    lines = [line for text in real_texts for line in text[:20_000].splitlines() if 20 < len(line) < 300]
    made = []
    for number in range(100_000 if is_measured else 1_000):
        wanted, text = min(len(draw.choice(real_texts)), 1_000), draw.choice(lines)
        while len(text) < wanted:
            text += "\n" + draw.choice(lines)
        made.append(Node(f"n{number}", NodeType.TOOL_RESULT, "tool", text[: max(wanted, 20)], tokens=1))
    return made


@pytest.fixture(scope="module")
def graph(nodes):
    graph = ContextGraph("large")
    for before, node in zip([None, *nodes], nodes, strict=False):
        graph.add(node)
        if before is not None:
            graph.add_edge(before.id, node.id, "temporal")
    return graph


@pytest.fixture(scope="module")
def index(nodes, encoder, tmp_path_factory):
    """The nodes, indexed both ways in a file; prints rate and size."""
    path = tmp_path_factory.mktemp("index") / "index.db"
    encoder.encode(["load the model"])
    with SearchIndex(path, encoder=encoder) as index:
        started = time.perf_counter()
        for start in range(0, len(nodes), 1_000):
            index.add(nodes[start : start + 1_000])
        index.lexical("index all")
        added = time.perf_counter() - started
        index.dense("encode all")
        both = time.perf_counter() - started
        length = sum(len(node.content) for node in nodes) / len(nodes)
        size = path.stat().st_size / len(nodes)
        print(
            f"\n{len(nodes):,} nodes of {length:.0f} characters, {size:,.0f} bytes each in the file; indexed a second:"
        )
        print(f"{len(nodes) / added:,.0f} by words, {len(nodes) / both:,.0f} by words and meaning")
        yield index


@pytest.fixture(scope="module")
def queries(real_texts):
    """Real texts of a question's length."""
    found = [text for text in real_texts if 30 < len(text) < 600]
    return random.Random(1).sample(found, min(300, len(found)))


@pytest.mark.benchmark(group="one query among 100,000 nodes")
class TestQuery:
    def test_baseline_bare_fts5(self, benchmark, nodes, queries, is_measured):
        """All words of the query, stop words left out, by FTS5's own BM25."""
        db = sqlite3.connect(":memory:")
        db.execute("create virtual table texts using fts5(text, content='')")
        db.executemany("insert into texts(rowid, text) values (?, ?)", ((i, n.content) for i, n in enumerate(nodes)))
        bare = "select rowid from texts where texts match ? order by rank limit 100"
        measure(benchmark, lambda q: db.execute(bare, (" OR ".join(f'"{w}"' for w in words(q)),)).fetchall(), queries)
        db.close()

    def test_lexical(self, benchmark, index, queries):
        """The lexical half."""
        measure(benchmark, index.lexical, queries)

    def test_dense(self, benchmark, index, queries):
        """The dense half, encoding of the query included."""
        index.dense("encode all")
        measure(benchmark, index.dense, queries)

    def test_fused(self, benchmark, index, queries):
        """Both halves, fused."""
        measure(benchmark, lambda query: RANKERS["fused, equal weights"](None, query, index), queries)

    def test_search(self, benchmark, index, graph, queries):
        """The whole search with expansion."""
        measure(benchmark, lambda query: search(graph, query, index=index), queries)


def measure(benchmark, ask, queries):
    turn = cycle(query for query in queries if words(query))
    benchmark.pedantic(ask, setup=lambda: ((next(turn),), {}), rounds=300 if benchmark.enabled else 3)
    if benchmark.enabled:
        times = sorted(benchmark.stats.stats.data)
        p99 = times[int(0.99 * len(times))]
        print(f"\n{benchmark.name}: median {1e3 * benchmark.stats.stats.median:.1f} ms, 99th {1e3 * p99:.1f} ms")


def test_vectors_of_bytes_are_near_to_exact(nodes, index, encoder, queries):
    """Vectors of bytes give the nearest that full numbers give."""
    parts = [(node.id, passage.text) for node in nodes for passage in passages(node)]
    batches = [parts[start : start + 4_096] for start in range(0, len(parts), 4_096)]
    vectors = numpy.concatenate([encoder.encode([text for _, text in batch]) for batch in batches])
    asked = [query for query in queries if words(query)][:100]
    dense = [kept(nearest(vectors, parts, encoder, query), ids_of(index.dense(query, limit=10))) for query in asked]
    print(f"\nof the 10 nearest by float32, {numpy.mean(dense):.1%} are among the 10 by bytes")
    assert numpy.mean(dense) > 0.9


def nearest(vectors, parts, encoder, query):
    order = numpy.argsort(-(vectors @ encoder.encode([query])[0]), kind="stable")[:60]
    return list(dict.fromkeys(parts[place][0] for place in order))[:10]


def ids_of(matches):
    return [match.node_id for match in matches]


def kept(exact, quick):
    return len(set(exact) & set(quick)) / max(1, len(exact))


@pytest.mark.benchmark(group="append one 500-token message to the index")
class TestAppend:
    def test_baseline_to_an_empty_index(self, benchmark):
        """To an index in memory that holds nothing else."""
        with SearchIndex() as index:
            append(benchmark, index)

    def test_to_a_large_index_in_memory(self, benchmark, nodes):
        """To a large index in memory."""
        with SearchIndex() as index:
            index.add(nodes)
            index.lexical("index all")
            append(benchmark, index)

    def test_to_a_large_index_in_a_file(self, benchmark, index):
        """To the large index in a file, each in a transaction of its own."""
        append(benchmark, index)


def append(benchmark, index):
    numbers = cycle(range(1_000_000, 2_000_000))

    def one():
        number = next(numbers)
        content = f"message {number} about src/part_{number}.py: " + "it reads some words of rows " * 70
        return ([Node(f"n{number}", NodeType.MESSAGE, "user", content, tokens=500)],), {}

    benchmark.pedantic(index.add, setup=one, rounds=300 if benchmark.enabled else 3)
    if benchmark.enabled:
        times = sorted(benchmark.stats.stats.data)
        print(f"\n{benchmark.name}: 99th {1e3 * times[int(0.99 * len(times))]:.2f} ms")


@pytest.mark.benchmark(group="encode")
class TestEncode:
    def test_baseline_utf8(self, benchmark, nodes):
        """Encoding the texts as UTF-8."""
        benchmark(lambda: [node.content.encode() for node in nodes[:5_000]])

    def test_static_encoder(self, benchmark, nodes, encoder):
        """Encoding the texts as vectors."""
        texts = [node.content for node in nodes[:5_000]]
        benchmark(encoder.encode, texts)
        if benchmark.enabled:
            print(f"\n{len(texts) / benchmark.stats.stats.median:,.0f} texts a second")
