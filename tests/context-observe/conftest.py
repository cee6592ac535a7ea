"""What the tests of sinks share: one of each thing that can happen."""

from contextlib import suppress

import pytest

from context_core import (
    CacheAsked,
    MemoryContentStore,
    PromptRendered,
    Saving,
    SummaryFailed,
    UnknownReferenceError,
    WindowCompressed,
    build,
    emit,
    expand,
    operation,
    read,
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
