"""The second request: where tokens are counted, and how those of a window add up, held by tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turns import Request, call, edit, failed, found, passed, turn

from plans.paths import CORE, TEST_WINDOW

if TYPE_CHECKING:
    from turns import Plan

TESTS = '''\
"""How the tokens of a window add up, told as sums that can be checked by hand."""

from context_core import ContextGraph, NodeType, window
from context_core.tokens import IMAGE_TOKENS, PART_OVERHEAD, THINKING_OVERHEAD, part_tokens
from context_core.window import NO_RESULT


def test_a_message_costs_its_text_and_the_overhead() -> None:
    """One text part is its own tokens and the overhead of a part."""
    graph = ContextGraph("s")
    node = graph.add_message("user", "Where is the budget kept?")
    assert node.tokens == graph.counter.count("Where is the budget kept?") + PART_OVERHEAD


def test_a_call_costs_its_tool_and_call_id_too() -> None:
    """A call's strings are its arguments, its tool's name and its call id, each counted by itself."""
    graph = ContextGraph("s")
    call = graph.add_tool_call("read_file", {"path": "budget.py"}, call_id="call_7")
    strings = [call.content, "read_file", "call_7"]
    assert call.tokens == sum(graph.counter.count_many(strings)) + PART_OVERHEAD


def test_a_result_carries_its_call_id_but_not_the_tool() -> None:
    """A result repeats the call's id in a prompt, not the tool's name, and so it is counted."""
    graph = ContextGraph("s")
    call = graph.add_tool_call("read_file", {"path": "budget.py"}, call_id="call_7")
    result = graph.add_tool_result(call.id, "class TokenBudget: ...")
    assert result.tool_name == "read_file"
    assert result.tokens == sum(graph.counter.count_many([result.content, "call_7"])) + PART_OVERHEAD


def test_images_and_thinking_cost_their_own_overhead() -> None:
    """An image's JSON text is not counted; a thinking part pays for the words around it."""
    graph = ContextGraph("s")
    assert part_tokens(graph.counter, '{"source": "..."}', kind="image") == PART_OVERHEAD + IMAGE_TOKENS
    thought = graph.counter.count("Let me see.")
    assert part_tokens(graph.counter, "Let me see.", kind="thinking") == thought + PART_OVERHEAD + THINKING_OVERHEAD


def test_a_window_is_the_sum_of_its_nodes() -> None:
    """A branch on which every call is answered costs what its nodes cost, which is the whole graph here."""
    graph = ContextGraph("s")
    graph.add_message("user", "Which files are there?")
    call = graph.add_tool_call("list_files", {"path": "src"})
    graph.add_tool_result(call.id, "src/budget.py")
    shown = window(graph)
    assert shown.tokens == sum(node.tokens for node in graph.nodes()) == graph.total_tokens
    assert shown.repair_tokens == 0


def test_an_open_call_costs_nothing_extra() -> None:
    """A call of the last message may still be answered, so no note stands in the place of its result."""
    graph = ContextGraph("s")
    graph.add_message("user", "Which files are there?")
    call = graph.add_tool_call("list_files", {"path": "src"})
    assert window(graph).open_calls == (call.id,)
    assert window(graph).tokens == graph.total_tokens


def test_an_unanswered_call_costs_its_note() -> None:
    """Once the talk goes on without the result, the window is dearer than its nodes by the note's cost."""
    graph = ContextGraph("s")
    call = graph.add_tool_call("list_files", {"path": "src"}, call_id="call_7")
    graph.add_message("user", "Never mind, where is the budget?")
    shown = window(graph)
    assert shown.unanswered == (call.id,)
    assert shown.repair_tokens == graph.counter.count(NO_RESULT) + PART_OVERHEAD
    assert shown.tokens == graph.total_tokens + shown.repair_tokens


def test_an_earlier_leaf_leaves_out_what_came_later() -> None:
    """The window of an earlier leaf costs only what led to it."""
    graph = ContextGraph("s")
    first = graph.add_message("user", "Where is the budget kept?")
    graph.add_message("assistant", "In budget.py.")
    assert window(graph, leaf=first.id).tokens == first.tokens < graph.total_tokens
    assert all(node.type is NodeType.MESSAGE for node in window(graph))
'''

COUNT_THE_CALL_ID = (
    """\
    assert shown.repair_tokens == graph.counter.count(NO_RESULT) + PART_OVERHEAD
""",
    """\
    assert shown.repair_tokens == sum(graph.counter.count_many([NO_RESULT, "call_7"])) + PART_OVERHEAD
""",
)


def answer() -> Plan[None]:
    """Answer the second request: find `PART_OVERHEAD`, and prove the explanation by tests."""
    overhead, parts, notes = yield from _explore_tokens()
    yield from _test_window()
    yield turn(
        "Every token figure goes back to one function.\n\n"
        "1. **A part.** `part_tokens` in tokens.py counts a part's strings each by itself (its text or arguments, its "
        "tool's name where it is a call, its call id where it has one) and adds `kind_overhead(kind)`: "
        f"`PART_OVERHEAD` ({overhead} tokens for the framing of a message and its role), and `IMAGE_TOKENS` for an "
        "image in the place of its text, or `THINKING_OVERHEAD` for the words around a thinking part. "
        "The package reads `PART_OVERHEAD` in that one place only.\n"
        f"2. **A node.** A node's `tokens` is fixed when it is made: by `part_tokens` in graph.py where it is appended "
        f"by hand, and by the same sum over batches of strings in build.py (line {parts}) where a transcript is read.\n"
        "3. **A window.** `Window.tokens` is the sum over the nodes that stand in the prompt of the branch, plus "
        "`repair_tokens`. What lies on other branches, and what a summary covers, is not in the sum, while "
        "`graph.total_tokens` has all of it.\n"
        f"4. **The repair.** A call that will never be answered gets a note in the place of its result (window.py, "
        f"line {notes}); it costs the note's text, the call's id and a part's overhead, for it repeats the id. Calls "
        "of the last message are open, and cost nothing extra as long as they are.\n\n"
        "So a prompt is estimated a little high rather than low, and a budget that is given `window(graph).tokens` "
        f"can be trusted. The sums are in {TEST_WINDOW}; what a summary covers, and the batches, I know from reading."
    )


def _explore_tokens() -> Plan[tuple[str, str, str]]:
    """Look round; return the overhead of a part, and the lines that count batches of parts and notes."""
    (hits,) = yield turn(
        "First every place that names `PART_OVERHEAD`, then who calls the functions around it.",
        call("search", pattern="PART_OVERHEAD", path="."),
    )
    path, overhead = found(r"(\S+):\d+:PART_OVERHEAD = ", hits), found(r"PART_OVERHEAD = (\d+)", hits)
    _, callers = yield turn(
        f"It is set in {path} and read once, in the same file. I'll read the file, and find who counts parts.",
        call("read_file", path=path),
        call("search", pattern=r"part_tokens\(|kind_overhead\(|repair_tokens|\.total_tokens", path=CORE),
    )
    batch = found(r"build\.py:(\d+):.*kind_overhead\(", callers)
    note = found(r"window\.py:(\d+):.*part_tokens\(", callers)
    yield turn(
        f"Parts are counted one by one in graph.py, in batches at line {batch} of build.py, and a note is counted at "
        f"line {note} of window.py. I'll read the window whole and the batch with what is around it.",
        call("read_file", path=f"{CORE}/window.py"),
        call("read_file", path=f"{CORE}/build.py", start=int(batch) - 30, end=int(batch) + 20),
    )
    yield turn(
        "The window takes each node's own figure, so what remains is where that is set and kept: the graph. It is "
        "the largest file, but its total, `put` and `remove` all matter here.",
        call("read_file", path=f"{CORE}/graph.py"),
    )
    return overhead, batch, note


def _test_window() -> Plan[None]:
    _, report = yield turn(
        "I think I have it. To be sure, I'll write the explanation down as tests with sums that can be checked by "
        "hand. They describe the code as it is, so they should pass at once where I am right.",
        call("write_file", path=TEST_WINDOW, content=TESTS),
        call("run_tests", paths=[TEST_WINDOW]),
    )
    counts, cost = failed(report), found(r"assert (\d+) == \(", report)
    (lines,) = yield turn(
        f"{counts}: I was wrong about the note, which costs {cost} tokens and so more than its text and the overhead. "
        "How is it counted?",
        call("search", pattern="NO_RESULT", path=CORE),
    )
    line, arranger = found(r"window\.py:(\d+):.*part_tokens\(", lines), found(r"(\S+/arrange\.py):\d+:", lines)
    yield turn(
        f"Line {line} of window.py passes `call_id=node.call_id`. Whether a rendered note really repeats that id is "
        f"decided where it is put into the prompt, in {arranger}, and by the renderer after it. I'll read both.",
        call("read_file", path=arranger),
        call("read_file", path=f"{CORE}/renderers/openai.py"),
    )
    yield turn(
        "It does: the note is a result like any other, and a result goes out with its `tool_call_id`. So the code is "
        "right, my sum left the id out, and the test is what I correct.",
        edit(TEST_WINDOW, COUNT_THE_CALL_ID),
    )
    (report,) = yield turn("Again.", call("run_tests", paths=[TEST_WINDOW]))
    passed(report)


REQUEST = Request(
    "Thanks. Before I build on these numbers I want to understand them: find every place where `PART_OVERHEAD` is "
    "used, and explain to me how the tokens of a window add up. I'd like the explanation to be backed by tests, "
    "not by reading alone.",
    answer,
)
