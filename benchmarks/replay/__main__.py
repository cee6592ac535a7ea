"""Run the replay benchmark.

uv run python -m benchmarks.replay                                 # this project and the peers that need nothing
uv run python -m benchmarks.replay --peers all --json replay.json  # all of them, each in an environment of its own
uv run --with matplotlib python -m benchmarks.replay --plot replay.svg --from replay.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.replay.cases import CUTS, KINDS, SHARES, Case, cases
from benchmarks.replay.environments import REQUIREMENTS, run
from benchmarks.replay.scores import Scores, judged

PLAIN = ("context_engine", "masking", "head_tail")
COLUMNS = {"kept": 1, "within": 1, "in sight": 1, "in context": 1, "results": 1, "recoverable": 1, "valid": 1}
COLUMNS |= {"users' words": 1, "agents' words": 1, "prefix": 1, "look": 0, "s/Mtok": 2, "errors": 0}
"""The figures of the table, and their digits."""


def main() -> None:
    """Read the arguments, run the cases, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default=",".join(PLAIN), help="names, by commas, or all")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of sessions, by commas")
    parser.add_argument("--cuts", default=",".join(map(str, CUTS)), help="shares of a session, by commas")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--from", dest="source", type=Path, help="read the figures from there instead of running")
    parser.add_argument("--plot", type=Path, help="draw tokens kept against what is left, as SVG or PNG")
    given = parser.parse_args()
    report = json.loads(given.source.read_text()) if given.source else _run(given)
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n")
    print(_table(report))
    if given.plot:
        from benchmarks.replay.plot import draw  # needs matplotlib, which nothing else does

        draw(report, given.plot)


def _run(given: argparse.Namespace) -> dict:
    peers = [name for name in REQUIREMENTS if name != "conformance"] if given.peers == "all" else given.peers.split(",")
    cuts = tuple(float(cut) for cut in given.cuts.split(","))
    found = [case for kind in given.kinds.split(",") for case in cases(kind, cuts)]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    values = sum(len(case.needed) for case in found)
    about = {"commit": commit.stdout.strip(), "cases": len(found), "values": values, "kinds": given.kinds}
    versions = {peer: ", ".join(REQUIREMENTS[peer]) or f"context-compression=={version('context-compression')}"
                for peer in peers}  # fmt: skip
    rows = [row for peer in peers for row in _rows(peer, found)]
    return {"about": about, "versions": versions, "rows": rows}


def _rows(peer: str, found: list[Case]) -> list[dict]:
    """Return a peer's figures at each share; it answers all of them in one process."""
    asked = [(case, share) for share in SHARES for case in found]
    scores = {share: Scores(peer, share) for share in SHARES}
    print(f"{peer}: {len(asked)} cases", file=sys.stderr, flush=True)
    answers = run(peer, (_question(case, share) for case, share in asked))
    for (case, share), answer in zip(asked, answers, strict=True):
        if "error" in answer:
            scores[share].errors += 1
        else:
            scores[share].answers.append(judged(case, case.target(share), answer))
    return [{"peer": peer, "share": share, **score.row()} for share, score in scores.items()]


def _question(case: Case, share: float) -> dict:
    name = f"{case.name}/{share:.0%}"
    return {"id": name, "messages": case.messages, "target_tokens": case.target(share), "protected": case.protected}


def _table(report: dict) -> str:
    lines = [f"{report['about']}", "", f"| peer | share | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 2)}"]
    for row in report["rows"]:
        figures = ("–" if row[name] is None else f"{row[name]:.{digits}f}" for name, digits in COLUMNS.items())
        lines.append(f"| {row['peer']} | {row['share']:.0%} | {' | '.join(figures)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
