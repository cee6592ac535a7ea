"""Record the example session: a scripted agent works with real tools on a copy of this project's own core package.

1. The sources of `context_core` are copied from this checkout into a temporary folder, and a copy is all that changes.
2. Each request of the user is answered turn by turn; the calls of a turn really run, and their results go to the plan.
3. The messages are written as one JSON array in the form of OpenAI Chat Completions.

No model is asked: the agent's texts are fixed (``scripted_agent.py``), so the same sources always give the same bytes.
The session shows the sources as they were when it was recorded, and is kept as it is when they change; re-recording
gives a session of the present sources. Where these no longer have a text that the plan edits, the script says which.

Run:
    python examples/record_session.py [-o examples/session.json]
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repository_tools import TOOLS, ToolError
from scripted_agent import REQUESTS, SYSTEM
from turns import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from turns import Plan, Turn

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent / "packages" / "context-core" / "src" / "context_core"
"""The package that the agent works on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Record the session into a file; return the exit code."""
    parser = argparse.ArgumentParser(description="Record the example session.")
    parser.add_argument("-o", "--output", type=Path, default=HERE / "session.json", help="where to write the JSON")
    output: Path = parser.parse_args(arguments).output
    try:
        messages = record(SOURCES)
    except (PlanError, ToolError) as error:
        print(f"the plan does not fit the present sources, nothing was written; {error}", file=sys.stderr)
        return 1
    output.write_text(json.dumps(messages, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(messages)} messages in {output}")
    return 0


def record(sources: Path) -> list[dict[str, Any]]:
    """Return the messages of the session, played on a copy of a package's sources.

    Raises:
        ToolError: a call cannot be done, as when an edit's text is not in the file.
        PlanError: a result is not what the plan goes on from.
    """
    messages: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}]
    numbers = count(1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        shutil.copytree(sources, root / "src" / sources.name, ignore=shutil.ignore_patterns("__pycache__"))
        for request in REQUESTS:
            messages.append({"role": "user", "content": request.text})
            messages += answer(request.plan(), root, numbers)
    return messages


def answer(plan: Plan[None], root: Path, numbers: Iterator[int]) -> Iterator[dict[str, Any]]:
    """Yield the messages that answer one request: the agent's, and behind each the results of its calls."""
    turn = next(plan, None)
    while turn is not None:
        calls = tool_calls(turn, numbers)
        yield {"role": "assistant", "content": turn.text, **({"tool_calls": calls} if calls else {})}
        results = [TOOLS[call.tool](root, **call.arguments) for call in turn.calls]
        for asked, result in zip(calls, results, strict=True):
            yield {"role": "tool", "tool_call_id": asked["id"], "content": result}
        turn = _next_turn(plan, results)


def tool_calls(turn: Turn, numbers: Iterator[int]) -> list[dict[str, Any]]:
    """Return a turn's calls in the form of Chat Completions, with ids from ``call_001`` on."""
    return [
        {
            "id": f"call_{next(numbers):03}",
            "type": "function",
            "function": {"name": call.tool, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
        }
        for call in turn.calls
    ]


def _next_turn(plan: Plan[None], results: list[str]) -> Turn | None:
    try:
        return plan.send(results)
    except StopIteration:
        return None


if __name__ == "__main__":
    sys.exit(main())
