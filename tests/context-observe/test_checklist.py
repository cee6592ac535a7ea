import pytest

from context_core import (
    CacheAsked,
    GraphExtended,
    MemoryContentStore,
    PromptRendered,
    UnknownReferenceError,
    WindowCompressed,
    emit,
    expand,
    listen,
    operation,
)
from context_core.manifest import Manifest
from context_observe import (
    Checklist,
    FaultMet,
    SessionResumed,
    TaskEnded,
    TaskStarted,
    WorkRedone,
    WorkReviewed,
)
from context_observe.sessions import MAX_SESSIONS, Sessions

NAMES = [
    "tokens a session",
    "budget utilisation",
    "compressions a session",
    "reduction ratio",
    "originals looked at or restored",
    "references lost",
    "cache hits",
    "task completion",
    "rework",
    "approval",
    "error recovery",
    "resumption success",
    "hung agents",
]


def test_nothing_was_heard():
    """Every figure is there, and says that it is not known; what is counted from zero is zero."""
    figures = Checklist().figures()
    assert [figure.name for figure in figures] == NAMES
    counted = {"originals looked at or restored", "references lost", "hung agents"}
    assert {figure.name for figure in figures if figure.value is not None} == counted
    assert "task completion" in str(Checklist())
    assert "not heard of" in str(Checklist())


def test_every_figure():
    """Each is what was told, by hand."""
    with listen(Checklist()) as checklist:
        for session_id, tokens in (("a", 100), ("b", 300)):
            emit(TaskStarted(session_id))
            emit(GraphExtended(session_id, 1, tokens))
        for tokens in (400, 600):
            emit(PromptRendered("a", tokens, 1_000, "ok"))
        emit(WindowCompressed("a", 1_000, 250, 300, ()))
        with operation("restore", "a") as running:
            running.note(nodes=3)
        with pytest.raises(UnknownReferenceError):
            expand(Manifest("a"), MemoryContentStore(), "123456789.123456")
        for outcome in ("hit", "miss", "shared", "miss", "passed"):
            emit(CacheAsked("a", "tools", outcome, 0))
        emit(TaskEnded("a", completed=True))
        emit(TaskEnded("b", completed=False))
        emit(WorkRedone("a"))
        for approved in (True, True, True, False):
            emit(WorkReviewed("a", approved))
        emit(FaultMet("a", recovered=True))
        emit(SessionResumed("a", succeeded=False))
    found = {figure.name: figure.value for figure in checklist.figures()}
    assert found == {
        "tokens a session": 200,
        "budget utilisation": 0.5,
        "compressions a session": 0.5,
        "reduction ratio": 0.75,
        "originals looked at or restored": 3,
        "references lost": 1,
        "cache hits": 0.5,
        "task completion": 0.5,
        "rework": 0.5,
        "approval": 0.75,
        "error recovery": 1,
        "resumption success": 0,
        "hung agents": 0,
    }


def test_where_a_figure_should_lie():
    """A budget is used well from 40 to 65 %, both ends included; a reference that is lost is one too many."""
    for share, is_met in ((0.39, False), (0.40, True), (0.65, True), (0.66, False)):
        with listen(Checklist()) as checklist:
            emit(PromptRendered("a", round(share * 1_000), 1_000, "ok"))
        assert checklist.figure("budget utilisation").is_met is is_met
    assert Checklist().figure("references lost").is_met is True
    assert Checklist().figure("approval").is_met is None


def test_bands_of_ones_own():
    """They are judged by, and one for a figure that there is not is refused."""
    with listen(Checklist(bands={"approval": (0.9, 1)})) as checklist:
        emit(WorkReviewed("a", approved=False))
    assert checklist.figure("approval").is_met is False
    assert "look" in str(checklist)
    with pytest.raises(ValueError, match="got a band for 'aproval'; expected one of tokens a session, "):
        Checklist(bands={"aproval": (0.9, 1)})


def test_an_agent_that_fell_silent():
    """It is hung until something is heard of it."""
    now = [0.0]
    with listen(Checklist(hung_seconds=60, clock=lambda: now[0])) as checklist:
        emit(TaskStarted("a"))
        now[0] = 60
        assert checklist.figure("hung agents").value == 0
        now[0] = 61
        assert checklist.figure("hung agents").value == 1
        assert checklist.figure("hung agents").is_met is False
        emit(GraphExtended("a", 1, 1))
        assert checklist.figure("hung agents").value == 0


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_that_is_none(seconds):
    """It is refused with what was expected."""
    with pytest.raises(ValueError, match="expected a number of seconds above 0"):
        Checklist(hung_seconds=seconds)


def test_sessions_are_bounded():
    """Of more sessions than are followed, the one not heard of for longest goes."""
    sessions = Sessions(lambda: 0.0, hung_seconds=1)
    sessions.hear("first", 5)
    sessions.hear("second", 7)
    sessions.hear("first", 5)
    for number in range(MAX_SESSIONS - 1):
        sessions.hear(str(number))
    assert sessions.end("second") == 0
    assert sessions.end("first") == 10
