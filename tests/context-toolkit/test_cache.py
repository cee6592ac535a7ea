"""What a cache keeps, and for which calls."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import CacheAsked, ContextGraph, OperationEnded, listen
from context_toolkit import CachePolicy, Effect, KeyKind, Outcome, ToolCache
from context_toolkit.cache.place import Place
from context_toolkit.testing.world import FILES, spellings

READ = CachePolicy.until_written("path")


class Tool:
    """A tool that counts how often it ran."""

    def __init__(self, *values):
        self.values = list(values)
        self.runs = 0

    def __call__(self):
        self.runs += 1
        value = self.values[min(self.runs, len(self.values)) - 1]
        if isinstance(value, BaseException):
            raise value
        return value


class Clock:
    """A clock that goes where it is told to."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


def runs(cache, *calls, tool="read", scope=""):
    """Return how often a tool runs for calls with these arguments."""
    run = Tool("text")
    for arguments in calls:
        cache.call(tool, arguments, run, scope=scope)
    return run.runs


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": "a.py"}, {"path": "A.py"}),
        ({"path": "a.py"}, {"path": "./a.py"}),
        ({"path": "a.py"}, {"path": "a.py "}),
        ({"path": "a/../b.py"}, {"path": "b.py"}),
        ({"id": 1}, {"id": "1"}),
        ({"id": 1}, {"id": 1.0}),
        ({"id": 1}, {"id": True}),
        ({"id": 0}, {"id": False}),
        ({"id": None}, {}),
        ({"id": 2**64}, {"id": 2**64 + 1}),
        ({"id": float(2**60)}, {"id": 2**60}),
        ({"id": "é"}, {"id": "e\u0301"}),
        ({"id": []}, {"id": {}}),
        ({"id": [1, 2]}, {"id": [2, 1]}),
        ({"id": "\ud800"}, {"id": "?"}),
    ],
)
@pytest.mark.parametrize("key", KeyKind)
def test_calls_that_differ_share_nothing(one, other, key):
    """A path of another spelling or case, and a value of another type, are other calls, whatever the keys."""
    cache = ToolCache({"read": READ.evolve(key=key)})
    assert runs(cache, one, other) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": "a.py", "limit": 5}, {"limit": 5, "path": "a.py"}),
        ('{"path": "a.py"}', '{ "path":"a.py" }'),
        ('{"path": "a.py"}', {"path": "a.py"}),
        ({"path": "a.py", "limit": 10}, {"path": "a.py"}),
        ({"path": "a.py", "options": {"deep": False}}, {"path": "a.py", "options": {}}),
    ],
)
def test_normalised_keys(one, other):
    """Order of keys, blanks and defaults make no other call for normalised keys, and do for exact ones."""
    options = {"properties": {"deep": {"default": False}}}
    schema = {"properties": {"limit": {"type": "integer", "default": 10}, "options": options}}
    assert runs(ToolCache({"read": READ.evolve(schema=schema)}), one, other) == 1
    assert runs(ToolCache({"read": READ.evolve(schema=schema, key=KeyKind.EXACT)}), one, other) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(one=st.dictionaries(st.text(max_size=2), JSON, max_size=3), other=JSON, key=st.sampled_from(KeyKind))
def test_a_key_is_of_its_arguments_alone(one, other, key):
    """Equal arguments are one call, and those that JSON tells apart are two."""
    policies = {"read": CachePolicy.until_written("path", key=key)}
    assert runs(ToolCache(policies), one, json.loads(json.dumps(one))) == 1
    changed = {**one, "x": other}
    same = json.dumps(one, sort_keys=True) == json.dumps(changed, sort_keys=True)
    assert runs(ToolCache(policies), one, changed) == (1 if same else 2)


@pytest.mark.parametrize("arguments", [{"at": object()}, {"at": {1: 2}}, {"at": b"x"}, {"at": {1}}])
def test_arguments_that_are_no_json(arguments):
    """Arguments that JSON cannot write are refused before anything runs."""
    run = Tool("x")
    with pytest.raises(ValueError, match="expected JSON"):
        ToolCache({"read": READ}).call("read", arguments, run)
    assert run.runs == 0


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(value=JSON)
def test_what_comes_back_is_what_was_returned(value):
    """A hit is equal to what the tool returned, types included, or there is no hit."""
    cache, run = ToolCache({"read": READ}), Tool(value)
    for _ in range(3):
        assert repr(cache.call("read", {"path": "a"}, run)) == repr(value)


@pytest.mark.parametrize("value", [(1, 2), b"x", {1: 2}, {"a": (1,)}, object(), {1, 2}, float("nan")])
def test_results_that_are_no_json(value):
    """What JSON would give back as something else is handed on and not kept."""
    cache, run = ToolCache({"read": READ}), Tool(value)
    assert cache.call("read", {"path": "a"}, run) is value
    assert cache.call("read", {"path": "a"}, run) is value
    assert (run.runs, cache.stats.refused) == (2, 2)


def test_nobody_can_change_a_kept_result():
    """Who changes a result changes only what he was given, the first caller included."""
    cache, run = ToolCache({"read": READ}), Tool({"lines": [1, 2]})
    for _ in range(3):
        value = cache.call("read", {"path": "a"}, run)
        assert value == {"lines": [1, 2]}
        if run.runs and value is not run.values[0]:
            value["lines"].append(3)


def test_errors_are_not_kept():
    """A tool that raised runs again."""
    cache, run = ToolCache({"read": READ}), Tool(OSError("no such file"), "text")
    with pytest.raises(OSError, match="no such file"):
        cache.call("read", {"path": "a"}, run)
    assert cache.call("read", {"path": "a"}, run) == "text"


def test_results_that_are_not_worth_it():
    """An error told as a text is not kept where the policy knows it for one."""
    policy = READ.evolve(keeps=lambda value: not value.startswith("Error"))
    cache, run = ToolCache({"read": policy}), Tool("Error: busy", "text")
    assert [cache.call("read", {"path": "a"}, run) for _ in range(3)] == ["Error: busy", "text", "text"]
    assert run.runs == 2


# ── policies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tool_without_a_policy_is_never_cached():
    """Nothing is kept of a tool that nobody vouched for."""
    assert runs(ToolCache(), {"path": "a"}, {"path": "a"}) == 2


def test_a_tool_that_writes_cannot_be_cached():
    """A policy that would skip writes is refused."""
    with pytest.raises(ValueError, match="only calls that change nothing"):
        CachePolicy(is_cached=True, effect=Effect.NAMED)


@pytest.mark.parametrize(
    "options", [{"ttl_seconds": 0}, {"ttl_seconds": -1}, {"ttl_seconds": float("nan")}, {"threshold": 0}]
)
def test_policies_out_of_bounds(options):
    """A time that is none, and a threshold that everything reaches, are refused."""
    with pytest.raises(ValueError, match="expected"):
        CachePolicy(**options)


@pytest.mark.parametrize("bound", ["max_items", "max_tokens"])
def test_bounds_of_nothing(bound):
    """A cache that could keep nothing is refused."""
    with pytest.raises(ValueError, match=f"got {bound}=0"):
        ToolCache(**{bound: 0})


def test_a_time_to_live():
    """A result is served up to its age, counted from when its call began, and not beyond."""
    clock = Clock()
    cache = ToolCache({"weather": CachePolicy.for_seconds(60)}, clock=clock)

    def slowly():
        clock.now += 10
        return "sun"

    cache.call("weather", {}, slowly)
    clock.now += 50
    assert cache.get("weather", {}).is_hit
    clock.now += 0.001
    assert not cache.get("weather", {}).is_hit


def test_a_clock_that_was_set_back():
    """A result from the future has no age that could be trusted."""
    clock = Clock()
    cache = ToolCache({"weather": CachePolicy.for_seconds(60)}, clock=clock)
    cache.call("weather", {}, Tool("sun"))
    clock.now -= 1
    assert not cache.get("weather", {}).is_hit


def test_age_alone():
    """Of a tool whose results are kept for a time, and that reads nothing with a name, no write takes them."""
    cache = ToolCache({"weather": CachePolicy.for_seconds(60), "forecast": CachePolicy.for_seconds(60, "place")})
    for tool in ("weather", "forecast"):
        cache.call(tool, {"place": "rome"}, Tool("sun"))
    cache.call("bash", {"command": "make"}, Tool(""))
    assert cache.get("weather", {"place": "rome"}).is_hit
    assert not cache.get("forecast", {"place": "rome"}).is_hit


def test_a_policy_for_each_call():
    """A function decides by the arguments: a tool may read with one command and write with another."""

    def editor(arguments):
        return READ if arguments.get("command") == "view" else CachePolicy.writer("path")

    cache = ToolCache({"editor": editor})
    view = {"command": "view", "path": "a.py"}
    assert runs(cache, view, view, tool="editor") == 1
    cache.call("editor", {"command": "insert", "path": "b.py"}, Tool(""))
    assert cache.get("editor", view).is_hit
    cache.call("editor", {"command": "insert", "path": "a.py"}, Tool(""))
    assert not cache.get("editor", view).is_hit


def test_a_function_names_what_is_read():
    """A table that no argument names is named by a function."""
    policies = {
        "orders": CachePolicy.until_written(lambda arguments: ["orders", arguments["user"]]),
        "send": CachePolicy.writer("id", lambda arguments: ["orders"]),
        "rename": CachePolicy.writer("user"),
    }
    cache = ToolCache(policies)
    for write, arguments in (("send", {"id": 7}), ("rename", {"user": "bo"}), ("rename", {"user": "anna"})):
        cache.call("orders", {"user": "anna"}, Tool("7"))
        cache.call(write, arguments, Tool(""))
        assert cache.get("orders", {"user": "anna"}).is_hit is (arguments == {"user": "bo"})


# ── writes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

EDIT = {"old_string": "x", "new_string": "y"}
PATCH = "*** Begin Patch\n*** Update File: lib/b.py\n*** Move to: src/a.py\n@@\n-x\n+y\n*** End Patch"
DIFF = "--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-x\n+y\n--- a/src/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Write", {"file_path": "src/a.py", "content": "x"}),
        ("Write", {"file_path": "/repo/src/a.py", "content": "x"}),
        ("Edit", {"file_path": "./lib/../src/a.py", **EDIT}),
        ("Edit", {"file_path": "SRC/A.PY", **EDIT}),
        ("Edit", {"file_path": "src\\a.py", **EDIT}),
        ("Edit", {"file_path": "C:\\repo\\src\\a.py", **EDIT}),
        ("Edit", {"file_path": "~/repo/src/a.py", **EDIT}),
        ("Edit", {"file_path": "$HOME/src/a.py", **EDIT}),
        ("Edit", {"file_path": "file:///repo/src/a.py", **EDIT}),
        ("apply_patch", {"input": PATCH}),
        ("apply_patch", PATCH),
        ("apply_diff", {"diff": DIFF}),
        ("bash", {"command": "cat src/b.py"}),
        ("bash", {"command": "make>log"}),
        ("bash", '{"command": "ls"}'),
        ("shell", {"command": ["bash", "-lc", "cat > src/b.py"]}),
        ("python", {"code": "open('src/a.py', 'w')"}),
        ("rm", {"path": "src"}),
        ("nobody_knows", {}),
        ("nobody_knows", {"note": "hello"}),
    ],
)
def test_calls_that_may_write(tool, arguments):
    """Whatever may have changed a file takes the results that read it, by any name of it, before it runs and after."""
    cache = ToolCache({"read": READ})
    read = {"path": "src/a.py"}
    cache.call("read", read, Tool("x"))
    seen = []
    cache.call(tool, arguments, lambda: seen.append(cache.call("read", read, Tool("in between"))))
    assert seen == ["in between"]
    assert not cache.get("read", read).is_hit


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Write", {"file_path": "src/b.py", "content": "# like\n# src/a.py\n"}),
        ("Write", {"file_path": "lib/a.py", "content": "x"}),
        ("Edit", {"file_path": "/repo/src/a.pyi", **EDIT}),
        ("str_replace_editor", {"command": "create", "path": "src/b.py", "file_text": "x"}),
        ("read", {"path": "src/a.py"}),
        ("think", {"about": "src/a.py"}),
        ("rename", {"path": "lib", "to": "library"}),
    ],
)
def test_calls_that_write_elsewhere(tool, arguments):
    """A write that shows what it changes takes no more than that."""
    cache = ToolCache({"read": READ, "think": CachePolicy.inert(), "rename": CachePolicy.writer()})
    cache.call("read", {"path": "src/a.py"}, Tool("x"))
    cache.call(tool, arguments, Tool(""))
    assert cache.get("read", {"path": "src/a.py"}).is_hit


def test_rows_in_a_result():
    """A row that a result shows was read: changing it takes the result, if the policy says so."""
    policies = {"orders": CachePolicy.until_written("user", in_result=True), "send": CachePolicy.writer("id")}
    cache = ToolCache(policies)
    for id, is_kept in ((70, True), (7, False), ("#W7", True), ("zürich", False)):
        cache.call("orders", {"user": "anna"}, Tool([{"id": 7}, {"id": "Z\u00dcRICH"}]))
        cache.call("send", {"id": id}, Tool(""))
        assert cache.get("orders", {"user": "anna"}).is_hit is is_kept


def test_a_failed_write_counts():
    """A tool that raised may have written half."""
    cache = ToolCache({"read": READ})
    cache.call("read", {"path": "a.py"}, Tool("x"))
    with pytest.raises(OSError, match="disk"):
        cache.call("Write", {"path": "a.py", "content": "y"}, Tool(OSError("disk full")))
    assert not cache.get("read", {"path": "a.py"}).is_hit
    assert runs(cache, {"path": "a.py"}, {"path": "a.py"}) == 1  # it has ended all the same


def test_a_write_between_a_miss_and_its_put():
    """What was read before a write is not kept after it, unless the write touched something else."""
    cache = ToolCache({"read": READ})
    for written, is_kept in (("a.py", False), ("b.py", True)):
        answer = cache.get("read", {"path": "a.py"})
        cache.note_write(written)
        assert cache.put(answer, "x") is is_kept
    assert cache.stats.overtaken == 1


def test_a_put_while_a_write_is_open():
    """A read that began and ended within a write may have seen either side of it, and is not kept."""
    cache = ToolCache({"read": READ})
    with cache.writing("Write", {"path": "a.py", "content": "y"}):
        assert not cache.put(cache.get("read", {"path": "a.py"}), "x")
    assert cache.put(cache.get("read", {"path": "a.py"}), "y")


def test_a_put_after_very_many_writes():
    """A call that is older than the writes that are remembered is taken to have missed one."""
    cache = ToolCache({"read": READ})
    answer = cache.get("read", {"path": "a.py"})
    for number in range(600):
        cache.note_write(f"other{number}")
    assert not cache.put(answer, "x")


def test_putting_the_answer_of_a_hit():
    """Only what was a miss can be put."""
    cache = ToolCache({"read": READ})
    cache.call("read", {"path": "a.py"}, Tool("x"))
    assert not cache.put(cache.get("read", {"path": "a.py"}), "y")
    assert not cache.put(cache.get("bash", {"command": "ls"}), "y")
    assert cache.get("read", {"path": "a.py"}).value == "x"


def test_calls_of_a_graph():
    """The calls of a graph invalidate as they would through the cache; other nodes are refused."""
    graph, cache = ContextGraph("s"), ToolCache({"read": READ})
    cache.call("read", {"path": "a.py"}, Tool("x"))
    cache.note_call(graph.add_tool_call("read", {"path": "a.py"}))
    assert cache.stats.items == 1
    cache.note_call(graph.add_tool_call("bash", {"command": "sed -i s/x/y/ a.py"}))
    assert cache.stats.items == 0
    with pytest.raises(ValueError, match="expected a tool_call"):
        cache.note_call(graph.add_message("user", "hi"))


# ── scopes and bounds ────────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes():
    """A result is of its scope alone, and a write is of all."""
    cache = ToolCache({"read": READ})
    assert [runs(cache, {"path": "a.py"}, scope=scope) for scope in ("anna", "bo", "", "anna", "bo")] == [1, 1, 1, 0, 0]
    cache.call("Write", {"path": "a.py", "content": ""}, Tool(""), scope="anna")
    assert cache.stats.items == 0


def test_dropping_results():
    """Results are dropped by tool, by scope, by both, or all."""
    cache = ToolCache({"read": READ, "list": READ})
    for tool in ("read", "list"):
        for scope in ("anna", "bo"):
            runs(cache, {"path": "a.py"}, tool=tool, scope=scope)
    assert cache.invalidate("read", scope="anna") == 1
    assert cache.invalidate("list") == 2
    assert cache.invalidate(scope="anna") == 0
    assert cache.invalidate() == 1


def test_what_was_dropped_is_not_put():
    """A call that was under way when results were dropped is not kept."""
    cache = ToolCache({"weather": CachePolicy.for_seconds(60)})
    answer = cache.get("weather", {})
    cache.invalidate("weather")
    assert not cache.put(answer, "sun")


def test_the_result_used_longest_ago_goes():
    """Of more results than there is room for, the one used longest ago goes."""
    cache = ToolCache({"read": READ}, max_items=2)
    for path in ("a", "b", "a", "c"):
        runs(cache, {"path": path})
    assert [cache.get("read", {"path": path}).is_hit for path in ("a", "b", "c")] == [True, False, True]
    assert cache.stats.evicted == 1


def test_tokens_are_bounded():
    """Results go until a new one fits; one that is larger than all room is not kept, and sends nothing away."""
    cache = ToolCache({"read": READ}, max_tokens=20)
    for path, words in (("a", 8), ("b", 8), ("c", 8), ("huge", 21)):
        cache.call("read", {"path": path}, Tool("word " * words))
        assert cache.stats.tokens <= 20
    assert [cache.get("read", {"path": path}).is_hit for path in ("a", "b", "c", "huge")] == [False, True, True, False]
    assert cache.stats.refused == 1


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_events_and_counts():
    """Each call is told to those who listen, with its outcome and the tokens that needed no run, and counted."""
    cache, seen = ToolCache({"read": READ}, name="mine"), []
    with listen(seen.append):
        runs(cache, {"path": "a"}, {"path": "a"})
        runs(cache, {"path": "a"}, tool="bash")
    told = [(event.cache, event.outcome, event.tokens) for event in seen if isinstance(event, CacheAsked)]
    assert told == [("mine", "miss", 0), ("mine", "hit", 1), ("mine", "passed", 0)]
    stats = cache.stats
    assert (stats.misses, stats.hits, stats.passed, stats.tokens_served, stats.invalidated) == (1, 1, 1, 1, 1)


def test_what_a_cache_shows_of_itself():
    """What stands in logs by chance holds no argument and no result."""
    cache = ToolCache({"login": CachePolicy.until_written("user")})
    cache.call("login", {"user": "anna", "password": "hunter2"}, Tool("token-1234"))
    answer = cache.get("login", {"user": "bo", "password": "hunter2"})
    assert answer.outcome is Outcome.MISS
    assert repr(cache) == "ToolCache('default': 1 results, 4 tokens)"
    assert "hunter2" not in repr(answer)


def test_a_tool_that_calls_itself():
    """A call within an equal call runs by itself, where it would wait for itself."""
    cache = ToolCache({"read": READ})
    assert cache.call("read", {"path": "a"}, lambda: cache.call("read", {"path": "a"}, Tool("inner")) + "!") == "inner!"


def test_every_spelling_touches_every_other():
    """Any name of a file, and any of a folder above it, is seen to be touched by any other, either way."""
    for path in FILES:
        above = [path[:end] for end in range(len(path)) if end == 0 or path[end] == "/"]
        for one in spellings(path):
            for other in [*spellings(path), *(name for folder in above for name in spellings(folder))]:
                assert Place(one).touches(Place(other)), (one, other)
                assert Place(other).touches(Place(one)), (other, one)


def test_patterns_stand_for_their_folder():
    """What a pattern found is gone when anything below its folder was written, and stays when something else was."""
    cache = ToolCache({"glob": CachePolicy.until_written("pattern")})
    for pattern, written, is_kept in (("src/**/*.py", "src/a.py", False), ("src/*.py", "lib/a.py", True)):
        cache.call("glob", {"pattern": pattern}, Tool("found"))
        cache.call("Write", {"path": written, "content": ""}, Tool(""))
        assert cache.get("glob", {"pattern": pattern}).is_hit is is_kept


def test_a_run_is_told_to_sinks():
    """What has to run is an operation, what need not is none; what came of each call is an event."""
    seen, cache = [], ToolCache({"now": CachePolicy.for_seconds(60)})
    with listen(seen.append):
        for _ in range(2):
            cache.call("now", {}, lambda: "noon")
        cache.call("rm", {"path": "a"}, lambda: "gone")
    ran = [event.attributes["tool"] for event in seen if isinstance(event, OperationEnded)]
    asked = [event.outcome for event in seen if isinstance(event, CacheAsked)]
    assert ran == ["now", "rm"]
    assert asked == ["miss", "hit", "passed"]
