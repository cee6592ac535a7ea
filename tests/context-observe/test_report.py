"""The page as text: what it says, what it never holds, and that nothing said in a session breaks out of its place."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from context_core import (
    ContextGraph,
    Manifest,
    MemoryStore,
    NodeNotFoundError,
    NodeType,
    Replacement,
    TokenBudget,
    causal_chain,
    health,
    pin,
    replace,
    restore,
    window,
)
from context_observe import report
from context_observe.html_report.chains import MAX_CAUSES, chains
from context_observe.html_report.chart import WIDE, chart
from context_observe.html_report.condition import condition
from context_observe.html_report.course import course
from context_observe.html_report.elided import MAX_ELIDED, elided
from context_observe.html_report.makeup import kinds
from context_observe.html_report.quotes import Quotes

VOID = {"meta", "input", "link", "br"}


class Page(HTMLParser):
    """What a browser would make of a page: its elements, their attributes, and the text in each."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self):
        return "".join(text for tag, text in self.texts if tag not in ("script", "style"))

    @property
    def data(self):
        return json.loads(next(text for tag, text in self.texts if tag == "script"))


def test_the_page_tells_the_main_figures(session, compressed):
    """Window, share of the budget, what was saved, health, strategies and commands all stand on the page."""
    graph = session()
    whole = window(graph).tokens
    store = compressed(graph)
    page = Page(report(graph, store=store, budget=2_000))
    now = window(graph).tokens
    for told in (
        f"{now:,}",
        f"of {whole:,} tokens",
        "externalize-payloads",
        "trigger at 65%",
        f"{health(window(graph), TokenBudget(2_000)).score:.2f}",
        "Error: no such name Reader1Of",
        "1 min 15 s",
    ):
        assert told in page.text
    for node in graph.nodes():
        if node.elided:
            assert f"ctx restore {node.elided}" in page.text
            assert f'restore(graph, manifest, store, ["{node.elided}"])' in page.text


def test_the_python_line_on_the_page_restores(session, compressed):
    """The line that a row shows does what it says."""
    graph = session()
    before = {node.id: node.content for node in graph.nodes()}
    store = compressed(graph)
    lines = re.findall(r"restore\(graph, manifest, store, \[.[\d.]+.\]\)", Page(report(graph, store=store)).text)
    names = {"graph": graph, "manifest": store.manifest("s"), "store": store, "restore": restore}
    assert lines
    for line in lines:
        eval(line, names)
    assert {node.id: node.content for node in graph.nodes()} == before


def test_the_same_session_gives_the_same_bytes(session, compressed):
    """Nothing of the moment or of the machine is on the page."""
    store = compressed(session())
    assert report(store.load("s"), store=store) == report(store.load("s"), store=store)


def test_no_originals_unless_asked_for(session, compressed):
    """By default no elided text is on the page; with `content` it is, and the page says so."""
    graph = session()
    store = compressed(graph)
    secret = "    line 1\n    line 1\n    line 1"
    bare, full = report(graph, store=store), report(graph, store=store, content=True)
    assert secret not in bare
    assert "no originals" in bare
    assert secret in full
    assert "holds originals" in full


def test_a_part_shows_no_more_than_its_beginning():
    """Of a long text that stands in the prompt as it is, at most 120 characters in a row are shown."""
    graph = ContextGraph("s")
    words = [f"w{number:04}" for number in range(2_000)]
    graph.add_message("user", " ".join(words))
    shown = set(re.findall(r"w\d{4}", report(graph)))
    assert shown == set(words[:20]) - ({words[19]} - shown)
    assert len(shown) <= 20


def test_secrets_are_masked_wherever_text_is_shown(compressed):
    """The mask sees every text of the session before anything of it is on the page."""
    graph = ContextGraph("s")
    graph.add_message("user", "the key is sk-12345678901")
    call = graph.add_tool_call("login", {"key": "sk-12345678901"})
    graph.add_tool_result(call.id, "fine, sk-12345678901 is known " * 30)
    store = compressed(graph)
    html = report(graph, store=store, content=True, mask=lambda text: re.sub(r"sk-\d+", "sk-…", text))
    assert "sk-…" in html
    assert "sk-1" not in html


def test_secrets_are_masked_unless_told_otherwise():
    """What looks like a key is masked by default; None puts texts there as they are."""
    graph, key = ContextGraph("s"), "ghp_aB3dE5gH7jK9mN1pQ3sT5vX7zA2c"
    graph.add_message("user", f"clone it with {key}")
    assert key not in report(graph)
    assert key in report(graph, mask=None)


def test_a_pin_is_told_as_one(session, compressed):
    """What was put back to be pinned is no compression."""
    graph = session(steps=4)
    store = compressed(graph)
    manifest = store.manifest("s")
    node_id = next(node.id for node in graph.nodes() if node.elided)
    html = report(graph, manifest.extended(pin(graph, manifest, store, [node_id])))
    assert "pinned, as it was" in html


def test_an_original_that_is_gone_is_told(session, compressed):
    """Where the store lacks an original, its row says so, and the report is made all the same."""
    graph = session(steps=1)
    manifest = compressed(graph).manifest("s")
    assert "the store lacks it" in report(graph, manifest, store=MemoryStore(), content=True)


def test_a_manifest_alone_says_that_it_knows_no_times(session, compressed):
    """Without a journal, compressions are drawn behind the last step, and the page says so."""
    graph = session()
    store = compressed(graph)
    assert "not when" in report(graph, store.manifest("s"))
    assert "not when" not in report(graph, store=store)


def test_a_session_without_times_says_so(session):
    """Of durations nothing is said where the transcript has no times."""
    assert "The transcript has no times" in report(session(times=False))


@pytest.mark.parametrize("budget", [None, 50, TokenBudget(10_000, reserve_tokens=4_000)])
def test_an_empty_session_has_a_page(budget):
    """A session in which nothing was said is told of, too."""
    page = Page(report(ContextGraph("s"), budget=budget))
    assert "Nothing was said" in page.text


def test_bad_arguments(session):
    """What cannot be done is said before anything is made."""
    graph = session()
    with pytest.raises(NodeNotFoundError):
        report(graph, node="no such node")
    with pytest.raises(ValueError, match="without a store"):
        report(graph, content=True)
    with pytest.raises(ValueError, match="manifest of session 'other'"):
        report(graph, Manifest("other"))
    with pytest.raises(ValueError, match="total_tokens=0"):
        report(graph, budget=0)


# ── nothing breaks out ───────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]><img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "{{ 7*7 }}{% raw %}",
    "&lt;b&gt;&#0;\x00\x1b[31m\u202e\u2066\u2028\ud800\U000e0041\ufeff",
    "</style></title></textarea></svg></details><base href=//x>",
]
hostile = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=12), min_size=1, max_size=4).map("".join)


def talk(session_id, words, tool, said, result):
    graph = ContextGraph(session_id)
    graph.add_message("user", words)
    call = graph.add_tool_call(tool, {"name": said})
    graph.add_tool_result(call.id, result + " tail" * 40)
    store = MemoryStore()
    store.append(session_id, graph.nodes(), graph.edges())
    node = next(graph.nodes(NodeType.TOOL_RESULT))
    after = node.evolve(content=said, tokens=2, metadata={**node.metadata, "elided": graph.reference(node.id)})
    step = Replacement(node, after, said, said)
    store.commit(session_id, replace(graph, [step], store))
    return report(graph, store=store, content=True, budget=100)


HARMLESS = set(Page(talk("s", "words", "tool", "said", "result")).tags)


@settings(max_examples=25)
@given(hostile, hostile, hostile, hostile, hostile)
def test_no_text_breaks_out_of_its_place(session_id, words, tool, said, result):
    """Whatever a session says, in any field, the page has the same elements as for harmless words, and is UTF-8."""
    html = talk(session_id, words, tool, said, result)
    html.encode()
    page = Page(html)
    assert not page.open
    assert page.tags.count("script") == 2
    assert set(page.tags) == HARMLESS
    names = {name for _, name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src", "srcdoc", "action")}
    assert {value for _, name, value in page.attributes if name == "href"} == {"#main"}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", html)


def test_a_field_of_one_hostile_text_shows_it_as_text():
    """An attack is shown as what it is: text."""
    page = Page(talk("s", HOSTILE[0], "tool", "said", "result"))
    assert HOSTILE[0] in page.text
    assert page.data["nodes"][0][3] == HOSTILE[0]


def test_the_page_forbids_itself_every_request(session):
    """Its policy allows its own style and script by their hashes, and nothing from anywhere."""
    from base64 import b64encode
    from hashlib import sha256

    html = report(session())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        inner = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        assert f"'sha256-{b64encode(sha256(inner.encode()).digest()).decode()}'" in policy
    outside = re.sub(r"http://www\.w3\.org/2000/svg", "", html)
    assert not re.search(r"https?://|//\w+\.|@import|url\(", outside)


# ── the parts ────────────────────────────────────────────────────────────────────────────────────────────────────


def walked(record, start):
    """Return the causes that a page's data gives for a node, as its script finds them."""
    nodes, most = record["nodes"], record["max"]
    found, seen, queue, complete = [], {start}, [start], True
    while queue:
        at = queue.pop(0)
        for source, *_ in nodes[at][6]:
            if source in seen:
                continue
            if len(found) == most:
                return found, False
            seen.add(source)
            found.append((source, at))
            queue.append(source)
        complete = complete and not nodes[at][5] & 2
    return found, complete


@pytest.mark.parametrize("max_choices", [3, 10_000])
def test_each_chain_on_the_page_is_the_chain_of_the_node(max_choices, session):
    """For every node that a reader may choose, what was sent gives just what `causal_chain` gives."""
    graph = session(steps=30)
    told = chains(graph, window(graph), Quotes(), max_choices=max_choices)
    record = {"nodes": told.records(), "max": MAX_CAUSES}
    choices = [place for place, node in enumerate(told.nodes) if node.may_choose]
    assert len(choices) == min(max_choices, len(graph))
    for place in choices:
        chain = causal_chain(graph, told.nodes[place].node_id, max_nodes=MAX_CAUSES)
        found, complete = walked(record, place)
        expected = {(cause.node.id, cause.effect_id) for cause in chain}
        assert {(told.nodes[source].node_id, told.nodes[effect].node_id) for source, effect in found} == expected
        assert complete == chain.complete


def test_a_drawn_chain_is_in_order_and_overlaps_nowhere(session):
    """Each cause stands left of what it led to, and no two boxes share a place."""
    graph = session(steps=30)
    for node in window(graph).nodes:
        boxes = chains(graph, window(graph), Quotes(), node.id, max_choices=1).boxes
        assert all(box.x < boxes[box.effect].x for box in boxes[1:])
        for column in {box.x for box in boxes}:
            rows = sorted(box.y for box in boxes if box.x == column)
            assert all(after - before >= 76 for before, after in pairwise(rows))


def test_a_page_opens_with_the_last_error(session):
    """The node that a reader most likely asks about is the last failure, else the last call, else the last node."""
    graph = session()
    told = chains(graph, window(graph), Quotes())
    assert told.nodes[told.chosen].text.startswith("Error")
    graph = ContextGraph("s")
    said = graph.add_message("user", "hi")
    assert chains(graph, window(graph), Quotes()).nodes[0].node_id == said.id
    call = graph.add_tool_call("ls", {})
    graph.add_tool_result(call.id, "a.py")
    told = chains(graph, window(graph), Quotes())
    assert told.nodes[told.chosen].node_id == call.id


def test_any_node_may_be_asked_about_by_its_reference(session):
    """With `node` the page opens with another chain, and the evidence stands on it."""
    graph = session()
    run = next(node for node in graph.nodes(NodeType.TOOL_CALL) if node.tool_name == "run")
    page = Page(report(graph, node=graph.reference(run.id)))
    assert page.data["nodes"][page.data["chosen"]][0] == graph.reference(run.id)
    assert "gave Reader1Of" in page.text


def test_the_parts_of_health_make_its_score(session):
    """The five shares shown are those of which the score is the geometric mean."""
    shown, budget = window(session()), TokenBudget(3_000)
    told = condition(shown, budget)
    product = 1.0
    for part in told.parts:
        product *= max(0.05, part.share)
    assert product**0.2 == pytest.approx(told.health.score)


def test_kinds_are_all_of_the_window(session):
    """The tokens by kind add up to the window, the smaller kinds and the notes for lost results included."""
    graph = session()
    for number in range(20):
        graph.add_tool_call(f"tool{number}", {"number": number})
        graph.add_message("assistant", "next")
    shown = window(graph)
    assert shown.repair_tokens > 0
    assert sum(kind.tokens for kind in kinds(graph, shown)) == shown.tokens


def test_a_long_table_says_what_it_leaves_out(session, compressed):
    """Of very many elided parts those that saved most are listed, in order, and the rest are counted."""
    graph = session(steps=MAX_ELIDED + 30)
    store = compressed(graph)
    told = elided(graph, store.manifest("s"), store, Quotes())
    assert (len(told.rows), told.count) == (MAX_ELIDED, len(store.manifest("s").changes))
    assert told.left_out >= 30
    saved = sum(change.tokens_saved for change in store.manifest("s").changes)
    assert sum(row.tokens_saved for row in told.rows) + told.tokens_left_out == saved


def test_a_curve_by_time_never_runs_back():
    """Points that are dated before those ahead of them stand beside them."""
    graph = ContextGraph("s")
    for at in (100.0, 300.0, 200.0, None, 400.0):
        graph.add_message("user", "words", created_at=at)
    drawn = chart(course(graph, Manifest("s")), None, WIDE, by_time=True)
    places = [float(pair.split()[0]) for pair in re.findall(r"[\d.]+ [\d.]+", drawn.line)]
    assert places == sorted(places)
    assert (drawn.first, drawn.last) == (100.0, 400.0)
