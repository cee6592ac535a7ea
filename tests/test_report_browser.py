"""The report in a real browser: Debian's chromium, from a file, with no network."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from context_core import BudgetExceededError, MemoryStore, TokenBudget, build, causal_chain, read, window
from context_core.json_text import loads
from context_observe import report
from context_observe.html_report.chains import MAX_CAUSES

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a chromium on the path")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DRAWN = """() => ({
  boxes: [...document.querySelectorAll('#chain .box')].map(b => b.dataset.ref),
  edges: [...document.querySelectorAll('#chain .edge')].map(e => [e.dataset.from, e.dataset.to]),
  places: [...document.querySelectorAll('#chain .box > svg')].map(s => [+s.getAttribute('x'), +s.getAttribute('y')]),
})"""
HOSTILE = "</script><script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"


@pytest.fixture(scope="module")
def session():
    """The demo's recorded session, as an engine with a small window went through it, with an attack at its end."""
    from context_suite import ContextEngine

    recording = Path(__file__).parents[1] / "packages/context-suite/src/context_suite/recorded_session.json"
    engine = ContextEngine(budget=TokenBudget(24_000), store=MemoryStore(), session_id="recorded")
    for message in loads(recording.read_bytes()):
        engine.add(message)
        if message["role"] != "assistant":
            engine.prompt()
    engine.add({"role": "user", "content": HOSTILE})
    return engine


@pytest.fixture(scope="module")
def page_file(session, tmp_path_factory):
    """The report on the session as a file."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report(session.graph, store=session.store, budget=session.budget), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests, with a profile of its own."""
    with tempfile.TemporaryDirectory() as profile, sync_api.sync_playwright() as driver:
        options = {"executable_path": CHROMIUM, "headless": True, "args": list(FLAGS), "offline": True}
        context = driver.chromium.launch_persistent_context(profile, **options)
        yield context
        context.close()


@pytest.fixture
def opened(browser):
    """Open a file in a page that notes every request, message and error; none but the file may come of it."""
    page, requests, troubles = browser.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))

    def open_file(path, width=1180, scheme="light"):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.goto(path.as_uri())
        return page

    yield open_file
    page.close()
    assert len(requests) == 1
    assert requests[0].startswith("file:")
    assert troubles == []


def test_it_opens_from_a_file_and_draws(opened, page_file):
    """Charts have a size, both ways of the curve can be chosen, and hostile words run nothing."""
    page = opened(page_file)
    assert page.title() == "Context report: recorded"
    for name in (".chart.step.wide", "#chain", ".gauge", ".bars .bar"):
        box = page.locator(name).first.bounding_box()
        assert box["width"] > 40, name
        assert box["height"] > 4, name
    assert page.locator(".chart.step.wide .drop").count() >= 3
    assert page.locator("script").count() == 2
    page.locator(".chart.step.wide").hover(position={"x": 500, "y": 100})
    assert "tokens" in page.locator("#point").inner_text()


def test_the_policy_stops_what_should_not_run(browser, page_file):
    """An element that was added by force may run nothing."""
    page = browser.new_page()
    page.goto(page_file.as_uri())
    ran = page.evaluate(
        """() => new Promise(done => {
          const blocked = [];
          document.addEventListener('securitypolicyviolation', e => blocked.push(e.violatedDirective));
          const script = document.createElement('script');
          script.textContent = 'window.broken = true';
          document.body.append(script);
          setTimeout(() => done([window.broken === true, blocked]), 100);
        })"""
    )
    page.close()
    assert ran == [False, ["script-src-elem"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_are_legible(opened, page_file, scheme):
    """Every text has a contrast of at least 4.5 to what lies behind it, and the button turns the scheme round."""
    page = opened(page_file, scheme=scheme)
    page.locator("details").first.evaluate("each => { each.open = true; }")
    assert page.evaluate(LEAST_CONTRAST) >= 4.5
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.evaluate(LEAST_CONTRAST) >= 4.5


LEAST_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const light = (c) => { const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
  const ground = (element) => { for (let e = element; e; e = e.parentElement) {
    const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
  let least = 21;
  for (const element of document.querySelectorAll('body *')) {
    const words = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!words || !element.getClientRects().length || element.closest('.off, .drop')) continue;
    const style = getComputedStyle(element);
    const ink = rgba(element.namespaceURI.endsWith('svg') ? style.fill : style.color), back = ground(element);
    const [high, low] = [light(ink), light(back)].sort((a, b) => b - a);
    least = Math.min(least, (high + 0.05) / (low + 0.05));
  }
  return least;
}"""


def test_choosing_a_node_draws_its_chain(opened, page_file, session):
    """For many a node the boxes and edges drawn are those of `causal_chain`, at first as well as chosen."""
    page, graph = opened(page_file), session.graph
    options = page.locator("#pick option").evaluate_all("all => all.map(o => [o.value, o.textContent.split(' ')[0]])")
    assert len(options) == min(300, len(window(graph)))
    for value, reference in options[::9]:
        page.select_option("#pick", value)
        drawn = page.evaluate(DRAWN)
        chain = causal_chain(graph, graph.find(reference), max_nodes=MAX_CAUSES)
        edges = {(graph.reference(cause.node.id), graph.reference(cause.effect_id)) for cause in chain}
        assert {tuple(edge) for edge in drawn["edges"]} == edges
        assert set(drawn["boxes"]) == {reference, *(source for source, _ in edges)}
        assert page.locator("#cut").is_visible() != chain.complete


def test_the_keyboard_goes_along_the_chain(opened, page_file, session):
    """A box that has the focus shows its own causes on Enter."""
    page = opened(page_file)
    box = page.locator('#chain .box[role="button"]').last
    reference = box.get_attribute("data-ref")
    box.focus()
    page.keyboard.press("Enter")
    assert page.locator("#chain .box.asked").get_attribute("data-ref") == reference
    assert reference in page.locator("#chosen").inner_text()


def test_the_first_chain_is_the_same_without_a_script(browser, opened, page_file):
    """What the page holds without JavaScript is what its script draws, box by box, and the tables are there."""
    drawn = opened(page_file).evaluate(DRAWN)
    plain = browser.new_page()
    try:
        session = browser.new_cdp_session(plain)
        session.send("Emulation.setScriptExecutionDisabled", {"value": True})
        plain.goto(page_file.as_uri())
        assert plain.evaluate(DRAWN) == drawn
        assert plain.locator("#elided-rows tr").count() > 10
        assert not plain.locator("#theme").is_visible()
    finally:
        plain.close()


def test_the_filter_finds_what_was_elided(opened, page_file, session):
    """Words leave the rows that have them all, and the count says how many."""
    page = opened(page_file)
    node = next(node for node in session.graph.nodes() if node.elided)
    rows = page.locator("#elided-rows tr")
    page.fill("#filter", node.elided)
    assert rows.filter(visible=True).count() == 1
    assert "1 of" in page.locator("#matches").inner_text()
    page.locator("#elided-rows tr:visible summary").click()
    assert page.locator("#elided-rows tr:visible pre.copy").first.inner_text() == f"ctx restore {node.elided}"
    page.fill("#filter", "no such words")
    assert rows.filter(visible=True).count() == 0


@pytest.mark.parametrize("width", [360, 768, 1180])
def test_no_width_scrolls_sideways(opened, page_file, width):
    """The page fits from a phone to a desk, and one curve is shown at each width."""
    page = opened(page_file, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".chart").filter(visible=True).count() == 1


@pytest.mark.data
@pytest.mark.parametrize("name", ["entire_claude_code", "entire_codex", "tau_bench"])
def test_reports_on_real_sessions_open(opened, data, tmp_path, name):
    """A real session of each kind, compressed to 30 %, has a page that opens without a complaint."""
    from context_compression import CompressionPipeline

    path = max((data / name).rglob("*.json*" if name == "tau_bench" else "*full.jsonl"), key=lambda p: p.stat().st_size)
    graph, store = build(read(path, session=0 if name == "tau_bench" else None)), MemoryStore()
    store.append(graph.session_id, graph.nodes(), graph.edges())
    try:
        target = int(0.3 * window(graph).tokens)
        result = CompressionPipeline().compress(graph, target_tokens=target, store=store)
        store.commit(graph.session_id, result.manifest.changes)
    except BudgetExceededError:
        pass  # its system prompt alone is larger: the report is on the session as it is
    file = tmp_path / "report.html"
    file.write_text(report(graph, store=store, budget=200_000), encoding="utf-8")
    page = opened(file, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("#chain .box").count() >= 1
    assert file.stat().st_size < 2_000_000
