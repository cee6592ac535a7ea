"""Make the screenshots of the report that the documentation shows, light and dark.

    uv run python tools/screenshot_report.py [FOLDER]

The recorded session of the demo goes through an engine with a small window, so that it is compressed on the way. The
browser is the chromium on the path. Pictures are reduced to 256 colours.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from context_core import MemoryStore, NodeType, TokenBudget
from context_core.json_text import loads
from context_observe import report
from context_suite import ContextEngine

DOCS = Path(__file__).parents[1] / "docs"
BUDGET_TOKENS = 24_000
WIDTH, MAX_BYTES = 1180, 250_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Write report-light.png and report-dark.png into a folder, the documentation's unless given."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "report.html"
        path.write_text(page(), encoding="utf-8")
        for scheme, data in pictures(path).items():
            target = folder / f"report-{scheme}.png"
            target.write_bytes(reduced(data))
            print(f"{target.name}: {target.stat().st_size:,} bytes")


def page() -> str:
    """Return the report on the recorded session."""
    engine = ContextEngine(budget=TokenBudget(BUDGET_TOKENS), store=MemoryStore(), session_id="recorded session")
    for message in loads(files("context_suite").joinpath("recorded_session.json").read_bytes()):
        engine.add(message)
        if message["role"] != "assistant":
            engine.prompt()
    edits = [node for node in engine.graph.nodes(NodeType.TOOL_CALL) if node.tool_name == "edit_file"]
    return report(engine.graph, store=engine.store, budget=engine.budget, node=edits[-1].id)


def pictures(path: Path) -> dict[str, bytes]:
    """Return what a browser shows of a page, whole, in both schemes."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        made: dict[str, bytes] = {}
        for scheme in ("light", "dark"):
            shown = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=scheme)
            shown.goto(path.as_uri())
            end = shown.locator("section[aria-labelledby=why]").bounding_box()
            clip = {"x": 0, "y": 0, "width": WIDTH, "height": end["y"] + end["height"] + 18}
            made[scheme] = shown.screenshot(full_page=True, clip=clip)
        browser.close()
    return made


def reduced(data: bytes) -> bytes:
    """Return a picture with fewer colours.

    Raises:
        ValueError: it is still too large for the documentation.
    """
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    if out.tell() > MAX_BYTES:
        raise ValueError(
            f"got a picture of {out.tell():,} bytes; expected at most {MAX_BYTES:,}: show less of the page"
        )
    return out.getvalue()


if __name__ == "__main__":
    main()
