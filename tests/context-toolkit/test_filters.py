import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContextGraph,
    Manifest,
    MemoryContentStore,
    expand,
    graph_bytes,
    render,
    restore,
)
from context_core.testing.conversations import anthropic_conversations, openai_conversations
from context_toolkit import ResultFilter, Rule, filter_results

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
PICTURE = base64.b64encode(bytes(range(256)) * 8).decode()


def filtered(value, rule=Rule(), tool="tool"):  # noqa: B008
    text = value if isinstance(value, str) else json.dumps(value)
    return ResultFilter(default=rule).filtered(text, tool)


def value_of(value, **rule):
    return json.loads(filtered(value, Rule(**rule)).text)


class TestCleaning:
    def test_nothing_to_do(self):
        """A result in which all says something comes back as it was written, blanks included."""
        text = '{ "id": 7,\n  "name": "one" }'
        assert filtered(text) == ResultFilter().filtered(text)
        assert filtered(text).text is text
        assert filtered(text).done == ()

    def test_empty_fields(self):
        """Nulls, empty texts, lists and objects go as fields; places in lists stay, and so do zero and false."""
        value = {"a": None, "b": "", "c": [], "d": {}, "zero": 0, "no": False, "list": [None, "", 1]}
        assert value_of(value) == {"zero": 0, "no": False, "list": [None, "", 1]}
        assert filtered(value).done == ("empty fields (4)",)

    def test_what_servers_note_for_themselves(self):
        """Traces and checksums go where they hold noise, by name; the same names with words stay."""
        value = {"id": UUID, "trace_id": UUID, "etag": 'W/"9f86d081884c7d65"', "_score": 1.25, "hash": "md5 of it all"}
        assert value_of(value) == {"id": UUID, "hash": "md5 of it all"}

    def test_ids_stay(self):
        """A UUID that the next call may need is no noise."""
        value = {"order_id": UUID, "items": [{"sku": UUID}], "user": UUID}
        value |= {"hash": "9f86d081884c7d65a1b2", "rev": "9f86d081884c7d65a1b2", "node_id": 5, "request_id": 7, "v": 2}
        assert value_of(value) == value
        assert value_of({"timed_out": True, "took": 3, "node_id": UUID}) == {"timed_out": True}

    def test_nothing_is_lost_without_a_word(self):
        """A key that comes twice, digits inside an envelope and notes beside its text stay as they are."""
        assert filtered('{"a": 1, "a": 2, "none": null}').done == ()
        inner = '{"big": 12345678901234567890.12345, "none": null}'
        assert "12345678901234567890.12345" in filtered({"content": [{"type": "text", "text": inner}]}).text
        noted = {"content": [{"type": "text", "text": "hi", "annotations": {"audience": ["user"]}}]}
        assert filtered(noted).done == ()

    def test_long_names_are_no_bytes(self):
        """Neither a long path or address nor a long name without a digit is taken for base64."""
        path = "/srv/" + "/".join(f"Ab{number}cdEfGh" for number in range(60))
        for text in (path, f"https://x.test{path}", "AnAwfullyLongNameOfAClassThatGoesOnAndOn" * 8):
            assert filtered(text).text == text

    @pytest.mark.parametrize("depth", [400, 900, 5_000, 100_000])
    def test_nested_deep(self, depth):
        """JSON that is nested too deep to walk through is a text."""
        for text in ("[" * depth + "1" + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            assert filtered(text, Rule(max_items=3)).text == text

    def test_envelopes(self):
        """What the Model Context Protocol wraps around one text goes, and JSON inside it is JSON."""
        inner = {"id": 7, "note": None}
        wrapped = {"content": [{"type": "text", "text": json.dumps(inner)}], "isError": False}
        assert value_of(wrapped) == {"id": 7}
        assert filtered({"content": [{"type": "text", "text": "plain words"}]}).text == "plain words"
        for other in (
            {"content": [{"type": "text", "text": "x"}], "isError": True},
            {"content": [{"type": "text", "text": "x"}], "structuredContent": {"a": 1}},
            {"content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}]},
        ):
            assert value_of(other) == other

    def test_encoded_bytes(self):
        """Base64 is told by its length, inside JSON and inside text; a long name is no base64."""
        assert value_of({"image": PICTURE}) == {"image": f"[base64, {len(PICTURE):,} characters]"}
        told = filtered(f"before data:image/png;base64,{PICTURE} after").text
        assert told.startswith("before [image/png, ")
        assert told.endswith(" characters] after")
        for text in ("abcd" * 100, "/usr/lib/python/site/packages" * 9, "0123456789" * 40):
            assert filtered(text).done == ()

    def test_what_all_rows_share(self):
        """A field that is the same in every row is said once, with its type; two rows are no table."""
        rows = [{"shop": "north", "currency": "EUR", "n": number} for number in range(5)]
        assert value_of(rows) == {
            "shared_by_all_rows": {"shop": "north", "currency": "EUR"},
            "rows": [{"n": number} for number in range(5)],
        }
        assert value_of(rows[:2]) == rows[:2]
        assert value_of([{"n": 1, "is": True, "long": "x" * 50}, *[{"n": 1, "is": 1, "long": "x" * 50}] * 3])[
            "shared_by_all_rows"
        ] == {"n": 1, "long": "x" * 50}

    def test_cleaning_can_be_left(self):
        """A rule may say that nothing is noise."""
        value = {"a": None, "trace_id": UUID}
        assert filtered(value, Rule(clean=False)).done == ()

    @pytest.mark.parametrize("number", ["12345678901234567890123", "1e400", "0.12345678901234567890123", "1.5", "-0.0"])
    def test_numbers_stay_as_they_are(self, number):
        """No digit is lost: what a float cannot hold stands as a text."""
        text = filtered(f'{{"a": null, "n": {number}}}').text
        assert text in (f'{{"n":{number}}}', f'{{"n":"{number}"}}')


class TestPaths:
    ORDERS = {"orders": [{"id": n, "lines": [{"sku": f"s{n}", "meta": {"x": n}}], "log": "x" * 9} for n in range(3)]}

    @pytest.fixture(autouse=True)
    def _jsonpath(self):
        pytest.importorskip("jsonpath", reason='needs pip install "context-toolkit[jsonpath]"')

    def test_keep(self):
        """What is named stays, with the objects and lists around it."""
        found = value_of(self.ORDERS, keep=("$.orders[*].id", "$.orders[0].lines[*].sku"))
        assert found == {"orders": [{"id": 0, "lines": [{"sku": "s0"}]}, {"id": 1}, {"id": 2}]}

    def test_drop(self):
        """What is named goes, wherever it stands."""
        found = value_of(self.ORDERS, drop=("$..meta", "$.orders[*].log"), clean=False)
        assert found == {"orders": [{"id": n, "lines": [{"sku": f"s{n}"}]} for n in range(3)]}
        assert filtered(self.ORDERS, Rule(drop=("$..meta",), clean=False)).done == ("fields dropped by rule (3)",)

    def test_drop_goes_after_keep(self):
        """Of what is kept, some may be dropped."""
        found = value_of(self.ORDERS, keep=("$.orders[*].lines",), drop=("$..meta",), clean=False)
        assert found["orders"][0] == {"lines": [{"sku": "s0"}]}

    def test_nested_deeper_than_paths_go(self):
        """What a path cannot follow is left as it is."""
        text = '{"a":' * 300 + "1" + "}" * 300
        assert filtered(text, Rule(keep=("$..b",))).text == text

    def test_paths_match_inside_an_envelope(self):
        """They are of what the tool means, not of what wraps it."""
        wrapped = {"content": [{"type": "text", "text": json.dumps(self.ORDERS)}]}
        assert value_of(wrapped, keep=("$.orders[0].id",)) == {"orders": [{"id": 0}]}

    def test_rules_are_by_tool(self):
        """A tool without a rule has the default's; with no default it is left alone."""
        rules = ResultFilter({"orders": Rule(keep=("$.id",))}, default=None)
        assert rules.filtered('{"id": 1, "x": 2}', "orders").text == '{"id":1}'
        assert rules.filtered('{"id": 1, "x": null}', "other").done == ()

    def test_no_path(self):
        """A text that is no JSONPath is told when the filter is made."""
        with pytest.raises(ValueError, match=r"got the path '\$\.\[bad'.*expected a JSONPath such as"):
            ResultFilter({"orders": Rule(drop=("$.[bad",))})


class TestCaps:
    def test_long_lists_and_texts(self):
        """They are cut, with a word for how much was left out."""
        assert value_of(list(range(100)), max_items=3) == [0, 1, 2, "… 97 more"]
        assert value_of({"a": "x" * 100}, max_chars=10) == {"a": "x" * 10 + "… 90 more characters"}

    def test_a_long_result_keeps_both_ends(self):
        """Lines of the beginning and of the end stay within the cap."""
        text = "\n".join(f"line {number}" for number in range(2_000))
        found = filtered(text, Rule(max_tokens=200)).text
        assert found.startswith("line 0\nline 1\n")
        assert found.endswith("line 1998\nline 1999")
        assert "lines …" in found
        assert ContextGraph("s").counter.count(found) <= 200

    def test_one_long_line(self):
        """Its beginning stays."""
        found = filtered("word " * 5_000, Rule(max_tokens=100)).text
        assert found.startswith("word word")
        assert ContextGraph("s").counter.count(found) <= 100

    @pytest.mark.parametrize(("cap", "least"), [("max_items", 1), ("max_chars", 1), ("max_tokens", 30)])
    def test_no_cap(self, cap, least):
        """A cap under which nothing could be told is refused."""
        with pytest.raises(ValueError, match=f"got {cap}={least - 1}; expected at least {least}"):
            Rule(**{cap: least - 1})

    @pytest.mark.parametrize("text", ["word " * 900, "line\n" * 900, "x" * 9_000, "é界😀" * 900])
    def test_the_smallest_cap_is_kept(self, text):
        """Whatever the text, what is left is within the cap."""
        assert ContextGraph("s").counter.count(filtered(text, Rule(max_tokens=30)).text) <= 30


class TestGraphs:
    @pytest.fixture
    def graph(self):
        graph = ContextGraph("s")
        graph.add_message("user", "Which orders are late?")
        call = graph.add_tool_call("orders", {})
        rows = [{"id": n, "shop": "north", "note": None, "etag": "9f86d081884c7d65aa"} for n in range(40)]
        graph.add_tool_result(call.id, rows)
        return graph

    def test_it_comes_back_byte_for_byte(self, graph):
        """What is left says how to get the rest, and restoring gives the graph as it was."""
        before, store = graph_bytes(graph), MemoryContentStore()
        result = list(graph.nodes())[-1]
        changes = filter_results(graph, graph.nodes(), store, ResultFilter())
        left, manifest = graph.node(result.id), Manifest("s", changes)
        assert left.content.startswith(
            "[without empty fields (40), fields of the server's own (40), "
            "fields that all rows share, said once (1); expand "
        )
        assert left.tokens > graph.counter.count(left.content)
        assert left.tokens < 0.5 * result.tokens
        assert left.elided in left.content
        assert expand(manifest, store, left.elided) == result.content
        restore(graph, manifest, store)
        assert graph_bytes(graph) == before

    def test_it_is_valid_for_a_provider(self, graph):
        """The result still stands right behind its call."""
        filter_results(graph, graph.nodes(), MemoryContentStore(), ResultFilter())
        assert [message["role"] for message in render(graph, "openai")] == ["user", "assistant", "tool"]
        assert "[without" in str(render(graph, "anthropic"))

    def test_what_is_left_alone(self, graph):
        """Messages, calls, pinned results, and what was filtered already."""
        store, result = MemoryContentStore(), list(graph.nodes())[-1]
        graph.put(result.evolve(pinned=True))
        assert filter_results(graph, graph.nodes(), store, ResultFilter()) == []
        graph.put(result)
        assert len(filter_results(graph, graph.nodes(), store, ResultFilter())) == 1
        assert filter_results(graph, graph.nodes(), store, ResultFilter()) == []

    def test_a_small_gain_is_none(self):
        """A result that would save less than its mark costs stays as it is."""
        graph = ContextGraph("s")
        graph.add_tool_result(graph.add_tool_call("t", {}).id, {"id": 7, "note": None})
        assert filter_results(graph, graph.nodes(), MemoryContentStore(), ResultFilter()) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["id", "etag", "a", "content", "type", "text"]), inner, max_size=4)
    ),
    max_leaves=25,
)


@given(JSON)
def test_any_json(value):
    """Whatever a server sends, something that can be parsed is left, and filtering it again does nothing more."""
    once = filtered(value)
    if isinstance(value, dict | list):
        again = filtered(once.text)
        assert again.text == once.text or again.done


@given(st.text(max_size=300))
def test_any_text(text):
    """Whatever a tool prints, filtering it is no error."""
    assert isinstance(filtered(text, Rule(max_tokens=30, max_items=2, max_chars=5)).text, str)


@given(openai_conversations() | anthropic_conversations())
def test_any_session_comes_back(messages):
    """Whatever a session holds, all results come back byte for byte."""
    from context_core import build, read

    graph, store = build(read(messages)), MemoryContentStore()
    before = graph_bytes(graph)
    changes = filter_results(graph, graph.nodes(), store, ResultFilter(default=Rule(max_tokens=30, max_items=1)))
    restore(graph, Manifest(graph.session_id, changes), store)
    assert graph_bytes(graph) == before
