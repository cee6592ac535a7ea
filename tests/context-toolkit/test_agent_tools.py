import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from context_core import (
    ContentNotFoundError,
    ContextGraph,
    Edge,
    EdgeType,
    Manifest,
    MemoryContentStore,
    Node,
    NodeType,
    Replacement,
    TokenBudget,
    UnknownReferenceError,
    counter_for,
    replace,
)
from context_toolkit import ContextTools, Session, View, definitions
from context_toolkit.agent_tools.definitions import TOOLS
from context_toolkit.agent_tools.paging import page_of

LOG = "".join(f"{number:04} request {number * 7919 % 100_003} took {number % 97} ms\n" for number in range(900))


@pytest.fixture
def view():
    """A session whose long result stands as a pointer, and whose beginning is summed up."""
    graph, store = ContextGraph("s"), MemoryContentStore()
    graph.add_message("user", "Why is request 63352 slow?")
    graph.add_message("assistant", "I look into the log.")
    call = graph.add_tool_call("read", {"path": "app.log"})
    log = graph.add_tool_result(call.id, LOG)
    graph.add_message("assistant", "Request 63352 waits for the lock of orders_db.")
    graph.add_tool_call("grep", {"pattern": "orders_db"})
    first = list(graph.nodes())[1]
    summary = Node("sum/0", NodeType.SUMMARY, "assistant", "[the log was looked into]", 9)
    summary = summary.evolve(metadata={"elided": graph.reference_of(summary)})
    steps = [
        Replacement(
            log, log.evolve(content="[log]", tokens=3, metadata={**log.metadata, "elided": "x"}), "t", "lossless"
        ),
        Replacement(None, summary, "t", "summarization", (Edge(summary.id, first.id, EdgeType.SUMMARIZES),)),
        Replacement(first, first.evolve(content="", tokens=0, metadata={**first.metadata, "folded": True}), "t", "s"),
    ]
    return View(graph, Manifest("s", replace(graph, steps, store)), store)


@pytest.fixture
def tools(view):
    tools = ContextTools(view)
    yield tools
    tools.close()


def reference(view, type=NodeType.TOOL_RESULT):
    return view.graph.reference(next(view.graph.nodes(type)).id)


def all_pages(ask):
    """What an agent has that turns page after page, headings left out."""
    text, number = "", 1
    while True:
        heading, _, rest = ask(number).partition("\n")
        found = re.fullmatch(r"\[page (\d+) of (\d+), lines (\d+) to (\d+)(; page=\d+ for more)?\]", heading)
        assert int(found[1]) == number
        text += rest
        if not found[5]:
            return text
        number += 1


class TestExpand:
    def test_every_byte_comes_back(self, tools, view):
        """Page after page, without the headings, is the original."""
        ref = reference(view)
        assert all_pages(lambda page: tools.context_expand(ref, page=page)) == LOG

    def test_every_page_is_bounded(self, view):
        """No answer, heading included, is longer than it may be."""
        tools, ref = ContextTools(view, max_tokens=500), reference(view)
        answers = [tools.context_expand(ref, page=number) for number in range(1, 12)]
        assert all(view.graph.counter.count(answer) <= 500 for answer in answers)

    def test_lines(self, tools, view):
        """Some lines come alone, and without a heading where they fit."""
        assert tools.context_expand(reference(view), lines="3-4") == "".join(LOG.splitlines(keepends=True)[2:4])

    def test_a_summary(self, tools, view):
        """Its reference brings what it stands for."""
        assert "I look into the log." in tools.context_expand(reference(view, NodeType.SUMMARY))

    def test_what_was_never_compressed(self, tools, view):
        """A reference of a node that stands as it was is no mistake."""
        assert tools.context_expand(reference(view, NodeType.TOOL_CALL)) == '{"path":"app.log"}'

    @pytest.mark.parametrize("around", ["[{}]", " {} ", "`{}`", '"{}"', "<{}>", "({})"])
    def test_what_a_model_copies_around_it(self, tools, view, around):
        """Brackets, quotes and blanks around a reference do not hide it."""
        assert tools.context_expand(around.format(reference(view)), lines="1").startswith("0000 request")

    def test_a_lost_original(self, view):
        """What the store lacks is told, not made up."""
        tools = ContextTools(View(view.graph, view.manifest, MemoryContentStore()))
        with pytest.raises(ContentNotFoundError):
            tools.context_expand(reference(view))
        assert tools.call("context_expand", {"ref": reference(view)}).startswith("error: ")


class TestSearch:
    def test_it_finds_what_is_not_in_the_prompt(self, tools, view):
        """A value that only an original has is found, with the reference and the lines that bring it."""
        line = LOG.splitlines()[777]
        answer = tools.context_search(line.split()[2])
        assert answer.startswith(f"{reference(view)} result")
        first, last = map(int, re.search(r"lines (\d+)-(\d+) of 901", answer).groups())
        assert line in tools.context_expand(reference(view), lines=f"{first}-{last}")

    def test_what_was_added_since(self, tools, view):
        """A search finds what came after the one before."""
        assert "zebra" not in tools.context_search("zebra").removeprefix("nothing in this session answers: zebra")
        view.graph.add_message("user", "The zebra server is down.")
        assert "The zebra server" in tools.context_search("zebra")

    def test_nothing(self, tools):
        """Where nothing answers, it says so."""
        assert tools.context_search("xylophone") == "nothing in this session answers: xylophone"

    def test_it_is_paged(self, view):
        """Many hits are several pages, each bounded."""
        for number in range(60):
            view.graph.add_message("user", f"zebra {number} " + f"word{number} " * 60)
        tools = ContextTools(view, max_tokens=400)
        answer = tools.context_search("zebra")
        assert answer.startswith("[page 1 of ")
        assert view.graph.counter.count(answer) <= 400


class TestWhy:
    def test_causes_with_what_was_taken(self, tools, view):
        """Each cause has its reference, what it is, and the value that led on."""
        *_, call = view.graph.nodes(NodeType.TOOL_CALL)
        answer = tools.context_why(view.graph.reference(call.id))
        assert "(orders_db): Request 63352 waits" in answer
        assert "user → " in answer
        assert answer.index("Why is request") < answer.index("Request 63352 waits")

    def test_words_are_those_of_originals(self, tools, view):
        """What is compressed is quoted as it was."""
        *_, call = view.graph.nodes(NodeType.TOOL_CALL)
        assert "[log]" not in tools.context_why(view.graph.reference(call.id))

    def test_a_beginning(self, tools, view):
        """What nothing led to says so."""
        first = next(view.graph.nodes())
        assert "has no cause in this session" in tools.context_why(view.graph.reference(first.id))


class TestPin:
    def test_it_is_put_back_and_kept(self, view):
        """A pinned original stands in the graph again, word for word."""
        tools, ref = ContextTools(view, max_pinned_tokens=50_000), reference(view)
        assert tools.context_pin(ref).startswith(f"pinned {ref}, result")
        node = next(view.graph.nodes(NodeType.TOOL_RESULT))
        assert (node.content, node.pinned) == (LOG, True)
        assert tools.context_pin(ref).startswith("pinned")

    def test_too_much(self, tools, view):
        """More than an agent may pin is refused, and nothing is changed."""
        answer = tools.call("context_pin", {"ref": reference(view)})
        assert answer.startswith("error: got ")
        assert "expected at most 8,000 together" in answer
        assert not any(node.pinned for node in view.graph.nodes())

    def test_a_quarter_of_the_budget(self, view):
        """Where the session has a budget, an agent cannot pin it full."""
        view.status = TokenBudget(20_000).status
        tools = ContextTools(view, max_pinned_tokens=50_000)
        assert "expected at most 5,000 together" in tools.call("context_pin", {"ref": reference(view)})

    def test_a_summary(self, tools, view):
        """What it stands for can be pinned, itself it cannot."""
        with pytest.raises(ValueError, match="a summary; expected what it stands for"):
            tools.context_pin(reference(view, NodeType.SUMMARY))


class TestStats:
    def test_what_was_taken_out(self, tools, view):
        """Parts, tokens before and after, pins, health."""
        log = counter_for().count(LOG)
        answer = tools.context_stats()
        before = int(re.search(r"2 parts, ([\d,]+) tokens to", answer)[1].replace(",", ""))
        assert log < before < log + 40
        assert "pinned: 0 tokens" in answer

    def test_with_a_budget(self, view):
        """A session that has a budget tells how full it is."""
        view.status = TokenBudget(1_000).allocate("context", 700)
        assert ContextTools(view).context_stats().startswith("context: 700 of 1,000 tokens, 70% (trigger)")


class TestCalls:
    @pytest.mark.parametrize(
        ("name", "arguments", "told"),
        [
            ("context_expnd", {}, "got the tool 'context_expnd'; expected one of context_expand, "),
            ("context_expand", {}, "got no 'ref'; context_expand takes ref, lines (optional), page (optional)"),
            ("context_expand", {"ref": 5}, "got ref=5; expected a text"),
            ("context_expand", {"ref": "x", "page": "2"}, "got page='2'; expected a whole number"),
            ("context_expand", {"ref": "x", "page": True}, "got page=True; expected a whole number"),
            ("context_expand", {"reference": "x", "ref": "x"}, "got 'reference'; context_expand takes ref, "),
            ("context_expand", "{broken", "got arguments that are no JSON"),
            ("context_expand", "[1]", "got arguments that are no object"),
            ("context_stats", {"x": 1}, "got 'x'; context_stats takes no argument"),
        ],
    )
    def test_mistakes_are_answered(self, tools, name, arguments, told):
        """What is wrong is told in words that say how to do it right."""
        assert tools.call(name, arguments).startswith(f"error: {told}")

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ({"lines": "x"}, "got lines='x'; expected first and last, such as 10-20"),
            ({"lines": "20-10"}, "got lines 20 to 10 of a text that has 900"),
            ({"lines": "0-3"}, "got lines 0 to 3"),
            ({"page": 0}, "got page=0; expected 1 to "),
            ({"page": 99}, "got page=99; expected 1 to "),
        ],
    )
    def test_no_such_part(self, tools, view, arguments, told):
        """Lines and pages that are not there are told with those that are."""
        answer = tools.call("context_expand", {"ref": reference(view), **arguments})
        assert answer.startswith(f"error: {told}")

    def test_an_unknown_reference(self, tools):
        """A function raises it; a call answers it."""
        with pytest.raises(UnknownReferenceError):
            tools.context_expand("123456789.123456")
        assert "unknown reference" in tools.call("context_expand", {"ref": "123456789.123456"})

    def test_arguments_as_text(self, tools, view):
        """OpenAI sends arguments as a JSON text, and nothing for none."""
        assert tools.call("context_expand", json.dumps({"ref": reference(view), "lines": "1", "page": None}))
        assert tools.call("context_stats", "").startswith("context: ")
        assert "context_stats" in tools
        assert "rm" not in tools

    def test_too_small_an_answer(self, view):
        """It is refused with what was expected."""
        with pytest.raises(ValueError, match="got max_tokens=100; expected at least 200"):
            ContextTools(view, max_tokens=100)


class TestDefinitions:
    @pytest.mark.parametrize("to", ["openai", "openai-responses", "anthropic"])
    def test_each_tool_for_each_provider(self, tools, to):
        """Names, descriptions and schemas stand where the provider wants them, and name real parameters."""
        for tool, name in zip(tools.definitions(to), TOOLS, strict=True):
            function = tool["function"] if to == "openai" else tool
            schema = function["input_schema" if to == "anthropic" else "parameters"]
            assert function["name"] == name
            assert len(function["description"]) > 40
            assert schema["additionalProperties"] is False
            assert set(schema["required"]) <= set(schema["properties"])
            code = getattr(ContextTools, name).__code__
            assert set(schema["properties"]) == set(code.co_varnames[1 : code.co_argcount])

    def test_they_are_ones_own(self):
        """Changing what was returned changes no other."""
        definitions()[0]["function"]["parameters"]["properties"].clear()
        assert definitions()[0]["function"]["parameters"]["properties"]

    def test_another_provider(self):
        """It is refused with what was expected."""
        with pytest.raises(ValueError, match="got to='mistral'; expected 'openai'"):
            definitions("mistral")

    def test_a_view_is_a_session(self, view):
        """As the protocol says."""
        assert isinstance(view, Session)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.characters() | st.just("x" * 50_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "ref": st.integers(0, 3) | JSON,
        "lines": st.from_regex(r"\d{1,40}-\d{1,9}", fullmatch=True) | JSON,
        "page": st.integers(-1, 9) | st.just(10**5_000) | JSON,
        "query": st.text() | JSON,
        "self": JSON,
    },
)


@given(st.sampled_from([*TOOLS, "call", "close", "n" * 50_000]), ARGUMENTS | JSON)
def test_whatever_a_model_sends(name, given_):
    """Any tool with any arguments is answered, in words, and within the bound."""
    graph = ContextGraph("s")
    graph.add_message("user", "Why is request 63352 slow?")
    call = graph.add_tool_call("x" * 50_000, {"path": "app.log"})
    graph.add_tool_result(call.id, LOG + "y" * 20_000)
    if isinstance(given_, dict) and type(given_.get("ref")) is int:
        given_["ref"] = [*map(graph.reference, (node.id for node in graph.nodes())), "1.2"][given_["ref"] % 4]
    tools = ContextTools(View(graph, Manifest("s"), MemoryContentStore()), max_tokens=400)
    answer = tools.call(name, given_)
    tools.close()
    assert graph.counter.count(answer) <= 400


def test_no_argument_at_all(tools):
    """Some libraries send None where a model sent nothing."""
    assert tools.call("context_stats", None).startswith("context: ")


TEXTS = st.text(alphabet=st.sampled_from('ab \n\r\t\u2028é界😀{}"\\0123'), max_size=400)


@given(TEXTS, st.integers(10, 60))
def test_pages_lose_nothing(text, max_tokens):
    """Joined they are the text, each is bounded, and their lines follow each other."""
    counter = counter_for()
    first = page_of(text, 1, counter, max_tokens)
    pages = [page_of(text, number, counter, max_tokens) for number in range(1, first.pages + 1)]
    assert "".join(page.text for page in pages) == text
    assert all(counter.count(page.text) <= max_tokens for page in pages)
    assert pages[0].first_line == 1
    assert all(0 <= after.first_line - page.last_line <= 1 for page, after in pairwise(pages))


def test_one_long_line():
    """A line that is longer than a page is cut, and nothing of it is lost."""
    text, counter = "0123456789abcdef" * 4_000, counter_for()
    pages = page_of(text, 1, counter, 500).pages
    assert pages > 10
    assert "".join(page_of(text, number, counter, 500).text for number in range(1, pages + 1)) == text
