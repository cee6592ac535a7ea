import pytest

from context_core import (
    ContextGraph,
    MemoryContentStore,
    MemoryStore,
    OperationEnded,
    OperationStarted,
    RenderError,
    UnknownReferenceError,
    build,
    expand,
    listen,
    operation,
    pin,
    read,
    render,
    search,
)
from context_core.manifest import Manifest
from context_core.operations import STORE_METHODS, observed_store

CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello there"}]


def ended(events):
    return {event.operation: event for event in events if isinstance(event, OperationEnded)}


def balanced(events):
    """Whether each operation ends after it started, inside whatever was open then."""
    running = []
    for event in events:
        if isinstance(event, OperationStarted):
            running.append(event.operation_id)
        elif isinstance(event, OperationEnded):
            assert running.pop() == event.operation_id
    return not running


def test_nobody_listens():
    """With no sink every operation is the same object, and what is noted on it is forgotten."""
    first, second = operation("read"), operation("build", "s", nodes=1)
    assert first is second
    with first as running:
        running.note(nodes=2)
        running.note_content(query="secret")
    assert not hasattr(running, "__dict__")
    assert running._attributes == running._content == {}


def test_the_way_of_a_transcript_is_told():
    """Reading, building, searching and rendering are operations, each with its session and its figures."""
    seen = []
    with listen(seen.append):
        graph = build(read(CHAT), session_id="s")
        search(graph, "hello")
        render(graph)
    told = ended(seen)
    assert list(told) == ["read", "build", "search", "render"]
    assert told["read"].attributes == {"format": "openai-chat", "messages": 2, "problems": 0}
    assert told["build"].attributes == {"nodes": 2, "tokens": graph.total_tokens}
    assert told["search"].attributes == {"limit": 10, "hits": 2, "is_dense": False}
    assert told["search"].content == {"query": "hello"}
    assert {event.session_id for name, event in told.items() if name != "read"} == {"s"}
    assert all(event.seconds >= 0 for event in told.values())
    assert balanced(seen)


def test_attributes_hold_nothing_that_was_said():
    """Words of the transcript stand in an event's content alone, which a sink may leave out."""
    seen = []
    with listen(seen.append):
        graph = build(read(CHAT), session_id="s")
        search(graph, "hello there")
    assert not any("hello" in str(event.attributes) for event in ended(seen).values())


def test_a_form_that_is_none_is_not_told():
    """What somebody asks for is told where it is a form's name, and else only that it failed."""
    seen = []
    with listen(seen.append):
        render(ContextGraph("s"), "anthropic")
        render(ContextGraph("s"), lambda _: [])
        with pytest.raises(RenderError):
            render(ContextGraph("s"), "what was said")
    told = [dict(event.attributes) for event in seen if isinstance(event, OperationEnded)]
    assert told == [{"nodes": 0, "form": "anthropic"}, {"nodes": 0, "form": "function"}, {"nodes": 0}]


def test_an_error_ends_an_operation():
    """What an operation raised goes with its end, and on to the caller."""
    seen = []
    with listen(seen.append), pytest.raises(UnknownReferenceError):
        expand(Manifest("s"), MemoryContentStore(), "123456789.123456")
    assert isinstance(ended(seen)["expand"].error, UnknownReferenceError)
    assert balanced(seen)


def test_two_that_run_are_two():
    """Operations of one name that run inside each other are told apart."""
    seen = []
    with listen(seen.append), operation("search"), operation("search"):
        pass
    assert len({event.operation_id for event in seen}) == 2
    assert balanced(seen)


def test_what_is_done_to_a_store_is_told():
    """Contents are counted, sessions are named, and a subclass that calls its parent's method is not told twice."""
    store, seen = MemoryStore(), []
    graph = ContextGraph("s")
    graph.add_message("user", "hi")
    with listen(seen.append):
        [name] = store.put([b"hello"])
        store.get(name)
        store.append("s", graph.nodes(), graph.edges())
        store.load(session_id="s")
    told = [(event.operation, event.session_id, dict(event.attributes)) for event in seen if hasattr(event, "seconds")]
    assert told == [
        ("store.put", "", {"store": "MemoryStore", "contents": 1, "bytes": 5}),
        ("store.get", "", {"store": "MemoryStore", "contents": 1, "bytes": 5}),
        ("store.append", "s", {"store": "MemoryStore"}),
        ("store.load", "s", {"store": "MemoryStore"}),
    ]


def test_a_store_tells_of_what_it_is_asked_for():
    """What it looks up itself, to check a commit, is no operation."""
    store, seen = MemoryStore(), []
    graph = ContextGraph("s")
    node = graph.add_message("user", "hi")
    store.append("s", graph.nodes(), graph.edges())
    changes = pin(graph, Manifest("s"), store, [node.id])
    with listen(seen.append):
        store.commit("s", changes)
        store.load("s", version=1)
    assert list(ended(seen)) == ["store.commit", "store.load"]


def test_a_store_of_ones_own():
    """The decorator keeps what a method is called, says and returns, and leaves other methods alone."""

    @observed_store
    class Own(MemoryContentStore):
        def get(self, content_id):
            """Return nothing."""
            return b""

        def size(self):
            return 0

    seen = []
    with listen(seen.append):
        assert Own().get("x") == b""
        assert Own().size() == 0
    assert list(ended(seen)) == ["store.get"]
    assert (Own.get.__name__, Own.get.__doc__) == ("get", "Return nothing.")
    assert "size" not in STORE_METHODS


def test_sinks_end_in_turn():
    """The sink that heard last of a start hears first of the end, as what it did then is to be undone first."""
    told = []

    def sink(name):
        return lambda event: told.append((name, type(event).__name__))

    with listen(sink("outer")), listen(sink("inner")), operation("search"):
        pass
    assert [name for name, _ in told] == ["outer", "inner", "inner", "outer"]


@pytest.mark.parametrize("bad", [OperationStarted, OperationEnded])
def test_all_hear_whatever_one_raises(bad):
    """Each start that a sink heard has an end, and the exception of another comes out after it."""
    heard = []

    def fail(event):
        if isinstance(event, bad):
            raise RuntimeError("no room for the log")

    with (
        listen(heard.append),
        listen(fail),
        listen(heard.append),
        pytest.raises(RuntimeError, match="no room"),
        operation("search"),
    ):
        pass
    assert [type(event) for event in heard] == [OperationStarted] * 2 + [OperationEnded] * 2
    assert [getattr(event, "error", None) is not None for event in heard[2:]] == [bad is OperationStarted] * 2


def test_the_error_of_what_failed_comes_out():
    """A sink that fails as it is told of a failure does not hide it."""

    def fail(event):
        if isinstance(event, OperationEnded):
            raise RuntimeError("no room for the log")

    with listen(fail), pytest.raises(UnknownReferenceError) as caught:
        expand(Manifest("s"), MemoryContentStore(), "123456789.123456")
    assert "RuntimeError" in caught.value.__notes__[0]
