"""Real sessions in every store: compressed, loaded at every version, restored, moved and erased."""

import os

import pytest

from context_compression import CompressionPipeline
from context_core import BudgetExceededError, build, graph_bytes, read, restore, window
from context_memory import (
    Archive,
    FolderBlobs,
    MemoryBlobs,
    TieredStore,
    TierPolicy,
    copy_session,
    open_store,
)

POSTGRES = os.environ.get("CONTEXT_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("CONTEXT_REDIS_URL", "redis://127.0.0.1:6379")

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def logs(data):
    """Three Claude Code sessions and two of Codex, the smallest of each that are no trifles."""
    chosen = []
    for name, count in (("entire_claude_code", 3), ("entire_codex", 2)):
        paths = sorted((data / name).rglob("*.jsonl"), key=lambda path: path.stat().st_size)
        chosen += [path for path in paths if path.stat().st_size > 150_000][:count]
    return chosen


def name_of(path):
    """Return a session's name: the end of its path, since many files have one name."""
    return "/".join(path.parts[-4:])


@pytest.fixture(params=["memory", "sqlite", "files", "postgres", "redis", "tiers"])
def store(request, tmp_path):
    """A store with a namespace of its own."""
    from uuid import uuid4

    namespace = f"data-{uuid4().hex[:12]}"
    urls = {"sqlite": f"sqlite:///{tmp_path}/context.db", "files": f"file://{tmp_path}/files"}
    url = {**urls, "postgres": POSTGRES, "redis": REDIS, "memory": "memory://", "tiers": urls["sqlite"]}[request.param]
    if request.param in ("postgres", "redis"):
        pytest.importorskip("psycopg" if request.param == "postgres" else "redis")
    opened = open_store(url, namespace=namespace)
    if request.param == "tiers":
        opened = TieredStore(None, opened, Archive(FolderBlobs(tmp_path / "cold")), TierPolicy(warm_seconds=0))
    yield opened
    for session_id in opened.sessions():
        opened.purge(session_id)
    if hasattr(opened, "close"):
        opened.close()


def test_real_sessions(store, logs):
    """Each session is stored turn by turn, compressed, and comes back at each version, whole or restored."""
    for path in logs:
        name = name_of(path)
        graph = build(read(path), session_id=name)
        nodes = list(graph.nodes())
        for start in range(0, len(nodes), 40):
            part = nodes[start : start + 40]
            store.append(name, part, [edge for node in part for edge in graph.in_edges(node.id)])
        original, appended = graph_bytes(graph), store.version(name)
        assert graph_bytes(store.load(name)) == original
        for share in (0.6, 0.4):
            try:
                result = CompressionPipeline().compress(
                    graph,
                    target_tokens=int(window(graph).tokens * share),
                    store=store,
                    manifest=store.manifest(name),
                )
            except BudgetExceededError:
                continue
            store.commit(name, result.manifest.changes[len(store.manifest(name)) :])
        compressed = store.load(name)
        assert graph_bytes(compressed) == graph_bytes(graph)
        assert graph_bytes(store.load(name, version=appended)) == original
        if isinstance(store, TieredStore):
            assert name in [move.session_id for move in store.migrate(now=2e10).moves]
        restore(compressed, store.manifest(name), store)
        assert graph_bytes(compressed) == original
    assert list(store.verify()) == []
    other = TieredStore(None, open_store("memory://"), Archive(MemoryBlobs()))
    for name in map(name_of, logs):
        copy_session(store, other, name)
        assert graph_bytes(other.load(name)) == graph_bytes(store.load(name))
        assert store.purge(name).nodes > 0
    assert store.sessions() == []
