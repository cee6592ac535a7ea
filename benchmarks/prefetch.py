"""Which call comes next? Measured on real sessions.

    uv run python -m benchmarks.prefetch

Each session is gone through call by call, with a model that has learned from all sessions of its kind before it, and
from no other. After each call the model predicts up to three. A prediction is right if the very next call is the same,
every argument to the letter. Only calls of tools that change nothing count, and only predictions of such; a call that
was made before in the session counts for nothing, as a cache has it.

- *precision*: predictions that were right, of all that were made;
- *soon*: predictions that came within the next three calls;
- *coverage*: calls that were predicted, of all that came.

The baseline predicts what a plain guess would: the last call's tool again, with the first new value of its result.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from context_core import TranscriptError, build, read
from context_core.json_text import canonical
from context_toolkit import NextCalls, PastCall, Predicted
from context_toolkit.prefetch.offers import offers, texts
from context_toolkit.prefetch.past_calls import past_calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DATA = Path(__file__).parents[2] / "shared" / "data"
HARMLESS = {
    "Claude Code": ("Read", "Grep", "Glob", "LS", "NotebookRead", "BashOutput", "TaskOutput", "WebFetch", "WebSearch"),
    "Codex": ("shell", "exec_command", "shell_command", "local_shell"),
    "tau": ("find_", "get_", "list_", "search_", "calculate"),
}
"""Beginnings of the names of tools that change nothing. Codex has a shell alone, of which nobody can say that; it
stands here to see what could be won if somebody did."""
THRESHOLDS = (0.1, 0.2, 0.4, 0.6)
_SOON = 3


def sessions() -> Iterator[tuple[str, list[PastCall]]]:
    """Yield the steps of real sessions with the name of their kind, in the order of their files."""
    for kind, folder in (("Claude Code", "entire_claude_code"), ("Codex", "entire_codex")):
        for path in sorted((DATA / folder).rglob("*full.jsonl")):
            if "growth" not in str(path):
                yield kind, past_calls(build(read(path, on_error="skip")))
    seen: set[object] = set()
    for path in sorted((DATA / "tau_bench").rglob("*.json")):
        for run in orjson.loads(path.read_bytes()):
            task = (path.name, run.get("task_id"))
            if task in seen:
                continue  # another try at the same task asks for the same
            seen.add(task)
            try:
                yield "tau", past_calls(build(read(run["traj"])))
            except TranscriptError:
                continue


def guess(history: Sequence[PastCall]) -> list[Predicted]:
    """Return the last call's tool again, its first argument the first new value of its result."""
    last = history[-1]
    used = {text for step in history for text in texts(step.arguments)}
    found = dict(offers(history[-1:], used))
    fresh = next((value for origin, value in found.items() if origin[0] in ("fresh", "fresh field")), None)
    if fresh is None or not last.arguments:
        return []
    return [Predicted(last.tool, {**last.arguments, next(iter(last.arguments)): fresh}, 1.0)]


def judge(row: Sequence[PastCall], at: int, likely: Iterable[Predicted], harmless: tuple[str, ...]) -> Counter[str]:
    """Return what came of the predictions that were made before a call."""
    before = {_key(step) for step in row[:at]}
    coming = [_key(step) for step in row[at : at + _SOON]]
    counts: Counter[str] = Counter()
    is_new = row[at].tool.startswith(harmless) and coming[0] not in before
    counts["calls"] += is_new
    for call in likely:
        key = _key(call)
        if call.tool.startswith(harmless) and key not in before:
            counts["made"] += 1
            counts["right"] += key == coming[0]
            counts["soon"] += key in coming
    counts["known"] += row[at].tool.startswith(harmless) and not is_new
    return counts


def _key(call: PastCall | Predicted) -> tuple[str, bytes]:
    return call.tool, canonical(call.arguments)


def measure(found: Iterable[tuple[str, list[PastCall]]]) -> dict[tuple[str, str], Counter[str]]:
    """Return the counts by kind and by threshold."""
    models: dict[str, NextCalls] = {}
    counts: dict[tuple[str, str], Counter[str]] = {}
    for kind, row in found:
        model = models.setdefault(kind, NextCalls())
        for at in range(1, len(row)):
            likely = model.predict(row[:at])
            sets = {f"from {least}": [c for c in likely if c.confidence >= least] for least in THRESHOLDS}
            for name, calls in {"plain guess": guess(row[:at]), **sets}.items():
                counts.setdefault((kind, name), Counter()).update(judge(row, at, calls, HARMLESS[kind]))
        counts.setdefault((kind, "plain guess"), Counter())["sessions"] += 1
        model.learn_calls(row)
    return counts


def main(arguments: list[str] | None = None) -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    for (kind, name), count in measure(sessions()).items():
        made = max(1, count["made"])
        print(
            f"{kind:12} {name:12} calls {count['calls']:5} (made before: {count['known']})  predictions "
            f"{count['made']:5}  precision {count['right'] / made:6.1%}  soon {count['soon'] / made:6.1%}  "
            f"coverage {count['right'] / max(1, count['calls']):6.1%}"
        )


if __name__ == "__main__":
    main()
