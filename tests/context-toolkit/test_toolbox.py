import asyncio
import contextvars
import threading

import pytest

from context_core import OperationEnded, listen
from context_toolkit import GrantMissingError, Tool, Toolbox, ToolTimeoutError, UnknownToolError

QUICK = 0.05


def box(function, **options):
    tool = Tool("work", timeout_seconds=options.pop("seconds", None), grants=frozenset(options.pop("needs", ())))
    return Toolbox([tool], {"work": function}, **options)


def test_arguments_by_name():
    """An object, its JSON text, or nothing: arguments reach the function by name."""
    tools = box(lambda a=0, b=0: (a, b))
    assert tools.call("work", {"a": 1}) == (1, 0)
    assert tools.call("work", '{"a": 1, "b": 2}') == (1, 2)
    assert tools.call("work") == tools.call("work", " ") == (0, 0)


@pytest.mark.parametrize(("arguments", "message"), [("{", "that are no JSON"), ("[1]", "that are a list; expected")])
def test_arguments_that_are_none(arguments, message):
    """What is no JSON object is refused before the tool runs."""
    with pytest.raises(ValueError, match=message):
        box(lambda: pytest.fail("ran")).call("work", arguments)


def test_what_is_not_granted_does_not_run():
    """A tool runs once all that it needs was granted, and says what is missing before."""
    ran = []
    for granted in ((), ("a",)):
        with pytest.raises(
            GrantMissingError, match="tool 'work' needs .*'b'; granted: .*; allow by granted="
        ) as caught:
            box(lambda: ran.append(1), needs=("a", "b"), granted=granted).call("work")
        assert (caught.value.tool, caught.value.granted) == ("work", granted)
        assert caught.value.missing == tuple(sorted({"a", "b"} - set(granted)))
        assert isinstance(caught.value, PermissionError)
    assert not ran
    box(lambda: ran.append(1), needs=("a", "b"), granted=("a", "b")).call("work")
    assert ran == [1]


def test_an_unknown_tool():
    """A tool that there is not names those there are."""
    with pytest.raises(UnknownToolError, match="no tool 'play'; there are 'work'"):
        box(lambda: 1).call("play")


def test_what_the_function_raises():
    """Its errors come through as they are, a `TimeoutError` of its own among them; it cannot end the process."""

    def fail(kind):
        raise {"value": ValueError, "time": TimeoutError, "exit": SystemExit}[kind]("mine")

    with pytest.raises(ValueError, match="mine"):
        box(fail).call("work", {"kind": "value"})
    with pytest.raises(TimeoutError, match="mine") as caught:
        box(fail).call("work", {"kind": "time"})
    assert not isinstance(caught.value, ToolTimeoutError)
    with pytest.raises(RuntimeError, match=r"the tool left with SystemExit\('mine'\)"):
        box(fail).call("work", {"kind": "exit"})


def test_a_tool_that_hangs():
    """A tool that hangs is given up, is not started a second time meanwhile, and may run again when it has ended."""
    free, runs = threading.Event(), []

    def hang():
        runs.append(threading.current_thread())
        free.wait(30)
        return "done"

    tools = box(hang, seconds=QUICK)
    with pytest.raises(ToolTimeoutError, match="tool 'work' did not answer in 0.05 s; it is not waited for") as caught:
        tools.call("work")
    assert (caught.value.tool, caught.value.timeout_seconds) == ("work", QUICK)
    assert isinstance(caught.value, TimeoutError)
    with pytest.raises(ToolTimeoutError, match="was not run: an earlier run"):
        tools.call("work")
    assert len(runs) == 1
    assert runs[0].daemon
    free.set()
    runs[0].join(30)
    assert tools.call("work") == "done"


def test_an_asynchronous_tool_is_cancelled():
    """An asynchronous function runs to its end, or is cancelled when its time is over."""
    ended = []

    async def wait(seconds):
        try:
            await asyncio.sleep(seconds)
            return "done"
        finally:
            ended.append(seconds)

    tools = box(wait, seconds=QUICK)
    assert tools.call("work", {"seconds": 0}) == "done"
    with pytest.raises(ToolTimeoutError, match="it was cancelled"):
        tools.call("work", {"seconds": 60})
    assert ended == [0, 60]
    assert tools.call("work", {"seconds": 0}) == "done"


def test_the_caller_s_context_is_seen():
    """A tool sees the context variables of its caller, and changes none of them."""
    name = contextvars.ContextVar("name", default="nobody")
    name.set("me")

    def look():
        seen = name.get()
        name.set("tool")
        return seen

    assert box(look).call("work") == "me"
    assert name.get() == "me"


def test_each_tool_has_its_time():
    """A tool's own time limit goes before that of the box."""
    free = threading.Event()
    functions = {"slow": lambda: free.wait(30), "own": lambda: free.wait(30)}
    tools = Toolbox([Tool("slow"), Tool("own", timeout_seconds=QUICK)], functions, timeout_seconds=2 * QUICK)
    for name, seconds in (("slow", 2 * QUICK), ("own", QUICK)):
        with pytest.raises(ToolTimeoutError) as caught:
            tools.call(name)
        assert caught.value.timeout_seconds == seconds
    free.set()


def test_runs_are_told():
    """Sinks hear of each run with the tool's name and its error; of one that was not granted, nothing ran."""
    seen = []
    with listen(seen.append):
        box(lambda: 1, session_id="s").call("work")
        with pytest.raises(GrantMissingError):
            box(lambda: 1, needs=("a",)).call("work")
        with pytest.raises(ZeroDivisionError):
            box(lambda: 1 / 0).call("work")
    ended = [event for event in seen if isinstance(event, OperationEnded)]
    assert [(event.operation, event.attributes, type(event.error)) for event in ended] == [
        ("execute_tool", {"tool": "work"}, type(None)),
        ("execute_tool", {"tool": "work"}, ZeroDivisionError),
    ]
    assert ended[0].session_id == "s"


def test_a_box_that_cannot_be():
    """Tools and functions must agree, names be distinct, and a time limit be above 0."""
    with pytest.raises(ValueError, match="got a tool or a function alone for a, b; expected one function a tool"):
        Toolbox([Tool("a")], {"b": print})
    with pytest.raises(ValueError, match="more than one tool named 'a'"):
        Toolbox([Tool("a"), Tool("a")], {"a": print})
    with pytest.raises(ValueError, match="got timeout_seconds=0"):
        Toolbox([], {}, timeout_seconds=0)
    with pytest.raises(ValueError, match="got granted='a'; expected a list"):
        Toolbox([], {}, granted="a")
