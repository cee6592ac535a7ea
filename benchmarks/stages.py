"""What reading, building, and asking for causes cost, on real sessions of Claude Code and Codex.

    uv run python -m benchmarks.stages

Seconds of the thread per million tokens; of three runs the quickest.
"""

from __future__ import annotations

from pathlib import Path
from time import thread_time
from typing import TYPE_CHECKING

from context_core import build, causal_chain, read

if TYPE_CHECKING:
    from collections.abc import Iterable

DATA = Path(__file__).parents[2] / "shared" / "data"
KINDS = ("entire_claude_code", "entire_codex")


def sessions(kind: str) -> list[bytes]:
    """Return the logs of a kind."""
    return [path.read_bytes() for path in sorted((DATA / kind).rglob("*.jsonl"))]


def cost(logs: Iterable[bytes]) -> dict[str, float]:
    """Return the seconds that each stage takes, per million tokens of the logs together."""
    seconds, tokens = dict.fromkeys(("read", "build", "first causal_chain"), 0.0), 0
    for log in logs:
        times = [thread_time()]
        transcript = read(log)
        times.append(thread_time())
        graph = build(transcript)
        times.append(thread_time())
        causal_chain(graph, next(node.id for node in graph.nodes() if node.role == "assistant"))
        times.append(thread_time())
        tokens += graph.total_tokens
        for stage, start, end in zip(seconds, times, times[1:], strict=False):
            seconds[stage] += end - start
    return {stage: 1e6 * spent / tokens for stage, spent in seconds.items()}


def main() -> None:
    """Print the costs of each kind."""
    for kind in KINDS:
        logs = sessions(kind)
        best = min((cost(logs) for _ in range(3)), key=lambda found: sum(found.values()))
        print(f"{kind:20}", "   ".join(f"{stage} {seconds:.2f}" for stage, seconds in best.items()))


if __name__ == "__main__":
    main()
