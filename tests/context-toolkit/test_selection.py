import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import ContextGraph, counter_for
from context_core.json_text import dumps
from context_toolkit import (
    GrantMissingError,
    Tool,
    ToolBudgetError,
    ToolSelector,
    ToolUse,
    UnknownToolError,
    Weights,
)

NAMES = ("read_file", "edit_file", "run_tests", "bash", "send_mail", "drop_table", "get_order", "search_docs")
GRANTS = ("admin", "network")
WORDS = ("read", "file", "send", "mail", "order", "test", "error")

tools_lists = st.lists(
    st.builds(
        Tool,
        st.sampled_from(NAMES),
        st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
        grants=st.frozensets(st.sampled_from(GRANTS), max_size=2),
    ),
    unique_by=lambda tool: tool.name,
)
calls_lists = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(("ok", "Error: no", '{"path": "a"}'))), max_size=6
)


def session(calls=(), task="Read the order and send a mail."):
    graph = ContextGraph("s")
    graph.add_message("user", task)
    for name, result in calls:
        graph.add_tool_result(graph.add_tool_call(name, {}).id, result)
    return graph


@given(
    tools_lists,
    calls_lists,
    st.integers(0, 9),
    st.none() | st.integers(0, 300),
    st.frozensets(st.sampled_from(GRANTS)),
    st.lists(st.sampled_from(NAMES)),
)
def test_laws(tools, calls, limit, max_tokens, granted, shown):
    """Never above limit or cap, never without a grant, in the order of registration, all told, and twice the same."""
    graph = session(calls)
    use = ToolUse.learn([graph])
    counter = counter_for()
    options = {"limit": limit, "max_tokens": max_tokens, "granted": granted, "shown": shown}
    selection = ToolSelector(tools, use=use).select(graph, **options)
    costs = {tool.name: counter.count(dumps(tool.definition())) for tool in tools}
    assert len(selection) <= limit
    assert selection.tokens == sum(costs[name] for name in selection.names)
    assert max_tokens is None or selection.tokens <= max_tokens
    assert all(choice.tool.grants <= granted for choice in selection.choices)
    assert selection.names == tuple(tool.name for tool in tools if tool.name in selection)
    assert sorted((*selection.names, *selection.left_out)) == sorted(tool.name for tool in tools)
    assert {name for name, why in selection.left_out.items() if why == "grant"} == {
        tool.name for tool in tools if not tool.grants <= granted
    }
    assert selection == ToolSelector(tools, use=use).select(graph, **options)
    if max_tokens is None:
        allowed = sum(tool.grants <= granted for tool in tools)
        assert len(selection) == min(limit, allowed)


@given(tools_lists, st.data())
def test_what_is_always_there(tools, data):
    """Tools named in `always` are there, whatever speaks for others; a cap below what they cost is an error."""
    names = data.draw(st.lists(st.sampled_from([tool.name for tool in tools]), unique=True) if tools else st.just([]))
    selector = ToolSelector(tools)
    needed = sum(selector.tokens[name] for name in names)
    options = {"always": names, "granted": GRANTS, "limit": len(names) + 1}
    selection = selector.select(session(), max_tokens=needed, **options)
    assert [choice.tool.name for choice in selection.choices if choice.is_fixed] == [
        tool.name for tool in tools if tool.name in names
    ]
    if needed:
        with pytest.raises(ToolBudgetError, match=f"need {needed:,} tokens, max_tokens is {needed - 1:,}") as caught:
            selector.select(session(), max_tokens=needed - 1, **options)
        assert (caught.value.needed, caught.value.available) == (needed, needed - 1)


@given(tools_lists, calls_lists)
def test_reasons_add_up(tools, calls):
    """A choice's score is the sum of its reasons, the most first; nothing in it is below 0 or no number."""
    graph = session(calls)
    for choice in ToolSelector(tools, use=ToolUse.learn([graph])).select(graph, granted=GRANTS).choices:
        assert math.isclose(choice.score, sum(choice.reasons.values()), abs_tol=1e-9)
        assert list(choice.reasons.values()) == sorted(choice.reasons.values(), reverse=True)
        assert all(0 <= value < 10 for value in choice.reasons.values())


def test_relevance_to_the_task():
    """With nothing known of the session, the tool that the task speaks of is chosen; a task given goes first."""
    tools = [Tool("read_file", "Read a file."), Tool("send_mail", "Send a mail to someone."), Tool("drop_table")]
    selector = ToolSelector(tools)
    assert selector.select(task="Please mail the report.", limit=1).names == ("send_mail",)
    assert selector.select(session(task="Please mail it."), limit=1).names == ("send_mail",)
    said, given = session(task="Please mail it."), "What is in the file?"
    selection = ToolSelector(tools, weights=Weights({}, {"relevance": 1.0})).select(said, task=given, limit=1)
    assert selection.names == ("read_file",)


def test_another_scorer():
    """Any scorer of core's kind can say what is relevant."""

    class Longest:
        def score(self, query, texts):
            return [len(text) / 1000 for text in texts]

    tools = [Tool("a", "short"), Tool("b", "a far longer description")]
    selection = ToolSelector(tools, scorer=Longest()).select(task="anything", limit=1)
    assert selection.names == ("b",)
    assert list(selection.choices[0].reasons) == ["relevance"]


def test_earlier_sessions_teach_what_follows():
    """What came next in earlier sessions is chosen, also where nothing else speaks for it."""
    graph = session([("get_order", "ok"), ("drop_table", "ok"), ("get_order", "ok"), ("drop_table", "ok")])
    tools = [Tool(name) for name in NAMES]
    now = session([("get_order", "ok")], task="")
    taught = ToolSelector(tools, use=ToolUse.learn([graph])).select(now, limit=1)
    assert taught.names == ("drop_table",)
    assert next(iter(taught.choices[0].reasons)) == "follows"


@pytest.mark.parametrize(
    ("kind", "calls", "task", "chosen"),
    [
        ("recent", [("bash", "ok"), ("send_mail", "ok")], "", "send_mail"),
        ("share", [("bash", "ok"), ("bash", "ok"), ("send_mail", "ok")], "", "bash"),
        ("named", [("bash", "now call `get_order`")], "", "get_order"),
        ("mentioned", [("bash", "the order is late")], "", "get_order"),
        ("fits", [("bash", '{"docs_id": 7}')], "", "search_docs"),
        ("kin", [("read_file", "ok")], "", "edit_file"),
        ("relevance", [], "search the docs", "search_docs"),
    ],
)
def test_each_kind_of_evidence(kind, calls, task, chosen):
    """Each kind of evidence alone finds the tool that it speaks for."""
    schema = {"type": "object", "properties": {"docs_id": {"type": "integer"}}}
    tools = [Tool(name, parameters=schema) if name == "search_docs" else Tool(name) for name in NAMES]
    alone = Weights({kind: 1.0}, {kind: 1.0})
    ranked = ToolSelector(tools, weights=alone).select(session(calls, task), limit=8)
    best = max(
        (choice for choice in ranked.choices if kind != "kin" or choice.tool.name != "read_file"),
        key=lambda choice: choice.score,
    )
    assert (best.tool.name, set(best.reasons)) == (chosen, {kind})


def test_what_was_shown_stays():
    """Where the evidence is close, what was shown before is shown again; where it is not, it goes."""
    tools = [Tool("a"), Tool("b"), Tool("send_mail")]
    selector = ToolSelector(tools)
    assert selector.select(limit=1).names == ("a",)
    assert selector.select(limit=1, shown=["b"]).names == ("b",)
    first = selector.select(limit=1, shown=["b"])
    assert selector.select(limit=1, shown=first) == first
    named = session([("send_mail", "send_mail")] * 3, task="Send the mail.")
    assert selector.select(named, limit=1, shown=["b"]).names == ("send_mail",)


def test_a_large_tool_is_passed_over():
    """A tool that does not fit leaves room for a smaller one behind it."""
    tools = [Tool("send_mail", "Send a mail. " * 50), Tool("mail_box", "Mail.")]
    selection = ToolSelector(tools).select(task="send a mail", max_tokens=60)
    assert selection.names == ("mail_box",)
    assert selection.left_out == {"send_mail": "tokens"}


def test_definitions_of_a_selection():
    """A selection is written in any provider's form, in its order."""
    tools = [Tool("b"), Tool("a")]
    selection = ToolSelector(tools).select()
    assert [told["name"] for told in selection.definitions("anthropic")] == ["b", "a"]
    with pytest.raises(ValueError, match="got to='x'"):
        selection.definitions("x")


def test_tokens_are_counted_in_the_form_that_is_sent():
    """The counter counts what the chosen form says."""
    tool = Tool("ls", "List.")
    for form in ("openai", "anthropic"):
        assert ToolSelector([tool], to=form).tokens == {"ls": tool.tokens(counter_for(), form)}


def test_bad_input():
    """What cannot be is refused with what was given and what was expected."""
    tools = [Tool("a"), Tool("b"), Tool("rm", grants=frozenset({"admin"}))]
    selector = ToolSelector(tools)
    with pytest.raises(ValueError, match="got more than one tool named 'a'; expected distinct names"):
        ToolSelector([Tool("a"), Tool("a")])
    with pytest.raises(ValueError, match="got limit=-1; expected 0 or more"):
        selector.select(limit=-1)
    with pytest.raises(ValueError, match="got max_tokens=-5; expected 0 or more"):
        selector.select(max_tokens=-5)
    with pytest.raises(ValueError, match="got 2 tools in always with limit=1"):
        selector.select(always=["a", "b"], limit=1)
    with pytest.raises(ValueError, match="got always='a'; expected a list"):
        selector.select(always="a")
    with pytest.raises(ValueError, match="got granted='admin'; expected a list"):
        selector.select(granted="admin")
    with pytest.raises(ValueError, match="got shown='a'; expected a list"):
        selector.select(shown="a")
    with pytest.raises(UnknownToolError, match="no tool 'c'; there are 'a', 'b', 'rm'"):
        selector.select(always=["c"])
    with pytest.raises(GrantMissingError, match="tool 'rm' needs 'admin'; granted: none"):
        selector.select(always=["rm"])
    with pytest.raises(ValueError, match="got weights for luck; expected some of follows"):
        Weights({"luck": 1.0})
    with pytest.raises(ValueError, match="got a weight that is infinite or no number"):
        Weights({"kin": math.nan})
    with pytest.raises(ValueError, match="got to='x'"):
        ToolSelector(tools, to="x")


def test_no_tools():
    """Of no tools, none are selected."""
    selection = ToolSelector([]).select(session())
    assert (selection.names, selection.tokens, selection.left_out) == ((), 0, {})


def test_tools_of_names_in_the_way():
    """Tools that no session knows, and calls of tools that are not in the set, do no harm."""
    graph = session([("unknown_tool", "ok"), ("", "ok")])
    assert ToolSelector([Tool("a")], use=ToolUse.learn([graph])).select(graph).names == ("a",)
