"""Every real transcript of the four formats: read, rendered, compressed, and restored in a new process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from context_compression import CompressionPipeline, Preserve, Yield, scope_of
from context_core import BudgetExceededError, NodeType, build, causal_chain, extend, graph_bytes, read, render, window
from context_core.testing.providers import check_anthropic, check_openai, check_openai_arguments
from context_memory import open_store

pytestmark = pytest.mark.data
DATA = Path(__file__).parents[2] / "shared" / "data"
LOGS = sorted(
    str(path.relative_to(DATA))
    for folder in ("entire_claude_code", "entire_codex")
    for path in (DATA / folder).rglob("*full.jsonl")
)
SMALLEST_POINTER = 48
"""A summary's heading costs less; a target this much above what must stay is always reached."""


def texts_of_claude_code(path: Path) -> list[str]:
    """Collect what users, the assistant and tools said on the main thread, straight from the rows."""
    texts = []
    for line in path.read_text().splitlines():
        for row in _objects(line):
            content = (row.get("message") or {}).get("content")
            if row.get("type") in ("user", "assistant") and not row.get("isSidechain"):
                texts += _texts(content)
    return texts


def _objects(line: str) -> list[dict]:
    decoder, found, at = json.JSONDecoder(), [], 0
    while line[at:].strip():
        value, at = decoder.raw_decode(line, at)
        found.append(value)
    return found


def _texts(content) -> list[str]:
    if isinstance(content, str):
        return [content]
    texts = []
    for block in content or ():
        if block["type"] in ("text", "thinking"):
            texts.append(block[block["type"]])
        elif block["type"] == "tool_result":
            texts += _texts(block.get("content"))
        elif block["type"] == "tool_use":
            texts += [value for value in block["input"].values() if isinstance(value, str)]
    return texts


def texts_of_codex(path: Path) -> list[str]:
    """Collect what messages, calls and results said, straight from the items."""
    texts = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        item = row["payload"]
        if row["type"] == "response_item":
            texts += [block["text"] for block in item.get("content") or () if "text" in block]
            texts += [item[key] for key in ("output", "input") if isinstance(item.get(key), str)]
            if item["type"] == "function_call":
                texts += [value for value in json.loads(item["arguments"]).values() if isinstance(value, str)]
    return texts


def test_the_transcripts_are_there(data):
    """The folder holds sessions of both logs, and chats."""
    assert len(LOGS) >= 20
    assert (data / "tau_bench").is_dir()


@pytest.mark.parametrize("name", LOGS)
def test_logs_lose_no_text(data, name):
    """All that was said is in the graph, and what stands in the window is in the messages of both providers."""
    path = data / name
    graph = build(read(path))
    expected = texts_of_claude_code(path) if "claude_code" in name else texts_of_codex(path)
    held = "\n".join(_strings_of(graph.nodes()))
    assert [text for text in expected if text not in held] == []
    for to, check in (("openai", check_openai), ("anthropic", check_anthropic)):
        messages = render(graph, to)
        check(messages)
        shown = "\n".join([*_strings(list(messages)), *_strings(getattr(messages, "system", None))])
        lost = [node for node in window(graph) if node.kind == "text" and not _is_shown(node, shown)]
        assert [node.id for node in lost if node.content.strip()] == []


def _strings_of(nodes) -> list[str]:
    texts = []
    for node in nodes:
        texts.append(node.content)
        if node.type is NodeType.TOOL_CALL:
            texts += _strings(json.loads(node.content))
    return texts


def _is_shown(node, shown: str) -> bool:
    if node.type is NodeType.TOOL_CALL:
        return all(text in shown for text in _strings(json.loads(node.content)))
    return node.content in shown


def _strings(value) -> list[str]:
    if isinstance(value, str):
        try:
            inner = json.loads(value) if value[:1] == "{" else None
        except ValueError:
            inner = None
        return [value, *(_strings(inner) if isinstance(inner, dict) else [])]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _strings(item)]


def test_openai_chats_round_trip(data):
    """All recorded chats come back as the same JSON."""
    [path] = (data / "tau_bench" / "dev").glob("*.json")
    chats = [record["traj"] for record in json.loads(path.read_text())]
    assert len(chats) == 200
    for chat in chats:
        assert json.loads(json.dumps(render(build(read(chat))))) == chat
        check_openai(render(build(read(chat))))


def test_anthropic_requests_round_trip(data):
    """Recorded Messages requests, server tools and images included, come back as the same JSON."""
    yaml = pytest.importorskip("yaml")
    bodies = []
    for path in (data / "pydantic_ai_cassettes").rglob("*anthropic*.yaml"):
        for interaction in yaml.safe_load(path.read_text())["interactions"]:
            if "/v1/messages" in interaction["request"]["uri"]:
                bodies.append(interaction["request"]["parsed_body"])
    assert bodies
    for body in bodies:
        transcript = read(json.dumps(body), format="anthropic-messages")
        messages = render(build(transcript), "anthropic")
        assert list(messages) == body["messages"]
        assert messages.system == body.get("system")


def test_a_growing_log_gives_the_graph_of_reading_anew(data):
    """Following a session through its life gives, at every point, what reading the file anew gives."""
    for folder in sorted((data / "entire_claude_code" / "dev_growth").iterdir()) + sorted(
        (data / "entire_codex" / "dev_growth").iterdir()
    ):
        first, *later = sorted(folder.iterdir())
        grown = build(read(first), session_id="s")
        for path in later:
            extend(grown, read(path))
            assert graph_bytes(grown) == graph_bytes(build(read(path), session_id="s"))


RESTORE = """
import json, sys
from context_core import graph_bytes, restore, window, render
from context_memory import open_store
store = open_store(sys.argv[1])
for session in store.sessions():
    graph = store.load(session)
    restore(graph, store.manifest(session), store)
    print(json.dumps([session, __import__("hashlib").sha256(graph_bytes(graph)).hexdigest()]))
store.close()
"""


def test_compressed_to_a_half_and_to_less_than_a_third_and_restored(data, tmp_path, record_property):
    """Every session: valid, within its target or the error where what must stay is larger, and all back elsewhere."""
    import hashlib

    url = f"sqlite:///{tmp_path}/context.db"
    store = open_store(url)
    expected, fits = {}, {"logs": [], "chats": []}
    for name, source in _sessions(data):
        for share in (0.5, 0.3):
            session = f"{name} {share}"
            graph = build(read(source), session_id=session)
            expected[session] = hashlib.sha256(graph_bytes(graph)).hexdigest()
            fits["logs" if isinstance(source, Path) else "chats"].append(_compress(graph, share, store))
    assert {kind: len(cases) for kind, cases in fits.items()} == {"logs": 2 * len(LOGS), "chats": 400}
    store.close()
    done = subprocess.run([sys.executable, "-c", RESTORE, url], capture_output=True, text=True, check=True)
    assert dict(map(json.loads, done.stdout.splitlines())) == expected
    for kind, cases in fits.items():
        record_property(f"{kind} that fit", f"{sum(cases)} of {len(cases)}")
        print(f"{kind}: {sum(cases)} of {len(cases)} cases fit; in the others what must stay is larger than the target")


def _sessions(data: Path):
    yield from ((name, data / name) for name in LOGS)
    [path] = (data / "tau_bench" / "dev").glob("*.json")
    for number, record in enumerate(json.loads(path.read_text())):
        yield f"tau_bench {number}", record["traj"]


def _compress(graph, share: float, store) -> bool:
    store.append(graph.session_id, graph.nodes(), graph.edges())
    shown = window(graph)
    target, last = int(shown.tokens * share), shown.nodes[-1].id
    chain = [cause.node.id for cause in causal_chain(graph, last)]
    try:
        result = CompressionPipeline().compress(graph, target_tokens=target, store=store)
    except BudgetExceededError:
        assert _hard_tokens(graph) + SMALLEST_POINTER > target
        return False
    store.commit(graph.session_id, result.manifest.changes)
    assert window(graph).tokens <= target
    assert [cause.node.id for cause in causal_chain(graph, last)] == chain
    check_openai(render(graph))
    check_openai_arguments(render(graph))
    check_anthropic(render(graph, "anthropic"))
    return True


def _hard_tokens(graph) -> int:
    """Sum what must stay: system prompt and the last thing a user said; the sessions pin nothing."""
    shown = window(graph)
    task = [node for node in shown if node.is_instruction][-1].message_id
    is_hard = [n.role in ("system", "developer") or (n.is_instruction and n.message_id == task) for n in shown]
    open_calls = set(shown.open_calls)
    return sum(n.tokens for n, hard in zip(shown, is_hard, strict=True) if hard or n.id in open_calls)


def test_the_hard_sum_is_the_planners(data):
    """The planner protects just those nodes that the independent sum counts."""
    graph = build(read(data / LOGS[0]))
    scope = scope_of(graph, Preserve())
    assert sum(n.tokens for n in window(graph) if scope.yields[n.id] is Yield.NEVER) == _hard_tokens(graph)
