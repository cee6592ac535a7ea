"""Reencode: a text in another form that says the same in fewer tokens."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_compression import Preserve, Reencode, scope_of
from context_compression.strategies._prefixes import again, once
from context_compression.strategies._tables import INTERNAL, decode, encode
from context_compression.strategies._terminal import shown
from context_compression.strategies.reencode import reencoded
from context_compression.testing.sessions import ODD_TEXTS
from context_compression.testing.strategy import StrategyContract
from context_core import ContextGraph

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = st.text(max_size=8) | st.sampled_from(["columns", "rows", "id", "name", "etag"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(KEYS, st.fixed_dictionaries({"order_id": inner, "customer_name": inner}), max_size=5)
        | st.lists(st.fixed_dictionaries({"order_id": inner, "customer_name": inner}), min_size=2, max_size=6)
    ),
)
LINES = st.lists(
    st.sampled_from(
        ["src/module.py:1: x", "src/module.py:22:  y", "2024-05-01 12:00:00 INFO ready", "", "»", "a»", "x"]
    ),
    max_size=30,
)


class TestContract(StrategyContract):
    strategy = Reencode()


def rewritten(text):
    graph = ContextGraph("s")
    call = graph.add_tool_call("run", {"command": "make"})
    result = graph.add_tool_result(call.id, text)
    graph.add_message("user", "and now?")
    reference = graph.reference_of(result)
    found = [candidate.after.content for candidate in Reencode().propose(scope_of(graph, Preserve()))]
    return [text.replace(reference, "REF") for text in found]


@given(VALUES, st.sampled_from([None, 0, 2]))
def test_a_table_is_the_same_json(value, indent):
    """Whatever JSON becomes, reading it back gives the value, with the keys in their order."""
    found = encode(json.dumps(value, indent=indent))
    if not isinstance(value, (dict, list)):
        assert found is None
    elif found.tables:
        assert json.dumps(decode(found.text)) == json.dumps(value)
    else:
        assert json.dumps(json.loads(found.text)) == json.dumps(value)


def trimmed(value):
    """Leave out empty and internal fields, told apart from the encoder; a table's columns go as a whole."""
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {k: trimmed(v) for k, v in value.items() if k not in INTERNAL and v is not None and v not in ("", [], {})}


@given(VALUES)
def test_trimming_leaves_out_what_is_empty_and_nothing_else(value):
    """Beside empty and internal fields all is there, and what went is counted."""
    found = encode(json.dumps(value), trim=True)
    if found is not None:
        held = decode(found.text) if found.tables else json.loads(found.text)
        if found.dropped == 0:
            assert json.dumps(held) == json.dumps(value)
        assert json.dumps(_bare(trimmed(held))) == json.dumps(_bare(trimmed(value)))


def _bare(value):
    """Leave out what is empty until nothing is: a field may be empty once its own fields went."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    held = {key: _bare(item) for key, item in value.items()}
    return {key: item for key, item in held.items() if item not in ("", [], {}) and item is not None}


@pytest.mark.parametrize("number", ["12.50", "1e5", "123456789012345678901234567890", "1E400", "-0"])
def test_numbers_stay_as_they_were_written(number):
    """A price keeps its last digit, and a long number all of them."""
    text = "[" + ", ".join([f'{{"order_id": {number}, "customer": "a b", "rest": [ ]}}'] * 4) + "]"
    assert encode(text).text.count(number) == 4


def test_a_key_said_twice_is_kept_twice():
    """What a JSON reader would drop stays."""
    assert encode('{"a": 1, "a": 2}').text == '{"a":1,"a":2}'


def test_objects_become_rows_on_lines_of_their_own():
    """Like objects are said as a table, below a line that says so."""
    orders = [{"order_id": f"#W{number}", "status": "pending", "total": number} for number in range(8)]
    [text] = rewritten(json.dumps({"count": 8, "orders": orders}))
    assert text.splitlines()[:3] == [
        "[JSON as tables; expand REF]",
        '{"count":8,"orders":{"columns":["order_id","status","total"],"rows":[',
        '["#W0","pending",0],',
    ]


def test_an_object_of_like_objects_becomes_a_table_too():
    """Where the names of objects are keys, each stands before its row."""
    variants = {f"{number}": {"color": "red", "available": True, "price": number} for number in range(12)}
    [text] = rewritten(json.dumps({"variants": variants}))
    assert '"rows":{\n"0":["red",true,0],\n"1":["red",true,1],' in text


def test_lines_of_json_behind_a_head_become_a_table():
    """A tool's own first lines stay above its JSON."""
    rows = "\n".join(json.dumps({"level": "info", "message": f"step {n}", "module": "build"}) for n in range(12))
    [text] = rewritten(f"Exit code: 0\nOutput:\n{rows}\n")
    assert text.startswith(
        '[JSON as tables; expand REF]\nExit code: 0\nOutput:\n{"columns":["level","message","module"]'
    )


def test_empty_fields_go_and_the_first_line_says_so():
    """Fields that say nothing are counted where they went."""
    row = {"id": 7, "note": None, "labels": [], "body": "", "node_id": "MDU6", "title": "a title"}
    [text] = rewritten(json.dumps([row | {"id": n} for n in range(9)], indent=2))
    assert text.splitlines()[0] == "[JSON as tables, 4 empty or internal fields left out; expand REF]"
    assert text.splitlines()[1] == '{"columns":["id","title"],"rows":['


def test_few_empty_fields_stay():
    """Where saying so would cost more than they do, no field is left out."""
    [text] = rewritten(json.dumps([{"id": n, "note": None, "title": "a title"} for n in range(9)], indent=2))
    assert text.splitlines()[:2] == ["[JSON as tables; expand REF]", '{"columns":["id","note","title"],"rows":[']


def test_the_file_of_many_matches_is_said_once():
    """A search's path stands once, whole, and its matches below."""
    matches = "".join(f"src/package/module_{n // 10}.py:{n}: value = {n}\n" for n in range(30))
    [text] = rewritten(matches)
    assert text.startswith("[a line that begins with » goes on from the one above that ends in »; expand REF]\n")
    assert "\nsrc/package/module_1.py:»\n»10: value = 10\n" in text
    assert again(text.partition("\n")[2]) == matches


@given(LINES.map("\n".join) | st.sampled_from(sorted(ODD_TEXTS.values())))
def test_shared_starts_come_back(text):
    """Reading back gives the very lines, whatever signs they hold."""
    short = once(text)
    assert short is None or again(short) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[1;32mok\x1b[0m", "ok"),
        ("\x1b]0;title\x07text", "text"),
        (" 10%\r 50%\r100%", "100%"),
        ("abc\rX", "Xbc"),
        ("abc\r\x1b[Kx", "x"),
        ("one\ntwo\x1b[1A\rTHREE\n\nfour", "THREE\ntwo\nfour"),
        ("abc\b\bX", "aXc"),
        ("line\r\nnext\r\n", "line\nnext\n"),
        ("\x1b[5;1Hplaced\x1b[31m text", "placed text"),
        ("array[3m] and \x1b7saved", "array[3m] and saved"),
    ],
)
def test_a_terminals_last_state_stands(text, seen):
    """Colours and titles go, and what was written over is not said."""
    assert shown(text) == seen


@given(st.text(alphabet="ab \n\r\b\x1b[0123;AKmCHJ]\x07"))
def test_what_is_shown_has_no_moves_left(text):
    """No carriage return or backspace is left, and showing it again changes nothing."""
    seen = shown(text)
    assert "\b" not in seen
    assert "\r" not in seen
    assert seen == text or shown(seen) == seen or "\x1b" in seen


@given(st.text())
def test_a_text_without_controls_is_left_alone(text):
    """Only escapes, carriage returns and backspaces are a terminal's matter."""
    if not set(text) & set("\x1b\r\b"):
        assert shown(text) == text


def test_progress_and_colours_go():
    """A progress bar is its last state, and the first line says why the rest is gone."""
    bar = "".join(f"\rfetching {percent:3}% of all objects" for percent in range(101))
    [text] = rewritten(f"{bar}\n\x1b[32mdone\x1b[0m\n")
    assert text == "[as a terminal shows it; expand REF]\nfetching 100% of all objects\ndone\n"


@pytest.mark.parametrize("text", ["", "plain words\n" * 40, "    indented = code(1)\n" * 40, "[not json\n" * 40])
def test_a_text_without_a_shorter_form_is_left_alone(text):
    """Prose and code are not touched."""
    assert rewritten(text) == []


def test_blanks_inside_are_kept_and_those_at_line_ends_are_not():
    """Only what stands at the end of a line is not seen."""
    assert reencoded("a  b   \nc\t \n") == ("a  b\nc\n", ["without blanks at line ends"])
