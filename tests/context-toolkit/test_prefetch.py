"""What is predicted, what of it runs ahead, and what never does."""

from threading import Event

import pytest

from context_core import ContextGraph
from context_toolkit import CachePolicy, NextCalls, PastCall, Prefetcher, ToolCache, is_cancelled

WAIT = 20
"""Seconds after which a thread that should have come is taken to be lost."""
POLICIES = {
    "find": CachePolicy.until_written(),
    "read": CachePolicy.until_written("path"),
    "delete": CachePolicy.writer("path"),
}


def learned(*rows, times=4):
    model = NextCalls()
    for _ in range(times):
        for row in rows:
            model.learn_calls(row)
    return model


def paths_read(first, second, folder="src"):
    """Return a session that looks into a folder and reads two files."""
    listing = f"{first}.py\n{second}.py"
    return [
        PastCall("ls", {"path": folder}, listing),
        PastCall("read", {"path": f"{folder}/{first}.py"}, "x = 1"),
        PastCall("read", {"path": f"{folder}/{second}.py"}, "y = 2"),
    ]


# ── predicting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_values_flow_from_results():
    """What comes next is the first file of the listing, in its folder, and then the next that was not read."""
    model = learned(paths_read("alpha", "beta"), paths_read("gamma", "delta", "lib"))
    row = paths_read("one_file", "two_file", "pkg")
    assert model.predict(row[:1])[0].arguments == {"path": "pkg/one_file.py"}
    assert model.predict(row[:2])[0].arguments == {"path": "pkg/two_file.py"}


def test_fields_of_json_results():
    """Ids come from the field of a result that they came from before, the first that was not used."""
    rows = [
        [
            PastCall("user", {"id": name}, f'{{"name": "x", "orders": ["{name}-1", "{name}-2"]}}'),
            PastCall("order", {"id": f"{name}-1"}, "{}"),
            PastCall("order", {"id": f"{name}-2"}, "{}"),
        ]
        for name in ("ab", "cd")
    ]
    result = '{"name": "y", "orders": ["q7", "q8"]}'
    model = learned(*rows)
    asked = PastCall("user", {"id": "q"}, result)
    assert model.predict([asked])[0].arguments == {"id": "q7"}
    assert model.predict([asked, PastCall("order", {"id": "q7"}, "{}")])[0].arguments == {"id": "q8"}


def test_pages():
    """The next page begins where the last one ended."""
    pages = [PastCall("read", {"path": "a.py", "offset": at, "limit": 100}, "…") for at in (0, 100, 200)]
    [likeliest, *_] = learned(pages).predict([PastCall("read", {"path": "b.py", "offset": 500, "limit": 100}, "…")])
    assert likeliest.arguments == {"path": "b.py", "offset": 600, "limit": 100}


def test_what_one_session_knew_is_not_offered_to_another():
    """A constant is predicted only where more than one session had it."""
    secret = [PastCall("login", {}, "ok"), PastCall("account", {"id": "anna-4711", "kind": "short"}, "…")]
    common = [PastCall("login", {}, "ok"), PastCall("account", {"kind": "short"}, "…")]
    model = NextCalls()
    model.learn_calls(secret * 5)
    assert model.predict([PastCall("login", {}, "ok")]) == []
    model.learn_calls(common * 5)
    assert [call.arguments for call in model.predict([PastCall("login", {}, "ok")])] == [{"kind": "short"}]


def test_nothing_is_known():
    """A model that learned nothing, or not of such steps, predicts nothing."""
    assert NextCalls().predict([PastCall("ls", {}, "a.py")]) == []
    assert learned(paths_read("a", "b"), times=0).predict([]) == []


def test_learning_from_graphs():
    """A graph is learned from as its steps are; side chains are not part of the row."""
    model = NextCalls()
    for name in ("one", "two", "three"):
        graph = ContextGraph(name)
        call = graph.add_tool_call("find", {})
        graph.add_tool_result(call.id, f"src/{name}.py")
        graph.add_tool_result(graph.add_tool_call("read", {"path": f"src/{name}.py"}).id, "x")
        model.learn(graph)
    assert model.predict([PastCall("find", {}, "lib/four.py")])[0].arguments == {"path": "lib/four.py"}


# ── running ahead ────────────────────────────────────────────────────────────────────────────────────────────────────


class Tools:
    """Tools that note what ran; `read` may be held up."""

    def __init__(self):
        self.ran = []
        self.began = Event()
        self.may_end = Event()
        self.may_end.set()
        self.was_cancelled = None

    def find(self):
        return "src/main.py"

    def read(self, path):
        self.ran.append(path)
        self.began.set()
        assert self.may_end.wait(WAIT)
        self.was_cancelled = is_cancelled()
        if path == "src/broken.py":
            raise OSError("broken")
        return f"text of {path}"

    def delete(self, path):
        self.ran.append(f"deleted {path}")

    def all(self):
        return {"find": self.find, "read": self.read, "delete": self.delete}


def prefetcher(tools, model=None, allowed=("read",), policies=None, **options):
    rows = [
        [PastCall("find", {}, f"src/{name}.py"), PastCall("read", {"path": f"src/{name}.py"}, "x")] for name in "abc"
    ]
    cache = ToolCache(policies or POLICIES)
    return Prefetcher(cache, tools.all(), allowed=allowed, model=model or learned(*rows), **options)


def test_the_next_call_runs_ahead():
    """The predicted call has run, or is running, when it comes; it runs once."""
    tools = Tools()
    with prefetcher(tools) as ahead:
        ahead.call("find", {})
        assert tools.began.wait(WAIT)
        assert ahead.call("read", {"path": "src/main.py"}) == "text of src/main.py"
    assert tools.ran == ["src/main.py"]
    assert (ahead.stats.calls, ahead.stats.right, ahead.stats.started, ahead.stats.failed) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("allowed", "policies"),
    [((), None), (("find",), None), (("read",), {"find": CachePolicy.until_written()})],
    ids=["nothing is allowed", "another tool is", "it may write"],
)
def test_what_never_runs_ahead(allowed, policies):
    """A tool that is not on the list, or not known to change nothing, waits until it is called."""
    tools = Tools()
    with prefetcher(tools, allowed=allowed, policies=policies) as ahead:
        ahead.call("find", {})
    assert tools.ran == []


def test_a_writing_tool_never_runs_ahead():
    """A tool that writes does not run ahead, though it is allowed and sure to come."""
    tools = Tools()
    row = [PastCall("find", {}, "src/a.py"), PastCall("delete", {"path": "src/a.py"}, "")]
    with prefetcher(tools, model=learned(row), allowed=("delete", "read")) as ahead:
        assert ahead.observe("find", {}, "src/main.py") == []
    assert tools.ran == []


def test_a_wrong_prediction_is_cancelled():
    """When another call comes, what runs is told so, and what waits never runs."""
    tools = Tools()
    tools.may_end.clear()
    with prefetcher(tools, max_concurrent=1) as ahead:
        ahead.observe("find", {}, "src/one.py")
        assert tools.began.wait(WAIT)
        ahead.observe("find", {}, "src/two.py")  # waits, as there is one thread
        ahead.expect("find", {})
        assert ahead.stats.cancelled == 2
        tools.may_end.set()
    assert tools.ran == ["src/one.py"]
    assert tools.was_cancelled is True


def test_a_tool_that_is_called_is_not_cancelled():
    """A tool that runs because it was called never hears that it is not needed."""
    tools = Tools()
    with prefetcher(tools) as ahead:
        ahead.call("read", {"path": "src/main.py"})
    assert tools.was_cancelled is False


def test_failures_ahead_are_nobodys():
    """A call that failed ahead is counted, and raises only when it is called."""
    tools = Tools()
    with prefetcher(tools) as ahead:
        ahead.observe("find", {}, "src/broken.py")
        with pytest.raises(OSError, match="broken"):
            ahead.call("read", {"path": "src/broken.py"})
    assert ahead.stats.failed <= 1
    assert ahead.call("find", {}) == "src/main.py"  # closed, it still passes calls on


def test_a_write_in_between():
    """What ran ahead is not served when what it read was written since."""
    tools = Tools()
    with prefetcher(tools) as ahead:
        ahead.call("find", {})
        assert tools.began.wait(WAIT)
        ahead.call("delete", {"path": "src/main.py"})
        ahead.call("read", {"path": "src/main.py"})
    assert tools.ran.count("src/main.py") == 2


def test_what_is_pending_is_bounded():
    """Predictions beyond the bound are not even queued; what was cancelled and still runs counts."""
    tools = Tools()
    tools.may_end.clear()
    with prefetcher(tools, max_concurrent=1, max_pending=2) as ahead:
        begun = [ahead.observe("find", {}, f"src/{name}.py") for name in ("one", "two", "three")]
        assert [len(calls) for calls in begun] == [1, 1, 0]
        assert ahead.stats.crowded == 1
        tools.may_end.set()


def test_what_is_known_does_not_run():
    """A predicted call whose result is kept does not run again."""
    tools = Tools()
    with prefetcher(tools) as ahead:
        ahead.call("read", {"path": "src/main.py"})
        ahead.call("find", {})
    assert tools.ran == ["src/main.py"]


def test_results_that_are_no_text():
    """A result that is a JSON value is looked at as the agent sees it; any other one holds out nothing."""
    with prefetcher(Tools()) as ahead:
        assert [call.arguments for call in ahead.observe("find", {}, ["src/main.py"])] == [{"path": "src/main.py"}]
        assert "main.py" not in str(ahead.observe("find", {}, object()))


@pytest.mark.parametrize("options", [{"max_concurrent": 0}, {"max_pending": 0}, {"allowed": ("read", "rm")}])
def test_bad_options(options):
    """Bounds of nothing, and tools that are not there, are refused."""
    with pytest.raises(ValueError, match="expected"):
        prefetcher(Tools(), **options)
