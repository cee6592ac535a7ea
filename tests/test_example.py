"""The recorded session's script still runs, on the sources as they are."""

import json
import subprocess
import sys
from pathlib import Path

from context_core import build, read, render
from context_core.testing.providers import check_openai

ROOT = Path(__file__).parents[1]


def test_the_scripted_agent_does_its_task(tmp_path):
    """It ends with all tests green, having seen failing ones; the recording is valid and of the promised size."""
    output = tmp_path / "session.json"
    script = ROOT / "examples" / "record_session.py"
    subprocess.run([sys.executable, str(script), "-o", str(output)], check=True, capture_output=True, timeout=300)
    messages = json.loads(output.read_text(encoding="utf-8"))
    check_openai(messages)
    assert 60 <= len(messages) <= 120
    graph = build(read(output))
    assert render(graph) == messages
    assert graph.total_tokens >= 25_000
    results = [message["content"] for message in messages if message["role"] == "tool"]
    assert any("failed" in result for result in results)
    assert [result for result in results if "passed" in result][-1].count("failed") == 0
