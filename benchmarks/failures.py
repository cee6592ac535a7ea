"""Is the step that went wrong among the causes of the outcome? On sessions where a person labelled it.

    uv run python -m benchmarks.failures

Of each session the causes of its last call, or, without calls, of the last that an agent said, are taken, whole: the
backward chain. Beside it stands what a rule of position finds with as many steps: the first of the session, or the
last before the outcome. All steps find every label, at the size of the whole. Labels: `mistake_step` of who_and_when,
and the step of the root cause in AgentRx.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from context_core import NodeType, build, causal_chain, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from context_core import Transcript

DATA = Path(__file__).parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class Found:
    """What each way found on one session.

    Attributes:
        size: steps in the backward chain.
        steps: steps before the outcome.
        chain: whether the labelled step is in the chain.
        first: whether it is among the first `size` steps.
        last: whether it is among the last `size` steps before the outcome.
    """

    size: int
    steps: int
    chain: bool
    first: bool
    last: bool


def labelled() -> Iterator[tuple[str, Transcript, int]]:
    """Yield (kind, session, labelled step); steps are counted from 0 behind the system prompts."""
    for path in sorted((DATA / "who_and_when").rglob("*.json")):
        yield f"who_and_when {path.parent.name}", read(path), int(orjson.loads(path.read_bytes())["mistake_step"])
    for path in sorted((DATA / "agentrx").rglob("*_failed.json")):
        labels = {
            label["trajectory_id"]: label
            for truth in sorted((DATA / "agentrx").rglob("ground_truth/tau_retail.json"))
            for label in orjson.loads(truth.read_bytes())
        }
        for run in orjson.loads(path.read_bytes()):
            step = _root_step(labels.get(run["task_id"]))
            if step is not None:
                yield "agentrx", read(run["traj"]), step


def _root_step(label: dict | None) -> int | None:
    if label is None:
        return None
    root = label["root_cause"]["failure_id"]
    return next((failure["step_number"] - 1 for failure in label["failures"] if failure["failure_id"] == root), None)


def judge(transcript: Transcript, step: int) -> Found | None:
    """Return what each way finds, or None where the label is the outcome itself or no step at all."""
    graph = build(transcript)
    spoken = [message for message in transcript.messages if message.role not in ("system", "developer")]
    acts = [n for n, message in enumerate(spoken) if any(part.type is NodeType.TOOL_CALL for part in message.parts)]
    said = [n for n, message in enumerate(spoken) if message.role != "user"]
    outcome = max(acts or said, default=-1)
    if not 0 <= step < outcome:
        return None
    last = spoken[outcome]
    chain = causal_chain(graph, f"{last.id}/{len(last.parts) - 1}", max_nodes=len(graph) + 1)
    ids = {cause.node.id.rpartition("/")[0] for cause in chain}
    size = sum(message.id in ids for message in spoken[:outcome])
    return Found(size, outcome, spoken[step].id in ids, step < size, step >= outcome - size)


def main() -> None:
    """Print the share of sessions on which each way finds the labelled step."""
    found: dict[str, list[Found]] = defaultdict(list)
    for kind, transcript, step in labelled():
        judged = judge(transcript, step)
        if judged is not None:
            found[kind].append(judged)
            found["all"].append(judged)
    for kind, of_kind in sorted(found.items()):
        count = len(of_kind)
        print(
            f"{kind:32} {count:3} sessions   chain {sum(f.chain for f in of_kind) / count:.0%}   first k "
            f"{sum(f.first for f in of_kind) / count:.0%}   last k {sum(f.last for f in of_kind) / count:.0%}   "
            f"k is {sum(f.size for f in of_kind) / sum(f.steps for f in of_kind):.0%} of the steps"
        )


if __name__ == "__main__":
    main()
