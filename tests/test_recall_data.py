"""Recall over real sessions: evidence is found again, and leads to the node that holds it."""

import pytest

from context_core import MemoryStore, NodeType, build, read
from context_memory import EpisodicMemory, SQLiteStore

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def graphs(data):
    """Some real sessions of coding agents."""
    paths = sorted((data / "entire_claude_code" / "dev").rglob("*full.jsonl"))[:6]
    paths += sorted((data / "entire_codex" / "dev").rglob("*full.jsonl"))[-2:]
    return [build(read(path), session_id=path.relative_to(data).as_posix()) for path in paths]


def test_every_passage_leads_to_its_node(graphs, tmp_path):
    """What users said in real sessions is found again, and what is recalled stands in its node word for word."""
    with SQLiteStore(tmp_path / "context.db") as store, EpisodicMemory(store, tmp_path / "recall.db") as memory:
        for graph in graphs:
            store.append(graph.session_id, graph.nodes(), graph.edges())
        assert memory.refresh() > 500
        loaded = {graph.session_id: store.load(graph.session_id) for graph in graphs}
        asked, again = 0, 0
        for graph in graphs:
            for node in (node for node in graph.nodes(NodeType.MESSAGE) if node.is_instruction):
                if not 20 <= len(node.content) <= 500:
                    continue
                found = memory.recall(node.content, k=10)
                for one in found:
                    content = loaded[one.session_id].node(one.node_id).content
                    assert len(one.text) <= one.span[1] - one.span[0]
                    assert one.text.split() == [] or one.text.split()[0] in content[slice(*one.span)]
                asked += 1
                again += any(one.node_id == node.id for one in found)
        assert asked >= 20
        assert again >= 0.9 * asked


def test_looking_back(graphs):
    """Looked back from any time of a real session, nothing is found that was said later."""
    store = MemoryStore()
    for graph in graphs:
        store.append(graph.session_id, graph.nodes(), graph.edges())
    with EpisodicMemory(store) as memory:
        memory.refresh()
        for graph in graphs:
            times = sorted(node.created_at for node in graph.nodes() if node.created_at)
            for at in times[:: max(1, len(times) // 5)]:
                assert all(one.said_at <= at for one in memory.recall("error in the test of a file", k=50, as_of=at))
