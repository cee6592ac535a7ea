"""What tests share: one of each thing that can happen, a session, and a session that is compressed."""

from contextlib import suppress

import pytest

from context_core import (
    CacheAsked,
    ContextGraph,
    MemoryContentStore,
    MemoryStore,
    NodeType,
    PromptRendered,
    Replacement,
    Saving,
    SummaryFailed,
    UnknownReferenceError,
    WindowCompressed,
    build,
    emit,
    expand,
    operation,
    read,
    replace,
    restore,
)
from context_core.manifest import Manifest
from context_observe import FaultMet, SessionResumed, TaskEnded, TaskStarted, WorkRedone, WorkReviewed


@pytest.fixture
def everything():
    """Return a function that lets one of each thing happen in a session."""
    return _everything


def _everything(session_id):
    emit(TaskStarted(session_id))
    graph = build(read([{"role": "user", "content": "hello"}]), session_id=session_id)
    emit(PromptRendered(session_id, 500, 1_000, "warning"))
    emit(WindowCompressed(session_id, 1_000, 400, 500, (Saving("externalize", "lossless", 2, 600),)))
    emit(SummaryFailed(session_id, "Model", "RuntimeError()"))
    emit(CacheAsked(session_id, "tools", "hit", 20))
    restore(graph, Manifest(session_id), MemoryContentStore())
    with operation("expand", session_id):
        pass
    with suppress(UnknownReferenceError):
        expand(Manifest(session_id), MemoryContentStore(), "123456789.123456")
    with operation("chat", session_id, model="small") as running:
        running.note(input_tokens=30, output_tokens=4)
    emit(WorkReviewed(session_id, approved=False))
    emit(WorkRedone(session_id))
    emit(FaultMet(session_id, recovered=True))
    emit(SessionResumed(session_id, succeeded=True))
    emit(TaskEnded(session_id, completed=True))


@pytest.fixture
def session():
    """Return a function that makes the graph of an agent that reads files, with a failing last step."""
    return _session


@pytest.fixture
def compressed():
    """Return a function that puts a graph into a store with all its long results cut, and returns the store."""
    return _compressed


def _session(*, steps=4, times=True):
    """Return a graph of an agent that reads files, with a failing last step."""
    graph = ContextGraph("s")
    at = 1_700_000_000.0
    graph.add_message("system", "be brief", created_at=at if times else None)
    graph.add_message("user", "fix the parser in src/parse_rows.py", created_at=at if times else None)
    for number in range(steps):
        at += 10
        call = graph.add_tool_call("read", {"path": f"src/part_{number}.py"}, created_at=at if times else None)
        at += number + 1
        text = f"class Reader{number}Of:\n" + f"    line {number}\n" * 60
        graph.add_tool_result(call.id, text, created_at=at if times else None)
    call = graph.add_tool_call("run", {"name": "Reader1Of"}, created_at=at + 20 if times else None)
    graph.add_tool_result(call.id, "Error: no such name Reader1Of", created_at=at + 95 if times else None)
    return graph


def _compressed(graph, *, kept=20):
    """Put a graph into a store with all its long results cut, and return the store."""
    store = MemoryStore()
    store.append("s", graph.nodes(), graph.edges())
    steps = []
    for node in graph.nodes(NodeType.TOOL_RESULT):
        if node.tokens > kept:
            pointer = f"[cut; expand {graph.reference(node.id)}]"
            after = node.evolve(
                content=pointer, tokens=9, metadata={**node.metadata, "elided": graph.reference(node.id)}
            )
            steps.append(Replacement(node, after, "externalize-payloads", "lossless"))
    store.commit("s", replace(graph, steps, store))
    return store
