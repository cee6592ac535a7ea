"""Real sessions, call by call through a cache: what it would have served is what the tools said."""

import pytest

from benchmarks import prefetch
from context_core import build, read
from context_toolkit import CachePolicy, ToolCache
from context_toolkit.prefetch.past_calls import past_calls

pytestmark = pytest.mark.data

POLICIES = {
    "Read": CachePolicy.until_written("file_path", are_files=True),
    "Grep": CachePolicy.until_written("path"),
    "Glob": CachePolicy.until_written("path"),
    "TodoWrite": CachePolicy.inert(),
}


def served(row, policies):
    """Return (step, result served) for each call of a session that a cache would not have run."""
    cache, found = ToolCache(policies), []
    for step in row:
        ran = []
        value = cache.call(step.tool, step.arguments, lambda step=step, ran=ran: ran.append(1) or step.result)
        if not ran:
            found.append((step, value))
    return found


def test_coding_sessions(data):
    """Every file that a cache would have served was still as it said."""
    hits = []
    for path in sorted((data / "entire_claude_code").rglob("*full.jsonl")):
        hits += served(past_calls(build(read(path, on_error="skip"))), POLICIES)
    assert all(step.result == value for step, value in hits)


def test_customers_sessions(data):
    """Every row that a cache would have served was still as it said, with writes told by the ids in their arguments."""
    hits = []
    for kind, row in prefetch.sessions():
        if kind == "tau":
            reads = {step.tool for step in row if step.tool.startswith(prefetch.HARMLESS["tau"])}
            policies = {tool: CachePolicy.until_written() for tool in reads}
            hits += served(row, {**policies, "think": CachePolicy.inert()})
    assert hits
    assert all(step.result == value for step, value in hits)


def test_predictions_in_customers_sessions(data):
    """Of the predictions that are sure of themselves, most are right."""
    counts = prefetch.measure(found for found in prefetch.sessions() if found[0] == "tau")["tau", "from 0.4"]
    assert counts["made"] >= 10
    assert counts["right"] >= 0.6 * counts["made"]
