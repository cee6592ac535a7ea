"""What benchmarks share: sessions of a size, and ratios to the named baseline of each group.

Off by default, benchmarks run once and as tests, on small sizes. `pytest benchmarks --benchmark-enable` measures.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from context_core import build, read

BASELINE = "baseline"
DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def is_measured(request):
    """Whether times are taken, so that sizes should be real."""
    return not request.config.getoption("benchmark_disable") or request.config.getoption("benchmark_enable")


@pytest.fixture(scope="session")
def logs(is_measured) -> list[bytes]:
    """Real Claude Code sessions where they are at hand, else made ones; small ones where nothing is measured."""
    real = sorted((DATA / "entire_claude_code").rglob("*full.jsonl")) if is_measured else []
    return [path.read_bytes() for path in real] or [claude_code_log(steps=600 if is_measured else 40)]


@pytest.fixture(scope="session")
def large_graph(is_measured):
    """A graph of 100,000 nodes, or of 1,000 where nothing is measured."""
    return build(read(claude_code_log(steps=33_334 if is_measured else 334, body_lines=4)), session_id="large")


@pytest.fixture(scope="session")
def small_graph():
    """A graph of 1,000 nodes."""
    return build(read(claude_code_log(steps=334, body_lines=4)), session_id="small")


def claude_code_log(steps: int, body_lines: int = 60) -> bytes:
    """Return a session in which an agent reads a file a step and says a word about it; no two results are equal."""
    rows = [_row("u0", None, "user", "read all files and say what they do")]
    parent = "u0"
    for number in range(steps):
        call = {
            "type": "tool_use",
            "id": f"t{number}",
            "name": "Read",
            "input": {"file_path": f"/src/pkg/file_{number}.go"},
        }
        body = "\n".join(
            f"{line}\tfunc step{number}_{line}(ctx context.Context) error {{" for line in range(body_lines)
        )
        result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": body}
        text = {"type": "text", "text": f"file_{number}.go defines the steps of part {number}"}
        for suffix, role, content in (("a", "assistant", [text]), ("b", "assistant", [call]), ("r", "user", [result])):
            rows.append(_row(f"{suffix}{number}", parent, role, content, f"m{number}"))
            parent = f"{suffix}{number}"
    return "\n".join(json.dumps(row) for row in rows).encode()


def _row(uuid, parent, role, content, message_id="m"):
    message = {"role": role, "content": content, **({"id": message_id} if role == "assistant" else {})}
    return {
        "uuid": uuid,
        "parentUuid": parent,
        "type": role,
        "sessionId": "s",
        "isSidechain": False,
        "message": message,
    }


def pytest_terminal_summary(terminalreporter, config):
    """Print each median as a ratio to its group's baseline."""
    session = getattr(config, "_benchmarksession", None)
    groups = defaultdict(list)
    for bench in getattr(session, "benchmarks", ()):
        if bench.stats.rounds:
            groups[bench.group].append(bench)
    for group, benches in groups.items():
        baseline = next((bench for bench in benches if BASELINE in bench.name), None)
        for bench in benches:
            if baseline is not None and bench is not baseline:
                ratio = bench.stats.median / baseline.stats.median
                terminalreporter.write_line(f"{group}: {bench.name} = {ratio:.2f} × {baseline.name}")
