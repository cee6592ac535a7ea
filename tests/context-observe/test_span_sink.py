import threading

import pytest

from context_core import (
    ContextGraph,
    MemoryContentStore,
    OperationEnded,
    Saving,
    SummaryFailed,
    UnknownReferenceError,
    WindowCompressed,
    build,
    emit,
    expand,
    listen,
    operation,
    read,
    search,
)
from context_core.manifest import Manifest
from context_observe import SpanSink
from context_observe.conventions import CAPTURE_CONTENT_VARIABLE

trace = pytest.importorskip("opentelemetry.sdk.trace", reason='needs pip install "context-observe[otlp]"')

from opentelemetry import trace as api  # noqa: E402
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: E402
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler  # noqa: E402

CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello there"}]
SECRET = "the words that were said"


class Traced:
    """A provider whose spans are at hand once they ended."""

    def __init__(self, **options):
        self.provider = trace.TracerProvider(shutdown_on_exit=False, **options)
        self._exporter = InMemorySpanExporter()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self):
        return {span.name: span for span in self._exporter.get_finished_spans()}

    def everything(self):
        return "".join(span.to_json() for span in self._exporter.get_finished_spans())


@pytest.fixture
def traced(monkeypatch):
    monkeypatch.delenv(CAPTURE_CONTENT_VARIABLE, raising=False)
    return Traced()


def test_an_operation_is_a_span(traced):
    """Its name, its session and its figures are there under the names of the conventions."""
    with listen(SpanSink(traced.provider)):
        graph = build(read(CHAT), session_id="s")
        search(graph, "hello", limit=3)
    span = traced.spans["search"]
    assert span.attributes["gen_ai.operation.name"] == "retrieval"
    assert span.attributes["gen_ai.conversation.id"] == "s"
    assert span.attributes["gen_ai.request.top_k"] == 3
    assert span.attributes["context.hits"] == 2
    assert traced.spans["build"].attributes["context.nodes"] == 2
    assert [event.name for event in traced.spans["build"].events] == ["context.GraphExtended"]


def test_what_runs_inside_is_a_child(traced):
    """Spans nest as operations do, inside the caller's own span, and other libraries' spans nest in them."""
    tracer = traced.provider.get_tracer("application")
    with tracer.start_as_current_span("request"), listen(SpanSink(traced.provider)):
        with operation("compress", "s"), operation("strategy", "s"), tracer.start_as_current_span("http"):
            pass
        with operation("render", "s"):
            pass
    spans = traced.spans
    parents = {name: span.parent and span.parent.span_id for name, span in spans.items()}
    ids = {name: span.context.span_id for name, span in spans.items()}
    assert parents == {
        "request": None,
        "compress": ids["request"],
        "strategy": ids["compress"],
        "http": ids["strategy"],
        "render": ids["request"],
    }


def test_what_is_left_out_has_no_span(traced):
    """Its children are children of what it runs in."""
    sink = SpanSink(traced.provider, leave_out={"store.get"})
    with listen(sink), operation("restore"), operation("store.get"), operation("inner"):
        pass
    assert set(traced.spans) == {"restore", "inner"}
    assert traced.spans["inner"].parent.span_id == traced.spans["restore"].context.span_id


def test_content_is_off_by_default(traced):
    """Neither what was asked nor what an error says stands in a span; which error it was does."""
    with listen(SpanSink(traced.provider)):
        search(ContextGraph("s"), SECRET)
        with pytest.raises(UnknownReferenceError):
            expand(Manifest("s"), MemoryContentStore(), SECRET)
        with operation("compress"):
            emit(SummaryFailed("s", "Model", f"RuntimeError({SECRET!r})"))
    assert SECRET not in traced.everything()
    assert traced.spans["expand"].attributes["error.type"] == "UnknownReferenceError"
    assert traced.spans["expand"].status.status_code is api.StatusCode.ERROR


@pytest.mark.parametrize("value", ["true", "TRUE", "span_only", "SPAN_AND_EVENT"])
def test_content_is_turned_on_by_the_environment(traced, monkeypatch, value):
    """The variable that the conventions name, as it stands when the sink is made, turns it on."""
    monkeypatch.setenv(CAPTURE_CONTENT_VARIABLE, value)
    sink = SpanSink(traced.provider)
    monkeypatch.delenv(CAPTURE_CONTENT_VARIABLE)
    with listen(sink):
        search(ContextGraph("s"), SECRET)
    assert traced.spans["search"].attributes["gen_ai.retrieval.query.text"] == SECRET


@pytest.mark.parametrize("value", ["", "false", "no_content", "event_only"])
def test_other_values_leave_content_off(traced, monkeypatch, value):
    """Only what says so turns it on."""
    monkeypatch.setenv(CAPTURE_CONTENT_VARIABLE, value)
    with listen(SpanSink(traced.provider)):
        search(ContextGraph("s"), SECRET)
    assert SECRET not in traced.everything()


def test_the_caller_has_the_last_word(traced, monkeypatch):
    """What is asked for in code goes before the environment."""
    monkeypatch.setenv(CAPTURE_CONTENT_VARIABLE, "true")
    with listen(SpanSink(traced.provider, capture_content=False)):
        search(ContextGraph("s"), SECRET)
    assert SECRET not in traced.everything()


def test_a_compression_tells_what_each_strategy_saved(traced):
    """Savings are events of the compression's span."""
    savings = (Saving("externalize", "lossless", 3, 900), Saving("incremental", "summarization", 5, 100))
    with listen(SpanSink(traced.provider)), operation("compress", "s"):
        emit(WindowCompressed("s", 2_000, 1_000, 1_000, savings))
    span = traced.spans["compress"]
    assert [event.attributes["context.strategy"] for event in span.events] == ["externalize", "incremental"]
    assert span.attributes["context.tokens_saved"] == 1_000


def test_sampling_is_the_providers():
    """A provider that samples nothing records nothing."""
    traced = Traced(sampler=ALWAYS_OFF)
    with listen(SpanSink(traced.provider)):
        build(read(CHAT))
    assert not traced.spans


def test_samplers_see_what_it_is():
    """The operation and the session are there when a span is created, for samplers that choose by them."""
    seen = []

    class Choosing(Sampler):
        def should_sample(self, parent_context, trace_id, name, kind=None, attributes=None, *rest):
            seen.append(dict(attributes))
            return ALWAYS_OFF.should_sample(parent_context, trace_id, name, kind, attributes, *rest)

        def get_description(self):
            return "choosing"

    with listen(SpanSink(Traced(sampler=Choosing()).provider)), operation("search", "s"):
        pass
    assert seen == [{"gen_ai.operation.name": "retrieval", "gen_ai.conversation.id": "s"}]


def test_no_provider_is_set_for_the_process(traced):
    """The application's choice of a provider stays its own."""
    before = api.get_tracer_provider()
    with listen(SpanSink()), listen(SpanSink(traced.provider)):
        build(read(CHAT))
    assert api.get_tracer_provider() is before
    assert type(before).__name__ == "ProxyTracerProvider"


def test_an_end_without_a_start_is_passed_over(traced):
    """A sink may begin to listen while something runs."""
    running = operation("outside")
    with listen(SpanSink(traced.provider)) as sink, running:
        pass
    assert not traced.spans
    sink(OperationEnded("s", "search", 12345, 0.1, {}, {}, None))
    assert not traced.spans


def test_threads_share_a_sink(traced):
    """Spans of two threads do not mix: each has its own parent."""
    sink, barrier = SpanSink(traced.provider), threading.Barrier(2)

    def work(name):
        with listen(sink), operation(f"outer-{name}"):
            barrier.wait(10)
            with operation(f"inner-{name}"):
                barrier.wait(10)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in "ab":
        assert traced.spans[f"inner-{name}"].parent.span_id == traced.spans[f"outer-{name}"].context.span_id


def test_several_sinks(traced):
    """Two sinks, and one that fails, leave the span current that was so before, and each has all its spans."""
    other = Traced()

    def fail(event):
        raise RuntimeError("no room for the log")

    with listen(SpanSink(traced.provider)), listen(SpanSink(other.provider)):
        with operation("search"):
            pass
        assert api.get_current_span() is api.INVALID_SPAN
        with listen(fail), pytest.raises(RuntimeError), operation("restore"):
            pass
        assert api.get_current_span() is api.INVALID_SPAN
    assert set(traced.spans) == set(other.spans) == {"search", "restore"}
