"""What a cache keeps, and for which calls."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import CacheAsked, OperationEnded, listen
from context_toolkit import CachePolicy, Effect, KeyKind, Outcome, ToolCache
from context_toolkit.testing.fakes import CountingTool, ToldClock

READ = CachePolicy.until_written("path")


def runs(cache, *calls, tool="read", scope=""):
    """Return how often a tool runs for calls with these arguments."""
    run = CountingTool("text")
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
    run = CountingTool("x")
    with pytest.raises(ValueError, match="expected JSON"):
        ToolCache({"read": READ}).call("read", arguments, run)
    assert run.runs == 0


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(value=JSON)
def test_what_comes_back_is_what_was_returned(value):
    """A hit is equal to what the tool returned, types included, or there is no hit."""
    cache, run = ToolCache({"read": READ}), CountingTool(value)
    for _ in range(3):
        assert repr(cache.call("read", {"path": "a"}, run)) == repr(value)


@pytest.mark.parametrize("value", [(1, 2), b"x", {1: 2}, {"a": (1,)}, object(), {1, 2}, float("nan")])
def test_results_that_are_no_json(value):
    """What JSON would give back as something else is handed on and not kept."""
    cache, run = ToolCache({"read": READ}), CountingTool(value)
    assert cache.call("read", {"path": "a"}, run) is value
    assert cache.call("read", {"path": "a"}, run) is value
    assert (run.runs, cache.stats.refused) == (2, 2)


def test_nobody_can_change_a_kept_result():
    """Who changes a result changes only what he was given, the first caller included."""
    cache, run = ToolCache({"read": READ}), CountingTool({"lines": [1, 2]})
    for _ in range(3):
        value = cache.call("read", {"path": "a"}, run)
        assert value == {"lines": [1, 2]}
        if run.runs and value is not run.values[0]:
            value["lines"].append(3)


def test_errors_are_not_kept():
    """A tool that raised runs again."""
    cache, run = ToolCache({"read": READ}), CountingTool(OSError("no such file"), "text")
    with pytest.raises(OSError, match="no such file"):
        cache.call("read", {"path": "a"}, run)
    assert cache.call("read", {"path": "a"}, run) == "text"


def test_results_that_are_not_worth_it():
    """An error told as a text is not kept where the policy knows it for one."""
    policy = READ.evolve(keeps=lambda value: not value.startswith("Error"))
    cache, run = ToolCache({"read": policy}), CountingTool("Error: busy", "text")
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
    clock = ToldClock()
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
    clock = ToldClock()
    cache = ToolCache({"weather": CachePolicy.for_seconds(60)}, clock=clock)
    cache.call("weather", {}, CountingTool("sun"))
    clock.now -= 1
    assert not cache.get("weather", {}).is_hit


def test_age_alone():
    """Of a tool whose results are kept for a time, and that reads nothing with a name, no write takes them."""
    cache = ToolCache({"weather": CachePolicy.for_seconds(60), "forecast": CachePolicy.for_seconds(60, "place")})
    for tool in ("weather", "forecast"):
        cache.call(tool, {"place": "rome"}, CountingTool("sun"))
    cache.call("bash", {"command": "make"}, CountingTool(""))
    assert cache.get("weather", {"place": "rome"}).is_hit
    assert not cache.get("forecast", {"place": "rome"}).is_hit


def test_a_policy_for_each_call():
    """A function decides by the arguments: a tool may read with one command and write with another."""

    def editor(arguments):
        return READ if arguments.get("command") == "view" else CachePolicy.writer("path")

    cache = ToolCache({"editor": editor})
    view = {"command": "view", "path": "a.py"}
    assert runs(cache, view, view, tool="editor") == 1
    cache.call("editor", {"command": "insert", "path": "b.py"}, CountingTool(""))
    assert cache.get("editor", view).is_hit
    cache.call("editor", {"command": "insert", "path": "a.py"}, CountingTool(""))
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
        cache.call("orders", {"user": "anna"}, CountingTool("7"))
        cache.call(write, arguments, CountingTool(""))
        assert cache.get("orders", {"user": "anna"}).is_hit is (arguments == {"user": "bo"})


# ── scopes and bounds ────────────────────────────────────────────────────────────────────────────────────────────────


def test_scopes():
    """A result is of its scope alone, and a write is of all."""
    cache = ToolCache({"read": READ})
    assert [runs(cache, {"path": "a.py"}, scope=scope) for scope in ("anna", "bo", "", "anna", "bo")] == [1, 1, 1, 0, 0]
    cache.call("Write", {"path": "a.py", "content": ""}, CountingTool(""), scope="anna")
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
        cache.call("read", {"path": path}, CountingTool("word " * words))
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
    cache.call("login", {"user": "anna", "password": "hunter2"}, CountingTool("token-1234"))
    answer = cache.get("login", {"user": "bo", "password": "hunter2"})
    assert answer.outcome is Outcome.MISS
    assert repr(cache) == "ToolCache('default': 1 results, 4 tokens)"
    assert "hunter2" not in repr(answer)


def test_a_tool_that_calls_itself():
    """A call within an equal call runs by itself, where it would wait for itself."""
    cache = ToolCache({"read": READ})
    assert (
        cache.call("read", {"path": "a"}, lambda: cache.call("read", {"path": "a"}, CountingTool("inner")) + "!")
        == "inner!"
    )


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
