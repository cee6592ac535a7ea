import pytest

from context_core import ContextGraph, window
from context_toolkit import PHASES, Phase, Tool, ToolSelector, phase_of


def session(*calls, task="Do it."):
    """Return a session of calls, each a name, arguments, and a result."""
    graph = ContextGraph("s")
    graph.add_message("user", task)
    for name, arguments, result in calls:
        graph.add_tool_result(graph.add_tool_call(name, arguments).id, result)
    return graph


@pytest.mark.parametrize(
    ("call", "phase"),
    [
        (("read_file", {"path": "a.py"}, "x = 1"), "research"),
        (("Bash", {"command": "cd src && grep -rn port . | head"}, "a.py:1: port"), "research"),
        (("search_direct_flight", {"origin": "JFK"}, "[]"), "research"),
        (("TodoWrite", {"todos": []}, "ok"), "planning"),
        (("update_plan", {"plan": "1. look"}, "ok"), "planning"),
        (("Edit", {"file_path": "a.py", "old_string": "x", "new_string": "y"}, "ok"), "implementation"),
        (("bash", {"command": "cat > a.py <<'EOF'\nx\nEOF"}, ""), "implementation"),
        (("run", {"command": ["pytest", "-q"]}, "3 passed"), "debugging"),
        (("Bash", {"command": "go test ./..."}, "ok"), "debugging"),
        (("read_file", {"path": "a.py"}, "Error: no such file"), "debugging"),
    ],
)
def test_the_phase_is_what_was_done_last(call, phase):
    """Reading is research, planning planning, writing implementation; tests and failures are debugging."""
    earlier = [("Read", {"file_path": "b.py"}, "y")] if phase != "research" else [("Write", {"path": "b"}, "ok")]
    if phase == "planning":
        earlier = []
    assert phase_of(session(*earlier, call)) == phase


@pytest.mark.parametrize(
    ("task", "phase"),
    [
        ("Where is the port read? Find it.", "research"),
        ("Design a plan for the move.", "planning"),
        ("Add a flag and refactor the parser.", "implementation"),
        ("The test fails with an error.", "debugging"),
        ("", "research"),
    ],
)
def test_before_any_call_the_task_says_it(task, phase):
    """With nothing done yet the words of the task decide; where they say nothing, it is the first phase."""
    assert phase_of(session(task=task)) == phase


def test_a_phase_ends():
    """One failure long ago does not make all that follows debugging."""
    reads = [("read_file", {"path": f"{n}.py"}, "x") for n in range(6)]
    assert phase_of(session(("run", {"command": "make"}, "Error: no rule"), *reads)) == "research"


def test_graph_window_and_nodes_agree():
    """The same phase is seen in a graph, in its window, and in its nodes."""
    graph = session(("write_file", {"path": "a", "content": "x"}, "ok"))
    assert phase_of(graph) == phase_of(window(graph)) == phase_of(list(graph.nodes())) == "implementation"
    assert phase_of(None) == PHASES[0].name


def test_own_phases():
    """Phases of one's own go by words, or by a predicate, which goes first."""
    deploy = Phase("deploy", frozenset({"deploy", "rollout"}))
    late = Phase("late", holds=lambda now: len(now.calls) > 1)
    graph = session(("deploy_service", {"name": "api"}, "ok"))
    assert phase_of(graph, (*PHASES, deploy, late)) == "deploy"
    graph.add_tool_call("deploy_service", {"name": "web"})
    assert phase_of(graph, (*PHASES, deploy, late)) == "late"
    with pytest.raises(ValueError, match="got no phases"):
        phase_of(graph, ())


TOOLS = [
    Tool("read_file", "Read a file."),
    Tool("edit_file", "Edit a file."),
    Tool("todo_write", "Write the list of steps."),
    Tool("run_tests", "Run the tests."),
    Tool("bash", "Run a command: read, write, test."),
    Tool("mystery"),
    Tool("deploy", phases=("implementation", "debugging")),
]


@pytest.mark.parametrize(
    ("phase", "names"),
    [
        ("research", {"read_file"}),
        ("planning", {"todo_write"}),
        ("implementation", {"edit_file", "todo_write", "deploy"}),
        ("debugging", {"deploy", "run_tests"}),
    ],
)
def test_tools_by_phase(phase, names):
    """A phase shows its tools, declared or guessed by their words, and those for all: shells, and what says nothing."""
    selection = ToolSelector(TOOLS).select(phase=phase)
    assert set(selection.names) == names | {"bash", "mystery"}
    assert selection.phase == phase
    assert {name for name, why in selection.left_out.items() if why == "phase"} == {
        tool.name for tool in TOOLS if tool.name not in selection
    }


def test_the_phase_of_the_session():
    """`auto` shows tools for what the session is at; without a phase none is barred, and the guess is still told."""
    graph = session(("edit_file", {"path": "a.py", "new_string": "y"}, "ok"))
    selector = ToolSelector(TOOLS)
    assert "read_file" not in selector.select(graph, phase="auto")
    assert "read_file" in selector.select(graph)
    assert selector.select(graph).phase == "implementation"


def test_phases_that_there_are_not():
    """An unknown phase, of a selection or of a tool, names those there are; `auto` is no phase's name."""
    with pytest.raises(ValueError, match="got phase 'resaerch'; expected one of research, planning"):
        ToolSelector(TOOLS).select(phase="resaerch")
    with pytest.raises(ValueError, match="got phase 'deploy' for 'x'"):
        ToolSelector([Tool("x", phases=("deploy",))])
    with pytest.raises(ValueError, match="more than one phase named 'a'"):
        ToolSelector([], phases=(Phase("a"), Phase("a")))
    with pytest.raises(ValueError, match="got a phase named 'auto'"):
        ToolSelector([], phases=(Phase("auto"),))
    with pytest.raises(ValueError, match="got no phases"):
        ToolSelector([], phases=())
