from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import counter_for
from context_core.json_text import dumps
from context_toolkit import Tool

SCHEMA = {"type": "object", "properties": {"path": {"type": "string", "description": "Where."}}, "required": ["path"]}
SHAPES = {
    "openai": {
        "type": "function",
        "function": {"name": "ls", "description": "List files.", "parameters": SCHEMA, "strict": True},
    },
    "openai-responses": {
        "type": "function",
        "name": "ls",
        "description": "List files.",
        "parameters": SCHEMA,
        "strict": False,
    },
    "anthropic": {
        "name": "ls",
        "description": "List files.",
        "input_schema": SCHEMA,
        "cache_control": {"type": "ephemeral"},
    },
    "mcp": {"name": "ls", "description": "List files.", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
    "gemini": {"name": "ls", "description": "List files.", "parameters": SCHEMA, "behavior": "BLOCKING"},
}


@pytest.mark.parametrize("form", SHAPES)
def test_each_shape_comes_back_unchanged(form):
    """A definition is read, and written back in its form with every field it had."""
    tool = Tool.from_schema(SHAPES[form])
    assert (tool.name, tool.description, tool.parameters) == ("ls", "List files.", SCHEMA)
    assert tool.definition(form) == SHAPES[form]


@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("to", SHAPES)
def test_one_shape_as_another(form, to):
    """Told in another form, a tool keeps its name, description and parameters, and has no field of the first's own."""
    told = Tool.from_schema(SHAPES[form]).definition(to)
    again = Tool.from_schema(told)
    assert (again.name, again.description, again.parameters) == ("ls", "List files.", SCHEMA)
    assert form == to or "annotations" not in dumps(told)


@given(
    st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=5)
)
def test_unknown_fields_are_kept(value):
    """Whatever else a definition holds comes back."""
    definition = {"name": "ls", "input_schema": {"type": "object"}, "x-own": value}
    assert Tool.from_schema(definition).definition("anthropic") == definition


def test_what_is_returned_is_a_copy():
    """Changing a definition that was returned, or the one that was read, changes no tool."""
    definition = {"name": "ls", "input_schema": {"type": "object", "properties": {}}}
    tool = Tool.from_schema(definition)
    definition["input_schema"]["type"] = "broken"
    tool.definition("anthropic")["input_schema"]["type"] = "broken"
    tool.definition("openai")["function"]["parameters"]["type"] = "broken"
    assert tool.definition("anthropic")["input_schema"]["type"] == "object"
    assert tool.definition("openai")["function"]["parameters"]["type"] == "object"


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ({"type": "web_search_20250305", "name": "web_search", "max_uses": 5}, "web_search"),
        ({"type": "web_search"}, "web_search"),
        ({"type": "custom", "name": "apply_patch", "format": {"type": "grammar"}}, "apply_patch"),
        ({"type": "custom", "custom": {"name": "apply_patch"}}, "apply_patch"),
    ],
)
def test_a_provider_s_own_tool(definition, name):
    """A tool without a schema is known by its name, else by its type, and comes back unchanged."""
    tool = Tool.from_schema(definition)
    assert tool.name == name
    assert tool.definition("openai") == definition


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({}, "got a tool's schema with the keys none; expected"),
        ({"title": "ls"}, "got a tool's schema with the keys 'title'; expected"),
        ("ls", "got a tool's schema of type str; expected"),
        ({"type": "function", "function": {"description": "?"}}, "got a tool's schema without a name"),
        ({"name": "ls", "input_schema": []}, "got parameters of type list for 'ls'; expected a JSON schema"),
        ({"name": "", "input_schema": {}}, "got a tool's schema without a name"),
    ],
)
def test_what_is_no_schema(definition, message):
    """A definition of no known shape is refused with what it was and what was expected."""
    with pytest.raises(ValueError, match=message):
        Tool.from_schema(definition)


def test_an_unknown_form():
    """Asking for a form that there is not names those there are."""
    with pytest.raises(ValueError, match="got to='cohere'; expected one of 'openai'"):
        Tool("ls").definition("cohere")


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_time_limit_that_is_none(seconds):
    """A time limit is a number above 0."""
    with pytest.raises(ValueError, match="got timeout_seconds"):
        Tool("ls", timeout_seconds=seconds)


def test_tokens_are_those_of_the_text_sent():
    """A tool costs what the counter says of its definition's JSON, form by form."""
    counter, tool = counter_for(), Tool.from_schema(SHAPES["openai"])
    for form in SHAPES:
        assert tool.tokens(counter, form) == counter.count(dumps(tool.definition(form)))


def test_what_says_that_it_destroys_needs_a_grant():
    """MCP's destructive tools need a grant unless it is lifted; a tool that says nothing needs none."""
    destructive = {"name": "rm", "inputSchema": {}, "annotations": {"destructiveHint": True}}
    assert Tool.from_schema(destructive).grants == {"destructive"}
    assert Tool.from_schema(destructive, grants=()).grants == frozenset()
    assert Tool.from_schema({**destructive, "annotations": {"destructiveHint": False}}).grants == frozenset()
    assert Tool.from_schema(SHAPES["openai"]).grants == frozenset()


def test_a_changed_tool_is_still_written():
    """Only what is told of a tool matters to its source: time limit and grants can be changed."""
    tool = replace(Tool.from_schema(SHAPES["mcp"]), timeout_seconds=5, grants=frozenset({"a"}))
    assert tool.definition("mcp") == SHAPES["mcp"]


@pytest.mark.parametrize("field", ["phases", "grants"])
def test_a_text_in_place_of_a_list(field):
    """Its letters would be taken one by one, so it is refused; any collection will do."""
    with pytest.raises(ValueError, match=f"got {field}='network' for 'ls'; expected a list, such as"):
        Tool("ls", **{field: "network"})
    with pytest.raises(ValueError, match=f"got {field}='network'"):
        Tool.from_schema({"name": "ls", "input_schema": {"type": "object"}}, **{field: "network"})
    assert set(getattr(Tool("ls", **{field: ["network"]}), field)) == {"network"}
