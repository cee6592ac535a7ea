"""Values and entities: what in a text can be told from the rest of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import EntityKind, entities, kind_of
from context_core.values import MAX_CHARS, values


def wholes(text):
    return [form.text for value in values(text) for form in value.forms if form.is_whole]


@given(st.text(alphabet=st.characters(codec="utf-8")) | st.text(alphabet="ab1_/.:@#=-\\n ", max_size=80))
def test_every_form_stands_where_it_says(text):
    """A form is the text at its offset, and none is longer than a name may be."""
    for value in values(text):
        for form in value.forms:
            start = value.offset + form.start
            assert text[start : start + len(form.text)] == form.text
            assert len(form.text) <= MAX_CHARS


def test_signs_around_a_value_are_no_part_of_it():
    """Quotes, brackets and the ends of sentences fall away; what joins values is between them."""
    assert wholes('see "src/io_util.py", (order_id=ORD-48213).') == ["src/io_util.py", "order_id", "ORD-48213"]
    assert wholes(r'{"text":"one\nread_all\tdone_it"}') == ["read_all", "done_it"]
    assert wholes("#W2378156 costs $1437.25") == ["W2378156", "1437.25"]


def test_plain_words_and_short_numbers_are_none():
    """Chance would find them anywhere."""
    assert wholes("the result of all 12 tests in 2024 is ok, 100 % of 3.5") == []


def test_escapes_are_those_of_json_alone():
    """A path of Windows keeps the letters behind its backslashes; a JSON text's escapes are no letters."""
    assert "new_file.txt" in wholes("open C:\\temp\\new_file.txt")
    assert wholes('["one\\nread_all"]') == ["read_all"]


def test_names_between_unspaced_words():
    """Chinese, Japanese and Korean text touches the names in it."""
    assert wholes("请修改src/main.py文件") == ["src/main.py"]
    assert wholes("设计文档说明") == ["设计文档说明"]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000 + "@b",
        "a." * 30_000 + "@b",
        "A" * 60_000,
        "A-" * 30_000,
        "aB" * 30_000 + "-x",
        "/" * 60_000,
        "\\n" * 30_000,
    ],
)
def test_hostile_text_takes_no_more_than_its_length(text):
    """A test that runs for minutes is how a quadratic pattern would show."""
    assert len(list(values(text))) < 3
    assert len(entities(text)) < 3
    assert kind_of(text[:60] + "-~") is None


def test_a_place_in_a_file_is_also_the_file():
    """Compilers write a line behind a path, and grep one around a match."""
    assert wholes("a/b_c.go:12:5 a/b_c.go-13-") == ["a/b_c.go:12:5", "a/b_c.go", "a/b_c.go-13", "a/b_c.go"]


def test_entities_by_kind():
    """Each kind is told by the form of the name, and no part of a longer name is told for itself."""
    text = (
        "KeyError in src/app/io.py:12 (see https://x.org/a?b=1, mail jo.do@x.org) at 2024-05-15: commit 9f86d08 "
        "of v1.4.2 broke read_all, os.path.join and readFile for ORD-48213 and 3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    )
    assert [(mention.kind.value, mention.text) for mention in entities(text)] == [
        ("error", "KeyError"),
        ("path", "src/app/io.py:12"),
        ("url", "https://x.org/a?b=1"),
        ("email", "jo.do@x.org"),
        ("date", "2024-05-15"),
        ("hash", "9f86d08"),
        ("version", "v1.4.2"),
        ("symbol", "read_all"),
        ("symbol", "os.path.join"),
        ("symbol", "readFile"),
        ("id", "ORD-48213"),
        ("id", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
    ]
    of_prose = {EntityKind.PERSON, EntityKind.ORGANIZATION}
    assert {mention.kind for mention in entities(text)} == set(EntityKind) - of_prose
    assert all(text[mention.start : mention.end] == mention.text for mention in entities(text))
